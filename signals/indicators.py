"""The 13 indicator columns, computed by TA-Lib over whole arrays. The only home of TA-Lib.

Warm-up is NaN, never zero. A gap in the candles ends a run of bars: each run is computed by itself, so that no value
is made across a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import talib

from signals.model import Candles, FloatArray, IntArray

COLUMNS = (
    "rsi_14",
    "macd_12_26_9",
    "macd_signal_12_26_9",
    "macd_hist_12_26_9",
    "bb_upper_20_2",
    "bb_middle_20_2",
    "bb_lower_20_2",
    "atr_14",
    "sma_20",
    "sma_50",
    "sma_200",
    "ema_12",
    "ema_26",
)


@dataclass(frozen=True, slots=True)
class IndicatorFrame:
    """Candles with their indicator columns, all of one length; `age[i]` is the number of bars since the last gap."""

    candles: Candles
    columns: dict[str, FloatArray]
    age: IntArray

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.candles)

    @property
    def close(self) -> FloatArray:
        """Closing prices."""
        return self.candles.close

    @property
    def band_sigma(self) -> FloatArray:
        """Standard deviation of the last 20 closes, from the Bollinger bands; NaN while warming up."""
        sigma: FloatArray = (self["bb_upper_20_2"] - self["bb_middle_20_2"]) / 2.0
        return sigma

    def at(self, i: int) -> dict[str, float]:
        """The columns of bar `i`, without those still warming up."""
        row = {name: float(values[i]) for name, values in self.columns.items()}
        return {name: value for name, value in row.items() if np.isfinite(value)}


def compute(candles: Candles) -> IndicatorFrame:
    """The indicator columns of all bars (float64, NaN while warming up), restarted after each gap.

    Equal to TA-Lib's functions with default settings, but for the RSI of a price that has not moved since the run
    began, which TA-Lib gives as 0 (a false "oversold") and which is 50 here.
    """
    runs = _runs(candles)
    if len(runs) == 1:
        columns = _columns(candles)
    else:
        parts = [_columns(candles.part(start, stop)) for start, stop in runs]
        columns = {name: np.concatenate([p[name] for p in parts]) for name in COLUMNS}
    age = np.concatenate([np.arange(stop - start, dtype=np.int64) for start, stop in runs])
    return IndicatorFrame(candles, columns, age)


def moving_average(candles: Candles, bars: int) -> FloatArray:
    """The simple mean of the last `bars` closes (at least 2), NaN while warming up, restarted after each gap."""
    parts = [talib.SMA(np.ascontiguousarray(candles.close[start:stop]), bars) for start, stop in _runs(candles)]
    mean: FloatArray = np.concatenate(parts)
    return mean


def _runs(candles: Candles) -> list[tuple[int, int]]:
    breaks = np.flatnonzero(np.diff(candles.open_ms) != candles.series.timeframe.ms) + 1
    edges = [0, *breaks.tolist(), len(candles)]
    return list(pairwise(edges))


def _columns(candles: Candles) -> dict[str, FloatArray]:
    high, low, close = (np.ascontiguousarray(a) for a in (candles.high, candles.low, candles.close))
    if len(close) == 0:
        return {name: np.empty(0) for name in COLUMNS}
    macd, macd_signal, macd_hist = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    values = (
        _rsi(close),
        macd,
        macd_signal,
        macd_hist,
        upper,
        middle,
        lower,
        talib.ATR(high, low, close, 14),
        talib.SMA(close, 20),
        talib.SMA(close, 50),
        talib.SMA(close, 200),
        talib.EMA(close, 12),
        talib.EMA(close, 26),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _rsi(close: FloatArray) -> FloatArray:
    rsi: FloatArray = talib.RSI(close, 14)
    if rsi[-1] == 0.0 or not rsi[14:].all():  # only then can a flat beginning be hidden in it
        never_moved = np.maximum.accumulate(close) == np.minimum.accumulate(close)
        rsi[never_moved & ~np.isnan(rsi)] = 50.0
    return rsi
