"""The feeds: which answered when they were read last."""

from __future__ import annotations

from bot.checkups.finding import Finding
from bot.jobs.news import name_of
from bot.settings import Settings
from bot.wording import when
from storage.database import Database
from storage.migrate import current_revision
from storage.news_feeds import FeedState
from storage.revisions import HEAD
from storage.stores import Stores

PART = "news feeds"


async def news_feeds(settings: Settings) -> list[Finding]:
    """What the last reading of each feed came to; without any that works there is less evidence, no fault."""
    feeds = settings.news.wanted(settings.market.source)
    if not feeds:
        return [Finding(PART, "ok", "none are read", "NEWS_FEEDS names feeds")]
    if await current_revision(settings.url) != HEAD:
        return [Finding(PART, "ok", "never read yet")]
    opened = await Database.open(settings.url)
    try:
        states = await Stores.of(opened).feeds.all(feeds)
    finally:
        await opened.close()
    if not states:
        return [Finding(PART, "ok", f"{len(feeds)} feeds, never read yet", "`deskmate run` reads them")]
    faulty = [state for state in states.values() if state.fault]
    if not faulty:
        return [Finding(PART, "ok", f"{len(states)} of {len(feeds)} feeds read, none failed")]
    told = "; ".join(_told(state) for state in faulty)
    return [Finding(PART, "warn", told, "look at the address in NEWS_FEEDS, or take the feed out")]


def _told(state: FeedState) -> str:
    last = f"last read {when(state.read_at)}" if state.read_at else "never read"
    return f"{name_of(state.url)}: {state.fault} ({last})"
