"""Every recommendation as it was given, with what is needed to rebuild it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import sqlalchemy as sa

from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.marks import mark
from storage.rows import as_row, from_row, gently
from storage.tables import recommendations
from storage.values import LoggedRecommendation


class RecommendationStore:
    """Recommendations by their id; each belongs to the person who asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, logged: LoggedRecommendation) -> None:
        """Store a recommendation and its ingest mark; the same id replaces. ValueError for NaN in its JSON."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, recommendations), as_row(logged))
            await mark(conn, [("recommendation", logged.recommendation_id)])

    async def get(self, recommendation_id: str, owner: str | None = None) -> LoggedRecommendation | None:
        """The recommendation; with `owner` only if it was theirs. Without one it serves ingestion and replay."""
        query = sa.select(recommendations).where(recommendations.c.recommendation_id == recommendation_id)
        if owner is not None:
            query = query.where(recommendations.c.owner == owner)
        async with self._database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else from_row(LoggedRecommendation, row)

    async def of_owner(self, owner: str, limit: int, as_of: datetime | None = None) -> tuple[LoggedRecommendation, ...]:
        """The owner's recommendations of times up to `as_of` (all if None), newest first."""
        t = recommendations.c
        query = sa.select(recommendations).where(t.owner == owner)
        if as_of is not None:
            query = query.where(t.as_of <= as_of)
        query = query.order_by(t.created_at.desc(), t.recommendation_id).limit(limit)
        async with self._database.read() as conn:
            return tuple(from_row(LoggedRecommendation, row) for row in await conn.execute(query))

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of everybody's recommendations, some hundred at a time."""
        return keys_of(self._database, recommendations.c.recommendation_id)

    async def known(self, as_of: datetime) -> tuple[LoggedRecommendation, ...]:
        """Everybody's recommendations by `as_of`, oldest first: for figures about all of them, never to be shown."""
        t = recommendations.c
        query = sa.select(recommendations).where(t.as_of <= as_of).order_by(t.as_of, t.recommendation_id)
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
        return await gently(lambda row: from_row(LoggedRecommendation, row), rows)
