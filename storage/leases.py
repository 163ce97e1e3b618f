"""Who serves from this database: a lease that its holder proves by beating, whatever the clocks of the machines say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.lease_tables import leases
from storage.rows import as_row, from_row


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds `name`, since when, and how far it has come: `beat` grows while the holder lives, `fence` with each
    new holder. An empty `holder` is nobody. `place` names the data folder, `host` and `pid` the process.
    """

    name: str
    holder: str
    host: str
    pid: int
    place: str
    since: datetime
    beat: int = 0
    fence: int = 1


class LeaseStore:
    """Leases by name. No time decides: a challenger watches on its own clock whether the beat goes on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, name: str) -> Lease | None:
        """The lease as it stands; None when nobody ever held it."""
        async with self._database.read() as conn:
            return await _lease(conn, name)

    async def take(self, mine: Lease, seen: Lease | None) -> Lease | None:
        """Hold the lease from now on; None when anything has moved since it was `seen`, so that of two one gets it."""
        async with self._database.write() as conn:
            if await _lease(conn, mine.name) != seen:
                return None
            taken = replace(mine, beat=0, fence=1 if seen is None else seen.fence + 1)
            await conn.execute(dialect.upsert(conn.dialect.name, leases), as_row(taken))
        return taken

    async def beat(self, lease: Lease) -> bool:
        """Show that the holder lives; False when another has taken over."""
        on = sa.update(leases).where(*_held_by(lease)).values(beat=leases.c.beat + 1)
        async with self._database.write() as conn:
            return (await conn.execute(on)).rowcount > 0

    async def release(self, lease: Lease) -> None:
        """Give it back; nothing when another has taken over."""
        async with self._database.write() as conn:
            await conn.execute(sa.update(leases).where(*_held_by(lease)).values(holder=""))


async def _lease(conn: AsyncConnection, name: str) -> Lease | None:
    row = (await conn.execute(sa.select(leases).where(leases.c.name == name))).one_or_none()
    return None if row is None else from_row(Lease, row)


def _held_by(lease: Lease) -> tuple[sa.ColumnElement[bool], ...]:
    return leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.fence == lease.fence
