"""What a job that keeps stored series up to date needs to know, without knowing the store."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from signals.clock import to_ms
from signals.market.checks import Checked, gaps
from signals.market.source import CandleSource
from signals.model import Candles, IntArray, Market, Timeframe

OVERLAP_BARS = 3


@runtime_checkable
class CheckedSource(CandleSource, Protocol):
    """A source that also says what it found in the bars; all of Deskmate's own do."""

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """As `closed`, with the findings."""
        ...


async def fetch_checked(source: CandleSource, market: Market, *, since_ms: int | None, limit: int) -> Checked:
    """The bars with the findings where the source has them, and with none where it has not."""
    if isinstance(source, CheckedSource):
        return await source.checked(market, since_ms=since_ms, limit=limit)
    return Checked(await source.closed(market, since_ms=since_ms, limit=limit))


def next_since(last_open_ms: int | None, timeframe: Timeframe, now_ms: int, history_bars: int) -> int:
    """From where to ask: `history_bars` back for a new series, else a few stored bars again, which may be revised."""
    if last_open_ms is None:
        return timeframe.open_ms_of(now_ms) - history_bars * timeframe.ms
    return last_open_ms - (OVERLAP_BARS - 1) * timeframe.ms


def bars_between(since_ms: int, timeframe: Timeframe, now_ms: int) -> int:
    """How many bars open at or after `since_ms` and are closed at `now_ms`: the limit that catches everything up."""
    first = -(-since_ms // timeframe.ms)
    return max(0, now_ms // timeframe.ms - first)


def repair_since(stored: Candles, since_ms: int) -> int:
    """`since_ms`, or the bar before the oldest gap among `stored` if that is earlier.

    Pass only as many bars as signals look at: a real outage stays a gap, and would be asked for again each time.
    """
    holes = gaps(stored)
    return min(since_ms, to_ms(holes[0].after)) if holes else since_ms


def revised(stored: Candles, fetched: Candles) -> IntArray:
    """Open times of the bars that both have and that differ in any value."""
    both, ours, theirs = np.intersect1d(stored.open_ms, fetched.open_ms, assume_unique=True, return_indices=True)
    differs = np.zeros(len(both), dtype=bool)
    for name in ("open", "high", "low", "close", "volume"):
        differs |= getattr(stored, name)[ours] != getattr(fetched, name)[theirs]
    return np.asarray(both[differs], dtype=np.int64)
