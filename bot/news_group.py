"""The group of settings about news: which feeds are read."""

from __future__ import annotations

import re
from typing import Self

from pydantic import model_validator

from bot.setting_groups import Group, MarketSource, Names

DEFAULT_FEEDS = (
    "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "https://cointelegraph.com/rss",
    "https://decrypt.co/feed",
)


class NewsSettings(Group):
    """`NEWS_*`: feeds to read (`none` for none), and whether private addresses are allowed (tests only).

    Without `feeds` a few crypto news sites are read when the market is a real one; see `wanted`.
    """

    feeds: Names | None = None
    allow_private_hosts: bool = False

    @model_validator(mode="after")
    def _by_https(self) -> Self:
        schemes = "https?" if self.allow_private_hosts else "https"
        for feed in self.feeds or ():
            if feed != "none" and not re.fullmatch(rf"{schemes}://[^\s/@]+(/\S*)?", feed):
                raise ValueError(f"{feed[:60]!r} in NEWS_FEEDS is not an address that begins with https://, or none")
        return self

    def wanted(self, source: MarketSource) -> tuple[str, ...]:
        """The feeds to read; news of the real world says nothing of a simulated or a recorded market."""
        if self.feeds is None:
            return DEFAULT_FEEDS if source == "exchange" else ()
        return tuple(feed for feed in self.feeds if feed != "none")
