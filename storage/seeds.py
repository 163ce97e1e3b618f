"""Cases from backtests, apart from issued signals: they teach the calibration and are no part of the track record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.case import Case
from signals.model import Series, Strength, Timeframe
from storage import dialect
from storage.database import Database
from storage.proof_tables import seeded_cases
from storage.rows import gently, portions

PORTION = 500


class SeedStore:
    """Seeded cases by series and the moment their signal was known."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, series: Series, cases: Sequence[Case]) -> None:
        """Put these cases in the place of all of the series', in one transaction; repeating it changes nothing."""
        t = seeded_cases.c
        key = {"exchange": series.exchange, "symbol": series.symbol, "timeframe": series.timeframe}
        rows = [key | _row(case) for case in cases]
        async with self._database.write() as conn:
            former = (t.exchange == series.exchange, t.symbol == series.symbol, t.timeframe == series.timeframe)
            await conn.execute(sa.delete(seeded_cases).where(*former))
            for portion in portions(rows, PORTION):
                await conn.execute(dialect.upsert(conn.dialect.name, seeded_cases), portion)

    async def known(self, timeframe: Timeframe, as_of: datetime) -> tuple[Case, ...]:
        """Cases of all series that had been resolved by `as_of`, in the order in which they were."""
        t = seeded_cases.c
        query = sa.select(seeded_cases).where(t.timeframe == timeframe, t.resolved_at <= as_of)
        async with self._database.read() as conn:
            rows = (await conn.execute(query.order_by(t.resolved_at, t.exchange, t.symbol))).all()
        return await gently(_case_of, rows)

    async def newest(self, as_of: datetime) -> dict[Series, datetime]:
        """When the newest case of each series was resolved."""
        t = seeded_cases.c
        query = sa.select(t.exchange, t.symbol, t.timeframe, sa.func.max(t.resolved_at).label("at"))
        query = query.where(t.resolved_at <= as_of).group_by(t.exchange, t.symbol, t.timeframe)
        async with self._database.read() as conn:
            return {Series(row.exchange, row.symbol, row.timeframe): row.at for row in await conn.execute(query)}


def _row(case: Case) -> dict[str, Any]:
    names = ("known_at", "resolved_at", "direction", "conviction", "volatility", "reached", "realised_r")
    return {name: getattr(case, name) for name in names} | {"strength": case.strength.value}


def _case_of(row: sa.Row[Any]) -> Case:
    return Case(
        symbol=row.symbol,
        timeframe=row.timeframe,
        direction=row.direction,
        strength=Strength(row.strength),
        reached=row.reached,
        conviction=row.conviction,
        volatility=row.volatility,
        known_at=row.known_at,
        resolved_at=row.resolved_at,
        realised_r=row.realised_r,
        seeded=True,
    )
