"""The news job against a real feed server and its faults; what it stores is seen by /news, the desk and the card."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.checkups.news import news_feeds
from bot.commands.headlines import news_about, tone_line
from bot.jobs.news import ReadNews, items_of
from bot.settings import load
from rag.news_tones import distinct, heard_of, tones_of
from signals.errors import TemporaryError
from signals.news.fetching import FetchRules
from signals.news.reading import Contents, Entry
from signals.news.tone import SILENCE, Tone
from signals.universe import DEFAULT_SYMBOLS
from storage.news import NewsItem
from storage.stores import Stores
from tests.bot.worlds import HandClock, stores_in

PEERS = Path(__file__).parents[4] / "shared" / "peers"
needs_peer = pytest.mark.skipif(
    not (PEERS / "rss_loopback.py").exists(), reason="the loopback news host (../shared/peers) is not here"
)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ETH = ("ETH/USDT",)


@asynccontextmanager
async def news_host() -> AsyncIterator[Any]:
    sys.path.insert(0, str(PEERS))
    try:
        from rss_loopback import News  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(PEERS))
    host = News()
    await host.start()
    host.born = NOW.timestamp()
    try:
        yield host
    finally:
        await host.stop()


def reader(stores: Stores, *feeds: str, clock: HandClock | None = None, whole_s: float = 60) -> ReadNews:
    rules = FetchRules(allow_private=True, whole_s=whole_s)
    return ReadNews(stores, feeds, rules, lambda: DEFAULT_SYMBOLS, clock or HandClock(NOW))


def story(n: int, *, sentiment: float | None = -0.6, hours_ago: float = 1, **changes: Any) -> NewsItem:
    at = NOW - timedelta(hours=hours_ago)
    made = NewsItem(f"https://news.example/{n}", "news.example", f"Story {n}", "", at, at, ETH, sentiment, 1.0)
    return replace(made, **changes)


@needs_peer
async def test_headlines_are_stored_once_with_market_tone_source_and_time(tmp_path: Path) -> None:
    async with news_host() as host, stores_in(tmp_path) as stores:
        job = reader(stores, f"{host.base}/feeds/rss2.xml", f"{host.base}/feeds/atom.xml")

        first, second = await job.run(), await job.run()
        found = await stores.news.about(("BTC/USDT",), NOW, 9)

    assert first == "2 of 2 feeds read, 10 new headlines"
    assert second == "2 of 2 feeds read (2 unchanged), 0 new headlines"
    assert [request["if_none_match"] is not None for request in host.log] == [False, False, True, True]
    assert {(one.title, one.source, one.published_at) for one in found} == {
        ("Bitcoin climbs past resistance as spot inflows return", "127.0.0.1", NOW - HOUR)
    }
    assert all(one.sentiment is not None and one.sentiment > 0.3 and one.dated for one in found)
    assert len(distinct(found)) == 1


@needs_peer
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("404", "it answers 404"), ("410", "it answers 410"), ("429", "asks for 30 s of quiet"),
        ("500", "it answers 500"), ("503", "asks for 30 s of quiet"), ("reset", "no answer"), ("empty", "empty"),
        ("html", "not a feed"), ("bomb", "declares entities"), ("xxe", "declares entities"), ("loop", "redirects"),
        ("hang", "no whole answer"),
    ],
)  # fmt: skip
async def test_a_feed_that_fails_is_told_and_stops_no_other(tmp_path: Path, fault: str, said: str) -> None:
    async with news_host() as host, stores_in(tmp_path) as stores:
        job = reader(stores, f"{host.base}/feeds/rdf.xml?fault={fault}", f"{host.base}/feeds/rss2.xml", whole_s=3)

        told = await job.run()

    assert told.startswith("1 of 2 feeds read, 5 new headlines; 127.0.0.1/feeds/rdf.xml: ")
    assert said in told


@needs_peer
@pytest.mark.parametrize(
    ("fault", "count"),
    [
        ("truncated", 2), ("malformed", 5), ("latin1", 5), ("redirect", 5), ("noguid", 5), ("nolink", 0),
        ("duplicate", 5), ("huge", 5), ("gzip", 5), ("wrongtype", 5), ("nodate", 5), ("future", 5),
    ],
)  # fmt: skip
async def test_of_a_feed_with_faults_what_is_good_is_kept(tmp_path: Path, fault: str, count: int) -> None:
    clock = HandClock(datetime.now(UTC).replace(microsecond=0))  # the host dates its future by the machine's clock
    async with news_host() as host, stores_in(tmp_path) as stores:
        host.born = clock.moment.timestamp()
        await reader(stores, f"{host.base}/feeds/rss2.xml?fault={fault}", clock=clock).run()

        kept = await stores.news.latest(clock.moment, 500)

    assert len(kept) == count
    assert all(one.published_at <= clock.moment for one in kept)
    assert sum(not one.dated for one in kept) == {"nodate": 5, "future": 3}.get(fault, 0)


@needs_peer
async def test_hostile_stories_are_text_and_nothing_else(tmp_path: Path) -> None:
    async with news_host() as host, stores_in(tmp_path) as stores:
        await reader(stores, f"{host.base}/feeds/hostile.xml").run()
        kept = await stores.news.latest(NOW, 9)

    text = " ".join(f"{one.title} {one.summary}" for one in kept)
    assert len(kept) == 4
    for word in ("<", "http", "@everyone", "javascript:", "`", "\u202e", "\u200b", "\u2066"):
        assert word not in text, word
    assert max(len(one.summary) for one in kept) <= 1_000


@needs_peer
async def test_a_feed_that_wants_quiet_is_left_alone_until_then_over_restarts(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    async with news_host() as host, stores_in(tmp_path) as stores:
        url, other = f"{host.base}/feeds/rss2.xml?fault=429", f"{host.base}/feeds/atom.xml"
        await reader(stores, url, other, clock=clock).run()
        clock.moment = NOW + timedelta(seconds=20)
        told = await reader(stores, url, other, clock=clock).run()
        asked = sum("429" in request["path"] for request in host.log)
        clock.moment = NOW + timedelta(seconds=40)
        await reader(stores, url, other, clock=clock).run()

    assert "127.0.0.1/feeds/rss2.xml: left alone until 2026-11-21 12:00 UTC" in told
    assert asked == 1
    assert sum("429" in request["path"] for request in host.log) == 2


@needs_peer
async def test_when_no_feed_can_be_read_the_slot_fails_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with news_host() as host, stores_in(tmp_path) as stores:
        job = reader(stores, f"{host.base}/feeds/rss2.xml?fault=500")
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                with pytest.raises(TemporaryError, match="0 of 1 feeds read"):
                    await job.run()

    assert [record.message for record in caplog.records] == ["feed 127.0.0.1/feeds/rss2.xml: it answers 500"]


@needs_peer
async def test_the_doctor_names_the_feed_that_fails(tmp_path: Path) -> None:
    async with news_host() as host:
        feeds = [f"{host.base}/feeds/rss2.xml", f"{host.base}/feeds/atom.xml?fault=404"]
        news = {"feeds": feeds, "allow_private_hosts": True}
        async with stores_in(tmp_path) as stores:
            assert stores.database.file is not None
            settings = load(env_file=None, database_url=f"sqlite+aiosqlite:///{stores.database.file}", news=news)
            before = await news_feeds(settings)
            await reader(stores, *feeds).run()
            after = await news_feeds(settings)

    assert (before[0].state, before[0].text) == ("ok", "2 feeds, never read yet")
    assert after[0].state == "warn"
    assert "127.0.0.1/feeds/atom.xml: it answers 404 (never read)" in after[0].text


async def test_without_feeds_the_job_says_how_to_get_some(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        assert await reader(stores).run() == "no feeds: NEWS_FEEDS names them"


@pytest.mark.parametrize(
    ("at", "dated", "shown"),
    [
        (NOW - HOUR, True, NOW - HOUR),
        (NOW + timedelta(minutes=5), True, NOW),
        (NOW + timedelta(minutes=11), False, NOW),
        (None, False, NOW),
        (datetime(1, 1, 1, tzinfo=UTC), False, NOW),
    ],
)
def test_a_date_that_cannot_be_true_is_no_date(at: datetime | None, dated: bool, shown: datetime) -> None:
    (made,) = items_of(Contents((Entry("https://x.example/1", "Ether falls", "", at),)), "x.example", ETH, NOW)

    assert (made.dated, made.published_at, made.fetched_at, made.symbols) == (dated, shown, NOW, ETH)


async def test_undated_unscored_and_repeated_headlines_do_not_count(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        own = [story(1), story(2, dated=False), story(3, sentiment=None), story(4, title="STORY  1")]
        await stores.news.save(own)

        items = await stores.news.since(NOW - 24 * HOUR, NOW)

        assert len(items) == 4
        assert len(heard_of(items, "ETH/USDT")) == 1
        assert (await tones_of(stores, ETH, NOW))["ETH/USDT"] == Tone(-0.6, 1)
        assert await tones_of(stores, ETH, NOW - 2 * HOUR) == {}


async def test_news_tells_time_source_tone_and_what_it_comes_to(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await stores.news.save([story(n, hours_ago=n) for n in (1, 2, 3)] + [story(9, dated=False)])

        reply = await news_about(stores, "ETH/USDT", NOW)
        past = await news_about(stores, "ETH/USDT", NOW - 5 * HOUR)

    assert "24 h score -0.60 over 3" in reply.text
    assert "clearly negative, a signal against it becomes HOLD" in reply.text
    assert ("2026-11-21 11:00 UTC", "news.example", "negative -0.60", "Story 1") in reply.tables[0].rows
    assert any(row[0].startswith("undated, seen 2026-11-21") for row in reply.tables[0].rows)
    assert past.text.startswith("No news is stored about ETH/USDT.")


@pytest.mark.parametrize(
    ("tone", "said"),
    [(SILENCE, "changes no signal"), (Tone(-0.9, 2), "not clear enough"), (Tone(0.3, 5), "not clear enough"),
     (Tone(0.31, 5), "clearly positive")],
)  # fmt: skip
def test_the_tone_is_told_with_what_it_may_do(tone: Tone, said: str) -> None:
    assert said in tone_line(tone)
