"""Indicator values, one row each under (exchange, symbol, timeframe, open time, name)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
import sqlalchemy as sa

from signals.model import FloatArray, IntArray, Series
from storage import dialect
from storage.database import Database
from storage.tables import indicator_values

PORTION = 5_000  # rows per statement, so that no callback holds the event loop for long

_OF_SERIES = tuple(indicator_values.c[name] == sa.bindparam(name) for name in ("exchange", "symbol", "timeframe"))


@dataclass(frozen=True, slots=True)
class IndicatorRows:
    """Values to store: each of `columns` has one value per bar of `open_ms`; NaN means there is none."""

    series: Series
    open_ms: IntArray
    columns: Mapping[str, FloatArray]


class IndicatorStore:
    """Indicators of closed bars."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, series: Series, open_ms: IntArray, columns: Mapping[str, FloatArray]) -> int:
        """Store one series' values; see `save_many`."""
        return await self.save_many([IndicatorRows(series, open_ms, columns)])

    async def save_many(self, items: Iterable[IndicatorRows]) -> int:
        """Store values in one transaction and return how many were given; a value already there is replaced.

        NaN (warm-up) is not stored; an infinite value is refused with ValueError, and a column of another length too.
        """
        rows = chain.from_iterable(_rows(item) for item in items)
        given = 0
        async with self._database.write() as conn:
            statement = dialect.upsert(conn.dialect.name, indicator_values, unless_same=("value",))
            while portion := list(islice(rows, PORTION)):
                await conn.execute(statement, portion)
                given += len(portion)
        return given

    async def last_open_ms(self, series: Series) -> int | None:
        """Open time (epoch ms) of the newest bar with a value."""
        query = sa.select(sa.func.max(indicator_values.c.open_ms)).where(*_OF_SERIES)
        async with self._database.read() as conn:
            found: int | None = await conn.scalar(query, _key(series))
        return found

    async def first_open_ms(self, series: Series) -> int | None:
        """Open time (epoch ms) of the oldest bar with a value."""
        query = sa.select(sa.func.min(indicator_values.c.open_ms)).where(*_OF_SERIES)
        async with self._database.read() as conn:
            found: int | None = await conn.scalar(query, _key(series))
        return found

    async def at(self, series: Series, open_ms: int) -> dict[str, float]:
        """The values of one bar by name; empty when none are stored."""
        t = indicator_values.c
        query = sa.select(t.name, t.value).where(*_OF_SERIES, t.open_ms == open_ms)
        async with self._database.read() as conn:
            return {row.name: row.value for row in await conn.execute(query, _key(series))}


def _key(series: Series) -> dict[str, Any]:
    return {"exchange": series.exchange, "symbol": series.symbol, "timeframe": series.timeframe}


def _rows(item: IndicatorRows) -> Iterator[dict[str, Any]]:
    key, times = _key(item.series), item.open_ms.tolist()
    for name, values in item.columns.items():
        if np.isinf(values).any():
            raise ValueError(f"{item.series}: {name} is infinite; nothing was stored")
        for open_ms, value in zip(times, values.tolist(), strict=True):
            if value == value:  # noqa: PLR0124  (NaN)
                yield {**key, "open_ms": open_ms, "name": name, "value": value}
