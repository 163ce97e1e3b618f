"""How many bars each indicator needs until it no longer depends on where the candles begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.indicators import COLUMNS, compute
from signals.model import Candles, FloatArray

TOLERANCE = 1e-6
MOST_BARS = 2000
ENDS = 5


@dataclass(frozen=True, slots=True)
class Needed:
    """The fewest bars from which on a column's newest value stays within the tolerance; None: not within `tried`."""

    column: str
    bars: int | None
    tried: int


def bars_needed(candles: Candles, tolerance: float = TOLERANCE) -> tuple[Needed, ...]:
    """For each indicator column, the most that any of five ends of these candles needs.

    The difference from the value over all bars is measured against the column's usual size (its mean absolute value),
    so that a MACD near zero is not asked for more digits than it has.
    """
    ends = np.linspace(len(candles) // 2, len(candles), ENDS).astype(np.int64)
    worst: dict[str, int | None] = dict.fromkeys(COLUMNS, 0)
    tried = int(min(MOST_BARS, ends[0]))
    for end in ends.tolist():
        needed = _at_end(candles.part(0, end), tried, tolerance)
        for name in COLUMNS:
            former, now = worst[name], needed[name]
            worst[name] = None if former is None or now is None else max(former, now)
    return tuple(Needed(name, worst[name], tried) for name in COLUMNS)


def _at_end(candles: Candles, tried: int, tolerance: float) -> dict[str, int | None]:
    """Errors of every start length, from the longest down; a column is done at its first error above the tolerance."""
    whole = compute(candles).columns
    room = {name: tolerance * _usual_size(whole[name]) for name in COLUMNS}
    needed: dict[str, int | None] = {}
    for bars in range(tried, 0, -1):
        short = compute(candles.part(-bars)).columns
        for name in COLUMNS:
            if name not in needed and not abs(short[name][-1] - whole[name][-1]) <= room[name]:
                needed[name] = bars + 1 if bars < tried else None
        if len(needed) == len(COLUMNS):
            break
    return needed


def _usual_size(column: FloatArray) -> float:
    known = column[np.isfinite(column)]
    return float(np.abs(known).mean()) if len(known) else 0.0
