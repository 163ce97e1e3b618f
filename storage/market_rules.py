"""Ticks, lots and minimums as the exchanges gave them, for the time when they cannot be asked."""

from __future__ import annotations

import sqlalchemy as sa

from signals.model import MarketRules
from storage import dialect
from storage.database import Database
from storage.rows import as_row, from_row
from storage.tables import market_rules


class MarketRulesStore:
    """The newest rules of each exchange's symbols."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, exchange: str, symbol: str, rules: MarketRules) -> None:
        """Store the rules in the place of the former ones."""
        row = as_row(rules) | {"exchange": exchange, "symbol": symbol}
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, market_rules), row)

    async def all(self) -> dict[tuple[str, str], MarketRules]:
        """Every symbol's rules by (exchange, symbol)."""
        async with self._database.read() as conn:
            found = await conn.execute(sa.select(market_rules))
            return {(row.exchange, row.symbol): from_row(MarketRules, row) for row in found}

    async def get(self, exchange: str, symbol: str) -> MarketRules | None:
        """The rules; None when they were never fetched."""
        query = sa.select(market_rules).filter_by(exchange=exchange, symbol=symbol)
        async with self._database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else from_row(MarketRules, row)
