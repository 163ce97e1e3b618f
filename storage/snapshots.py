"""What accounts were worth, by slot. A row can be made again from the ledger and the candles, and then is replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.ledger_tables import ledger_entries
from storage.portfolio_tables import equity_snapshots
from storage.rows import as_row, from_row

PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account at a slot. `put_in` is all money put in until then, less what was taken out; `entries` counts the
    ledger's entries by then.
    """

    owner: str
    at: datetime
    equity: Decimal
    cash: Decimal
    put_in: Decimal
    entries: int
    account: str = PAPER


class SnapshotStore:
    """Rows by owner, account and slot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Store the rows, in the place of former ones of the same slot."""
        if not snapshots:
            return
        async with self._database.write() as conn:
            statement = dialect.upsert(conn.dialect.name, equity_snapshots)
            await conn.execute(statement, [as_row(one) for one in snapshots])

    async def of_owner(self, owner: str, account: str, until: datetime) -> tuple[Snapshot, ...]:
        """The rows of one account by `until`, oldest first."""
        t = equity_snapshots.c
        query = sa.select(equity_snapshots).where(t.owner == owner, t.account == account, t.at <= until)
        async with self._database.read() as conn:
            return tuple(from_row(Snapshot, row) for row in await conn.execute(query.order_by(t.at)))

    async def owners(self) -> tuple[str, ...]:
        """Everybody who has a ledger, in order."""
        owner = ledger_entries.c.owner
        async with self._database.read() as conn:
            return tuple((await conn.scalars(sa.select(owner).distinct().order_by(owner))).all())


async def merge_snapshots(conn: AsyncConnection, former: str, person: str) -> None:
    """Drop what was noted of two accounts that become one, inside the caller's transaction: it is made again."""
    for owner in (former, person):
        await conn.execute(sa.delete(equity_snapshots).where(equity_snapshots.c.owner == owner))
