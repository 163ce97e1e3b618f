"""A person's own account on an exchange as it was last read: balances and fills. Nothing here is ever sent anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from signals.exchange_account import ExchangeFill
from storage import dialect
from storage.database import Database
from storage.exchange_tables import exchange_accounts, exchange_balances, exchange_fills
from storage.rows import as_row, from_row


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Whose account, and where. The owner is the account that the settings name, also when it is joined to others."""

    owner: str
    exchange: str


@dataclass(frozen=True, slots=True)
class ExchangeAccount:
    """`taken_at` is when `balances` (what is held of each asset) were read, None: never; `fault` is of the last try."""

    owner: str
    exchange: str
    tried_at: datetime
    taken_at: datetime | None
    fault: str
    balances: Mapping[str, Decimal] = field(default_factory=dict)


class ExchangeAccountStore:
    """Balances are replaced by each sync; a fill is stored once by (owner, exchange, symbol, id)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace_balances(self, key: AccountKey, totals: Mapping[str, Decimal], at: datetime) -> None:
        """Store what is held now in the place of what was held; the account is well."""
        mine = (exchange_balances.c.owner == key.owner, exchange_balances.c.exchange == key.exchange)
        rows = [as_row(key) | {"asset": asset, "total": total, "taken_at": at} for asset, total in totals.items()]
        state = as_row(key) | {"tried_at": at, "taken_at": at, "fault": ""}
        async with self._database.write() as conn:
            await conn.execute(sa.delete(exchange_balances).where(*mine))
            if rows:
                await conn.execute(sa.insert(exchange_balances), rows)
            await conn.execute(dialect.upsert(conn.dialect.name, exchange_accounts), state)

    async def note_fault(self, key: AccountKey, fault: str, at: datetime) -> None:
        """Store why the last try failed; balances stay as they were."""
        t = exchange_accounts.c
        mine = (t.owner == key.owner, t.exchange == key.exchange)
        async with self._database.write() as conn:
            values = {"tried_at": at, "fault": fault}
            done = await conn.execute(sa.update(exchange_accounts).where(*mine).values(values))
            if not done.rowcount:
                await conn.execute(sa.insert(exchange_accounts), as_row(key) | values | {"taken_at": None})

    async def add_fills(self, key: AccountKey, fills: Sequence[ExchangeFill]) -> int:
        """Store those that are not there yet; how many were new."""
        if not fills:
            return 0
        count = sa.select(sa.func.count()).select_from(exchange_fills)
        rows = [as_row(key) | as_row(fill) for fill in fills]
        async with self._database.write() as conn:
            before = int(await conn.scalar(count) or 0)
            await conn.execute(dialect.upsert(conn.dialect.name, exchange_fills), rows)
            return int(await conn.scalar(count) or 0) - before

    async def fills(self, key: AccountKey, limit: int) -> tuple[ExchangeFill, ...]:
        """The newest fills of an account, the newest first."""
        t = exchange_fills.c
        query = sa.select(exchange_fills).where(t.owner == key.owner, t.exchange == key.exchange)
        query = query.order_by(t.at.desc(), t.symbol, t.fill_id.desc()).limit(limit)
        async with self._database.read() as conn:
            return tuple(from_row(ExchangeFill, row) for row in await conn.execute(query))

    async def newest_id(self, key: AccountKey, symbol: str) -> int | None:
        """The highest number of a fill of a market; None without any."""
        t = exchange_fills.c
        mine = (t.owner == key.owner, t.exchange == key.exchange, t.symbol == symbol)
        query = sa.select(t.fill_id).where(*mine).order_by(sa.func.length(t.fill_id).desc(), t.fill_id.desc()).limit(1)
        async with self._database.read() as conn:
            found = await conn.scalar(query)
        return None if found is None else int(found)

    async def of_owners(self, owners: Sequence[str]) -> tuple[ExchangeAccount, ...]:
        """The accounts of a person, who may be joined from several."""
        accounts, balances = exchange_accounts.c, exchange_balances.c
        query = sa.select(exchange_accounts).where(accounts.owner.in_(owners))
        held = sa.select(exchange_balances).where(balances.owner.in_(owners)).order_by(balances.asset)
        async with self._database.read() as conn:
            states = (await conn.execute(query.order_by(accounts.owner, accounts.exchange))).all()
            rows = (await conn.execute(held)).all()
        totals: dict[tuple[str, str], dict[str, Decimal]] = {}
        for row in rows:
            totals.setdefault((row.owner, row.exchange), {})[row.asset] = row.total
        return tuple(
            ExchangeAccount(s.owner, s.exchange, s.tried_at, s.taken_at, s.fault, totals.get((s.owner, s.exchange), {}))
            for s in states
        )
