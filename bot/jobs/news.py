"""Feeds read: new headlines with their markets and their tone; one feed that fails does not stop the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.wording import when
from signals.clock import Clock
from signals.errors import DataError, TemporaryError, UnavailableError
from signals.news.fetching import FetchRules, fetch
from signals.news.mentions import markets_in
from signals.news.reading import Contents, Entry, read
from signals.news.sentiment import score
from storage.news import LONGEST_SUMMARY, LONGEST_TITLE, NewsItem, plain_text
from storage.news_feeds import FeedState
from storage.stores import Stores

log = logging.getLogger(__name__)
AT_ONCE = 3
SKEW = timedelta(minutes=10)  # a date further ahead than clocks differ is none
FIRST_NEWS = datetime(2009, 1, 3, tzinfo=UTC)  # Bitcoin's first block: nothing we read about is older
REFUSED_FOR = timedelta(hours=1)
LONGEST_QUIET = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedReport:
    """How one feed went: `what` is read, unchanged, quiet (not asked, as it wished) or failed."""

    state: FeedState
    what: str
    new: int = 0

    @property
    def name(self) -> str:
        """How the feed is told of."""
        return name_of(self.state.url)


class ReadNews:
    """Reads the feeds; safe to run any number of times, as a link is kept once.

    `symbols` gives the watched pairs at the time of the run. `clock` is the wall's, not the market's: a headline read
    today was not known in the past that a replay stands in.
    """

    def __init__(
        self,
        stores: Stores,
        feeds: Sequence[str],
        rules: FetchRules,
        symbols: Callable[[], Sequence[str]],
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._feeds = tuple(dict.fromkeys(feeds))
        self._rules = rules
        self._symbols = symbols
        self._clock = clock

    async def run(self) -> str:
        """One line on what was read. TemporaryError when not one of the feeds could be."""
        if not self._feeds:
            return "no feeds: NEWS_FEEDS names them"
        reports = await self.read_all()
        told = _told(reports)
        if all(report.what == "failed" for report in reports):
            raise TemporaryError(told)
        return told

    async def read_all(self) -> tuple[FeedReport, ...]:
        """One report per feed, in order."""
        states = await self._stores.feeds.all(self._feeds)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(url: str) -> FeedReport:
            async with turn:
                now = self._clock.now()
                return await self._feed(states.get(url) or FeedState(url, now), now)

        return tuple(await asyncio.gather(*(one(url) for url in self._feeds)))

    async def _feed(self, former: FeedState, now: datetime) -> FeedReport:
        if former.quiet_until is not None and former.quiet_until > now:
            return FeedReport(former, "quiet")
        try:
            report = await self._read(former, now)
        except (TemporaryError, DataError) as e:
            quiet = _quiet_until(e, now)
            report = FeedReport(replace(former, tried_at=now, fault=str(e), quiet_until=quiet), "failed")
            if report.state.fault != former.fault:
                log.warning("feed %s: %s", report.name, e)
        await self._stores.feeds.save(report.state)
        return report

    async def _read(self, former: FeedState, now: datetime) -> FeedReport:
        got = await fetch(former.url, self._rules, former.etag, former.modified)
        state = FeedState(former.url, now, got.etag, got.modified, now)
        if got.body is None:
            return FeedReport(state, "unchanged")
        contents = await read(got.body)
        if not contents.whole:
            log.debug("feed %s is not well-formed; what could be read of it was", name_of(former.url))
        made = await asyncio.to_thread(items_of, contents, source_of(former.url), tuple(self._symbols()), now)
        return FeedReport(state, "read", await self._stores.news.save(made))


def items_of(contents: Contents, source: str, symbols: Sequence[str], now: datetime) -> list[NewsItem]:
    """The stories as they are stored: plain text, the markets they name, their tone, and a date that can be true."""
    return [_item(entry, source, symbols, now) for entry in contents.entries]


def source_of(url: str) -> str:
    """The host of a feed: a name that no feed can choose for itself."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def name_of(url: str) -> str:
    """A feed for people: host and path, without whatever its query may carry."""
    return f"{source_of(url)}{urlsplit(url).path.rstrip('/')}"[:80]


def _item(entry: Entry, source: str, symbols: Sequence[str], now: datetime) -> NewsItem:
    title = plain_text(entry.title, LONGEST_TITLE)
    summary = plain_text(entry.summary, LONGEST_SUMMARY)
    at = entry.published_at
    dated = at is not None and FIRST_NEWS <= at <= now + SKEW
    tone = score(title)
    return NewsItem(
        link=entry.link,
        source=source,
        title=title,
        summary="" if summary == title else summary,
        published_at=min(at, now) if at is not None and dated else now,
        fetched_at=now,
        symbols=markets_in(f"{title}. {summary}", symbols),
        sentiment=tone.score,
        confidence=tone.confidence,
        dated=dated,
    )


def _quiet_until(error: Exception, now: datetime) -> datetime | None:
    if isinstance(error, TemporaryError) and error.retry_after_s is not None:
        return now + min(timedelta(seconds=error.retry_after_s), LONGEST_QUIET)
    return now + REFUSED_FOR if isinstance(error, UnavailableError) else None


def _told(reports: Sequence[FeedReport]) -> str:
    well = [r for r in reports if r.what in ("read", "unchanged")]
    same = sum(r.what == "unchanged" for r in reports)
    parts = [
        f"{len(well)} of {len(reports)} feeds read" + (f" ({same} unchanged)" if same else ""),
        f"{sum(r.new for r in reports)} new headlines",
    ]
    faults = [f"{r.name}: {r.state.fault}" for r in reports if r.what == "failed"]
    quiet = [(r.name, r.state.quiet_until) for r in reports if r.what == "quiet"]
    faults += [f"{name}: left alone until {when(until)}" for name, until in quiet if until is not None]
    return "; ".join([", ".join(parts), *faults])
