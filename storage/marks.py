"""What changed and has not reached the index yet: the transactional half of ingestion."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.tables import ingest_marks
from storage.values import Mark


async def mark(conn: AsyncConnection, records: Iterable[tuple[str, str]]) -> None:
    """Note (type, key) of records that were written or deleted, inside the writer's own transaction.

    A mark begins at a revision no earlier mark of the record had (the clock's nanoseconds) and grows by one per write,
    so that an ingestion that read the former state cannot take the newer mark away.
    """
    begin = time.time_ns()
    rows = [
        {"type": kind, "pk": pk, "revision": begin + i * 1000} for i, (kind, pk) in enumerate(dict.fromkeys(records))
    ]
    if rows:
        await conn.execute(dialect.bump(conn.dialect.name, ingest_marks, "revision"), rows)


class MarkStore:
    """The queue of records that await ingestion."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, limit: int) -> tuple[Mark, ...]:
        """The oldest marks first."""
        query = sa.select(ingest_marks).order_by(ingest_marks.c.revision, ingest_marks.c.pk).limit(limit)
        async with self._database.read() as conn:
            return tuple(Mark(row.type, row.pk, row.revision) for row in await conn.execute(query))

    async def pending_count(self) -> int:
        """How many records await ingestion."""
        async with self._database.read() as conn:
            return int(await conn.scalar(sa.select(sa.func.count()).select_from(ingest_marks)) or 0)

    async def done(self, marks: Sequence[Mark]) -> None:
        """Take marks away, except those of records that were written again since they were read."""
        if not marks:
            return
        same = [ingest_marks.c[name] == sa.bindparam(f"its_{name}") for name in ("type", "pk", "revision")]
        rows = [{"its_type": m.type, "its_pk": m.pk, "its_revision": m.revision} for m in marks]
        async with self._database.write() as conn:
            await conn.execute(sa.delete(ingest_marks).where(*same), rows)

    async def add(self, records: Iterable[tuple[str, str]]) -> None:
        """Mark (type, key) records for ingestion again, as a repair does."""
        async with self._database.write() as conn:
            await mark(conn, records)
