"""One row per market and UTC day: what the day did, computed from stored bars once it was over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from signals.clock import from_ms, to_ms
from signals.model import Timeframe
from storage import dialect
from storage.database import Database
from storage.keys import PORTION
from storage.knowledge_tables import market_days
from storage.marks import mark
from storage.rows import as_row, from_row

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MarketDay:
    """A UTC day of a symbol from bars of `timeframe`: prices in quote units, `volume` in base units.

    `rsi`, `atr_pct` (of the close) and `trend_pct` (close above the SMA 200) are those of the day's last bar, None
    where they are not stored; `buys` and `sells` count signals of all timeframes known during the day.
    """

    symbol: str
    day: datetime
    exchange: str
    timeframe: Timeframe
    open: float
    high: float
    low: float
    close: float
    volume: float
    rsi: float | None = None
    atr_pct: float | None = None
    trend_pct: float | None = None
    buys: int = 0
    sells: int = 0

    @property
    def known_at(self) -> datetime:
        """The end of the day."""
        return self.day + DAY

    @property
    def key(self) -> str:
        """`SYMBOL:2026-01-31`."""
        return f"{self.symbol}:{self.day:%Y-%m-%d}"


class MarketDayStore:
    """Market days by symbol and day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, days: Sequence[MarketDay]) -> int:
        """Store days with their ingest marks in one transaction; returns how many were new or different."""
        t = market_days.c
        changed = []
        async with self._database.write() as conn:
            for day in days:
                row = (await conn.execute(sa.select(market_days).filter_by(symbol=day.symbol, day=day.day))).first()
                if row is None or from_row(MarketDay, row) != day:
                    changed.append(day)
            key = tuple(column.name for column in t if column.primary_key)
            for day in changed:
                await conn.execute(dialect.upsert(conn.dialect.name, market_days, key=key), as_row(day))
            await mark(conn, (("market_summary", day.key) for day in changed))
        return len(changed)

    async def get(self, key: str) -> MarketDay | None:
        """The day by `SYMBOL:2026-01-31`; None for any other text."""
        symbol, _, day = key.rpartition(":")
        try:
            at = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        except ValueError:
            return None
        async with self._database.read() as conn:
            row = (await conn.execute(sa.select(market_days).filter_by(symbol=symbol, day=at))).first()
        return None if row is None else from_row(MarketDay, row)

    async def newest(self, as_of: datetime) -> dict[str, datetime]:
        """The last day stored of each symbol that was over by `as_of`."""
        t = market_days.c
        query = sa.select(t.symbol, sa.func.max(t.day).label("day")).where(t.day <= as_of - DAY).group_by(t.symbol)
        async with self._database.read() as conn:
            return {row.symbol: row.day for row in await conn.execute(query)}

    async def keys(self) -> AsyncIterator[list[str]]:
        """The keys of all days, some hundred at a time."""
        t = market_days.c
        last: tuple[Any, Any] = ("", from_ms(0))
        while True:
            query = sa.select(t.symbol, t.day).where((t.symbol > last[0]) | ((t.symbol == last[0]) & (t.day > last[1])))
            async with self._database.read() as conn:
                found = [(r.symbol, r.day) for r in await conn.execute(query.order_by(t.symbol, t.day).limit(PORTION))]
            if not found:
                return
            yield [f"{symbol}:{day:%Y-%m-%d}" for symbol, day in found]
            last = found[-1]


def day_of(moment: datetime) -> datetime:
    """Midnight UTC of the day that a moment is in."""
    ms = to_ms(moment)
    return from_ms(ms - ms % Timeframe.D1.ms)
