"""How each feed stands: what it said it was at, when it was read, and until when it wants to be left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import dialect
from storage.database import Database
from storage.knowledge_tables import news_feeds
from storage.rows import as_row, from_row


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed by its address. `etag` and `modified` are what it called its content, empty when it said nothing.

    `read_at` is the last time it answered as it should, `fault` what was wrong the last time (empty: nothing), and
    `quiet_until` the moment before which it asked not to be asked again.
    """

    url: str
    tried_at: datetime
    etag: str = ""
    modified: str = ""
    read_at: datetime | None = None
    quiet_until: datetime | None = None
    fault: str = ""


class FeedStore:
    """Feeds by their address; a later state replaces the former."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, state: FeedState) -> None:
        """Keep the state of one feed."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, news_feeds), as_row(state))

    async def all(self, urls: Sequence[str]) -> dict[str, FeedState]:
        """The states of those of these feeds that were tried before."""
        query = sa.select(news_feeds).where(news_feeds.c.url.in_(urls))
        async with self._database.read() as conn:
            found = [from_row(FeedState, row) for row in await conn.execute(query)]
        return {state.url: state for state in found}
