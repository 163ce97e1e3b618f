"""Longer bars out of shorter ones."""

from __future__ import annotations

import numpy as np

from signals.model import Candles, Series, Timeframe


def aggregate(candles: Candles, timeframe: Timeframe) -> Candles:
    """Bars of a longer timeframe, aligned to UTC; a group that lacks one of its bars is left out (it shows as a gap).

    Raises ValueError when `timeframe` is not a whole multiple of the candles' own.
    """
    series = Series(candles.series.exchange, candles.series.symbol, timeframe)
    size, rest = divmod(timeframe.ms, candles.series.timeframe.ms)
    if rest or not size:
        raise ValueError(f"{timeframe} bars cannot be made of {candles.series.timeframe} bars")
    group = candles.open_ms // timeframe.ms
    starts = np.flatnonzero(np.diff(group, prepend=-1)) if len(candles) else np.empty(0, dtype=np.int64)
    first = starts[np.diff(starts, append=len(candles)) == size]
    if not len(first):
        empty = candles.part(0, 0)
        return Candles(series, empty.open_ms, empty.open, empty.high, empty.low, empty.close, empty.volume)
    members = first[:, None] + np.arange(size)
    return Candles(
        series,
        candles.open_ms[first],
        candles.open[first],
        candles.high[members].max(axis=1),
        candles.low[members].min(axis=1),
        candles.close[first + size - 1],
        candles.volume[members].sum(axis=1),
    )
