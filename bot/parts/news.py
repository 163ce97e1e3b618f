"""What reads the feeds, by the settings."""

from __future__ import annotations

from bot.jobs.news import ReadNews
from bot.jobs.watch import Watch
from bot.settings import Settings
from signals.clock import SystemClock
from signals.news.fetching import FetchRules
from storage.stores import Stores


def news_reader(settings: Settings, stores: Stores, watch: Watch) -> ReadNews:
    """The news job over the feeds that this market wants, by the wall's clock."""
    feeds, rules = settings.news.wanted(settings.market.source), FetchRules(settings.news.allow_private_hosts)
    return ReadNews(stores, feeds, rules, lambda: watch.symbols, SystemClock())
