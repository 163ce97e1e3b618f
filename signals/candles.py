"""Markets and their candles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from signals.clock import from_ms

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Timeframe(StrEnum):
    """Bar lengths that Deskmate watches; the value is the exchange's code."""

    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def ms(self) -> int:
        """Length of a bar in milliseconds."""
        return {"15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}[self.value]

    @property
    def duration(self) -> timedelta:
        """Length of a bar."""
        return timedelta(milliseconds=self.ms)

    @property
    def bars_per_year(self) -> float:
        """Bars in 365 days of a market that never closes."""
        return 365 * 86_400_000 / self.ms

    def open_ms_of(self, ms: int) -> int:
        """Open time of the bar that contains `ms`."""
        return ms - ms % self.ms


@dataclass(frozen=True, slots=True, order=True)
class Market:
    """What is watched: a pair such as `ETH/USDT` on a timeframe, wherever its candles come from."""

    symbol: str
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe}"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One exchange's candles of one market; series of two exchanges are never mixed."""

    exchange: str
    symbol: str
    timeframe: Timeframe

    @property
    def market(self) -> Market:
        """The market without its exchange."""
        return Market(self.symbol, self.timeframe)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}:{self.timeframe}"


@dataclass(frozen=True, slots=True)
class Candles:
    """Closed bars of one series: arrays of one length, `open_ms` (epoch ms) strictly ascending.

    `volume` is in base units. Gaps may be present; `signals.market.checks` finds them.
    """

    series: Series
    open_ms: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __len__(self) -> int:
        return len(self.open_ms)

    def opened_at(self, i: int = -1) -> datetime:
        """Open time of bar `i`, by which a bar is named."""
        return from_ms(int(self.open_ms[i]))

    def closed_at(self, i: int = -1) -> datetime:
        """The moment from which bar `i` is known."""
        return from_ms(int(self.open_ms[i]) + self.series.timeframe.ms)

    def part(self, start: int | None, stop: int | None = None) -> Candles:
        """Bars `start:stop`, as views."""
        cut = slice(start, stop)
        columns = (self.open_ms, self.open, self.high, self.low, self.close, self.volume)
        return Candles(self.series, *(c[cut] for c in columns))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class MarketRules:
    """An exchange's price tick, lot step and smallest order value (quote units) for one symbol."""

    tick: Decimal
    lot_step: Decimal
    min_notional: Decimal
