"""Closed bars, one row each; a bar that the exchange changed is overwritten and its former values are kept aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.clock import from_ms
from signals.model import Candles, FloatArray, Series
from storage import dialect
from storage.database import Database
from storage.tables import candle_revisions, candles

BoolArray = NDArray[np.bool_]
NAMES = ("open_ms", "open", "high", "low", "close", "volume")
PORTION = 5_000  # rows per statement, so that no callback holds the event loop for long

_COLUMNS = tuple(candles.c[name] for name in NAMES)
_OF_SERIES = tuple(candles.c[name] == sa.bindparam(name) for name in ("exchange", "symbol", "timeframe"))
_NEWEST = (
    sa.select(*_COLUMNS)
    .where(*_OF_SERIES, candles.c.open_ms <= sa.bindparam("last_ms"))
    .order_by(candles.c.open_ms.desc())
    .limit(sa.bindparam("bars"))
)
_BETWEEN = (
    sa.select(*_COLUMNS)
    .where(*_OF_SERIES, candles.c.open_ms.between(sa.bindparam("first_ms"), sa.bindparam("last_ms")))
    .order_by(candles.c.open_ms)
)
_END_OF_TIME_MS = 2**62


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save changed: `new` bars, and the open times of the bars whose values the exchange had revised."""

    new: int
    revised_ms: tuple[int, ...] = ()

    @property
    def revised(self) -> int:
        """How many stored bars were overwritten by other values."""
        return len(self.revised_ms)

    @property
    def changed(self) -> int:
        """New and revised bars together."""
        return self.new + self.revised


@dataclass(frozen=True, slots=True)
class Span:
    """The open times of the first and last stored bar, and how many bars there are."""

    first_at: datetime
    last_at: datetime
    bars: int


