"""Finished backtests and their figures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.model import Backtest, Timeframe
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.marks import mark
from storage.rows import as_row, from_row, portions
from storage.tables import backtests

PORTION = 500


class BacktestStore:
    """Backtests by their id; known from the moment they finished."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, backtest: Backtest) -> None:
        """Store a backtest and its ingest mark; the same id replaces."""
        await self.save_many([backtest])

    async def save_many(self, many: Sequence[Backtest]) -> None:
        """Store backtests in one transaction, each as `save` does; of the same id the last counts."""
        single = {one.backtest_id: one for one in many}
        async with self._database.write() as conn:
            for ids in portions(list(single), PORTION):
                await conn.execute(dialect.upsert(conn.dialect.name, backtests), [as_row(single[one]) for one in ids])
                await mark(conn, (("backtest", one) for one in ids))

    async def get(self, backtest_id: str) -> Backtest | None:
        """The backtest."""
        return (await self.get_many([backtest_id])).get(backtest_id)

    async def get_many(self, backtest_ids: Sequence[str]) -> dict[str, Backtest]:
        """Those of these backtests that exist, by id."""
        found: dict[str, Backtest] = {}
        for ids in portions(backtest_ids, PORTION):
            those = await self._select(sa.select(backtests).where(backtests.c.backtest_id.in_(ids)))
            found |= {one.backtest_id: one for one in those}
        return found

    async def newest(
        self, symbols: Sequence[str] | None, timeframe: Timeframe | None, as_of: datetime, limit: int = 1
    ) -> tuple[Backtest, ...]:
        """Backtests of any of these names finished by `as_of`, newest first; None means any symbol, any timeframe."""
        t = backtests.c
        query = sa.select(backtests).where(t.finished_at <= as_of)
        if symbols is not None:
            query = query.where(t.symbol.in_(symbols))
        if timeframe is not None:
            query = query.where(t.timeframe == timeframe)
        return await self._select(query.order_by(t.finished_at.desc(), t.backtest_id).limit(limit))

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of all backtests, some hundred at a time."""
        return keys_of(self._database, backtests.c.backtest_id)

    async def _select(self, query: sa.Select[Any]) -> tuple[Backtest, ...]:
        async with self._database.read() as conn:
            found = [from_row(Backtest, row) for row in await conn.execute(query)]
        return tuple(replace(one, parameters=tuple((name, value) for name, value in one.parameters)) for one in found)
