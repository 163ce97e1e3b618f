"""How the last sync of each series went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from signals.model import Series
from storage import dialect
from storage.database import Database
from storage.rows import as_row, from_row
from storage.tables import series_states
from storage.values import SeriesState


class SeriesStateStore:
    """The newest state of each series; the former one is not kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, state: SeriesState) -> None:
        """Store the state in the place of the former one."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, series_states), as_row(state))

    async def get(self, series: Series) -> SeriesState | None:
        """The state; None when the series was never synced."""
        key = {"exchange": series.exchange, "symbol": series.symbol, "timeframe": series.timeframe.value}
        found = await self._select(sa.select(series_states).filter_by(**key))
        return found[0] if found else None

    async def all(self) -> tuple[SeriesState, ...]:
        """Every state, by exchange, symbol and timeframe."""
        return await self._select(sa.select(series_states).order_by(*series_states.primary_key.columns))

    async def _select(self, query: sa.Select[Any]) -> tuple[SeriesState, ...]:
        async with self._database.read() as conn:
            return tuple(from_row(SeriesState, row) for row in await conn.execute(query))
