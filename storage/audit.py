"""What was done and refused, and which events of the platforms were seen already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import dialect
from storage.database import Database
from storage.people_tables import audit_log, inbound
from storage.rows import as_row, from_row


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`act` is what was tried (`role set discord:9 admin`), `outcome` is done, denied or failed."""

    at: datetime
    identity: str
    person: str
    act: str
    outcome: str
    detail: str = ""


class AuditStore:
    """The audit log: rows are added and never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        """Append a row."""
        async with self._database.write() as conn:
            await conn.execute(sa.insert(audit_log), as_row(entry))

    async def newest(self, limit: int, person: str | None = None) -> tuple[AuditEntry, ...]:
        """Rows, newest first; of one person (by account or person) where given."""
        query = sa.select(audit_log).order_by(audit_log.c.seq.desc()).limit(limit)
        if person is not None:
            query = query.where(sa.or_(audit_log.c.person == person, audit_log.c.identity == person))
        async with self._database.read() as conn:
            return tuple(from_row(AuditEntry, row) for row in await conn.execute(query))


class InboundStore:
    """Events by (platform, id): each is taken once, whoever delivers it again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, platform: str, event_id: str, now: datetime) -> bool:
        """True for an event that was never seen; it is then."""
        async with self._database.write() as conn:
            row = {"platform": platform, "event_id": event_id, "at": now}
            return (await conn.execute(dialect.insert_new(conn.dialect.name, inbound), row)).rowcount > 0

    async def forget(self, before: datetime) -> int:
        """Drop events seen before; platforms repeat theirs within a day. How many there were."""
        async with self._database.write() as conn:
            return (await conn.execute(sa.delete(inbound).where(inbound.c.at < before))).rowcount
