"""The ledger: every event of every paper account, once, under its natural key. Nothing in it is ever changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.accounting import Balances, Entry, EntryKind, Posting, balances_of
from storage import dialect
from storage.database import Database
from storage.ledger_tables import ledger_entries, ledger_postings


class LedgerStore:
    """Entries by their natural key; everything is per person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Post what is not posted yet, in one transaction; gives back what was new."""
        async with self._database.write() as conn:
            return await post_new(conn, entries)

    async def post_decided(self, decide: Callable[[], Awaitable[Sequence[Entry]]]) -> tuple[Entry, ...]:
        """Post what `decide` gives; no writer comes between its look and the posting (`TradeBook.open_decided`)."""
        async with self._database.write() as conn:
            return await post_new(conn, await decide())

    async def entries(self, owner: str, as_of: datetime) -> tuple[Entry, ...]:
        """The person's entries that happened by `as_of`, in the order of time."""
        async with self._database.read() as conn:
            return await entries_of(conn, owner, as_of)

    async def balances(self, owner: str, as_of: datetime) -> Balances:
        """The balance of every account at a time; empty for a person nothing was ever posted for by then."""
        return balances_of(await self.entries(owner, as_of))


async def post_new(conn: AsyncConnection, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Post, inside a writer's own transaction, the entries whose id is not there yet; gives back those."""
    new = []
    for entry in entries:
        row = {name: getattr(entry, name) for name in ("entry_id", "owner", "at", "kind", "trade_id", "note")}
        row["kind"] = entry.kind.value
        if (await conn.execute(dialect.insert_new(conn.dialect.name, ledger_entries), row)).rowcount <= 0:
            continue
        lines = [
            {"entry_id": entry.entry_id, "line": i, "account": p.account, "unit": p.unit, "amount": p.amount}
            for i, p in enumerate(entry.postings)
        ]
        await conn.execute(sa.insert(ledger_postings), lines)
        new.append(entry)
    return tuple(new)


async def entries_of(conn: AsyncConnection, owner: str, as_of: datetime | None = None) -> tuple[Entry, ...]:
    """A person's entries, inside a caller's own transaction, in the order of time; all of them without `as_of`."""
    e, p = ledger_entries.c, ledger_postings.c
    query = sa.select(ledger_entries, p.line, p.account, p.unit, p.amount)
    query = query.join_from(ledger_entries, ledger_postings, e.entry_id == p.entry_id).where(e.owner == owner)
    if as_of is not None:
        query = query.where(e.at <= as_of)
    found: dict[str, tuple[sa.Row[tuple[object, ...]], list[Posting]]] = {}
    for row in await conn.execute(query.order_by(e.at, e.entry_id, p.line)):
        _, postings = found.setdefault(row.entry_id, (row, []))
        postings.append(Posting(row.account, row.unit, row.amount))
    return tuple(_entry(row, postings) for row, postings in found.values())


def _entry(row: sa.Row[tuple[object, ...]], postings: Sequence[Posting]) -> Entry:
    kind = EntryKind(row.kind)
    return Entry(row.entry_id, row.owner, row.at, kind, tuple(postings), row.trade_id, row.note)