class CandleStore:
    """Bars by (exchange, symbol, timeframe, open time)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, bars: Candles) -> Saved:
        """Store bars; those already there with the same values are left alone, so that saving twice changes nothing.

        A bar with other values overwrites, and `revisions` keeps what it said before. ValueError, and nothing stored,
        for prices that are not finite and positive, volumes that are not finite and non-negative, or bars out of order.
        """
        _refuse_nonsense(bars)
        if len(bars) == 0:
            return Saved(0)
        async with self._database.write() as conn:
            first_ms, last_ms = int(bars.open_ms[0]), int(bars.open_ms[-1])
            found = await conn.execute(_BETWEEN, _key(bars.series) | {"first_ms": first_ms, "last_ms": last_ms})
            stored = _candles(bars.series, found.all())
            fresh, revised = _compare(bars, stored)
            await _write(conn, bars, fresh)
            await _overwrite(conn, bars, revised)
        return Saved(int(fresh.sum()), tuple(bars.open_ms[revised].tolist()))

    async def newest(self, series: Series, bars: int, until_ms: int | None = None) -> Candles:
        """The last `bars` bars, ascending; with `until_ms` (epoch ms) only those closed by then. May be shorter."""
        async with self._database.read() as conn:
            return await _newest(conn, series, bars, until_ms)

    async def newest_many(
        self, series: Sequence[Series], bars: int, until_ms: int | None = None
    ) -> tuple[Candles, ...]:
        """`newest` of each series, in their order, from one snapshot."""
        async with self._database.read() as conn:
            return tuple([await _newest(conn, one, bars, until_ms) for one in series])

    async def last_open_ms(self, series: Series) -> int | None:
        """Open time (epoch ms) of the newest stored bar."""
        query = sa.select(sa.func.max(candles.c.open_ms)).where(*_OF_SERIES)
        async with self._database.read() as conn:
            found: int | None = await conn.scalar(query, _key(series))
        return found

    async def span(self, series: Series) -> Span | None:
        """First bar, last bar and count; None without any."""
        open_ms = candles.c.open_ms
        query = sa.select(sa.func.min(open_ms), sa.func.max(open_ms), sa.func.count()).where(*_OF_SERIES)
        async with self._database.read() as conn:
            first, last, count = (await conn.execute(query, _key(series))).one()
        return Span(from_ms(first), from_ms(last), count) if count else None

    async def series(self) -> tuple[Series, ...]:
        """Every series that has a bar, in order."""
        columns = (candles.c.exchange, candles.c.symbol, candles.c.timeframe)
        query = sa.select(*columns).group_by(*columns).order_by(*columns)
        async with self._database.read() as conn:
            return tuple(Series(*row) for row in await conn.execute(query))

    async def revision_counts(self) -> dict[Series, int]:
        """How many revisions each series has had; a series without any is left out."""
        columns = [candle_revisions.c[name] for name in ("exchange", "symbol", "timeframe")]
        query = sa.select(*columns, sa.func.count()).group_by(*columns)
        async with self._database.read() as conn:
            return {Series(*row[:3]): row[3] for row in await conn.execute(query)}

    async def revisions(self, series: Series) -> Candles:
        """What revised bars said before, by open time and then oldest first: a bar revised twice is there twice."""
        t = candle_revisions.c
        mine = [t[name] == value for name, value in _key(series).items()]
        query = sa.select(*(t[name] for name in NAMES)).where(*mine).order_by(t.open_ms, t.revision)
        async with self._database.read() as conn:
            return _candles(series, (await conn.execute(query)).all())


def _key(series: Series) -> dict[str, Any]:
    return {"exchange": series.exchange, "symbol": series.symbol, "timeframe": series.timeframe}


async def _newest(conn: AsyncConnection, series: Series, bars: int, until_ms: int | None) -> Candles:
    last_ms = _END_OF_TIME_MS if until_ms is None else until_ms - series.timeframe.ms
    found = await conn.execute(_NEWEST, _key(series) | {"last_ms": last_ms, "bars": bars})
    return _candles(series, found.all()[::-1])


def _candles(series: Series, rows: Sequence[Any]) -> Candles:
    open_ms, *prices = zip(*rows, strict=True) if rows else [()] * len(NAMES)
    columns = (np.array(column, dtype=np.float64) for column in prices)
    return Candles(series, np.array(open_ms, dtype=np.int64), *columns)


def _prices(bars: Candles) -> FloatArray:
    return np.column_stack((bars.open, bars.high, bars.low, bars.close, bars.volume)).astype(np.float64, copy=False)


def _refuse_nonsense(bars: Candles) -> None:
    values = _prices(bars)
    if not np.isfinite(values).all() or (values[:, :4] <= 0).any() or (values[:, 4] < 0).any():
        raise ValueError(f"{bars.series}: a price or volume that cannot be; nothing was stored")
    if (np.diff(bars.open_ms) <= 0).any():
        raise ValueError(f"{bars.series}: bars are not in order of their open time; nothing was stored")


def _compare(bars: Candles, stored: Candles) -> tuple[BoolArray, BoolArray]:
    """Two masks over the bars: not stored yet, and stored with other values."""
    if len(stored) == 0:
        return np.ones(len(bars), dtype=bool), np.zeros(len(bars), dtype=bool)
    place = np.searchsorted(stored.open_ms, bars.open_ms).clip(max=len(stored) - 1)
    fresh = stored.open_ms[place] != bars.open_ms
    return fresh, ~fresh & (_prices(stored)[place] != _prices(bars)).any(axis=1)


async def _write(conn: AsyncConnection, bars: Candles, chosen: BoolArray) -> None:
    key = _key(bars.series)
    columns = [column[chosen] for column in (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)]
    for start in range(0, len(columns[0]), PORTION):
        portion = zip(*(column[start : start + PORTION].tolist() for column in columns), strict=True)
        rows = [key | dict(zip(NAMES, row, strict=True)) for row in portion]
        await conn.execute(dialect.upsert(conn.dialect.name, candles), rows)


async def _overwrite(conn: AsyncConnection, bars: Candles, chosen: BoolArray) -> None:
    """Keep what the chosen bars said, then write what they say now."""
    old, kept = candles.c, candle_revisions.c
    key = [column.name for column in candles.primary_key]
    earlier = sa.select(sa.func.count()).where(*(kept[name] == old[name] for name in key)).scalar_subquery()
    former = sa.select(*old, earlier).where(*_OF_SERIES, old.open_ms == sa.bindparam("its_open_ms"))
    names = [*(column.name for column in old), "revision"]
    for open_ms in bars.open_ms[chosen].tolist():
        await conn.execute(
            candle_revisions.insert().from_select(names, former), _key(bars.series) | {"its_open_ms": open_ms}
        )
    await _write(conn, bars, chosen)
