"""What chance alone would have done: an interval of the mean trade, and random entries beside the real ones. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.model import Candles, FloatArray, IntArray

SEED = 20221108
RESAMPLES = 2000
RANDOM_RUNS = 1000
CONFIDENCE = 0.95
AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Entries:
    """Trades by what a random run keeps of them: their lengths in bars (the entry bar counts), directions, and cost.

    `first_bar` is where the earliest could have begun; `cost` is charged on what is bought and on what is sold.
    """

    bars: IntArray
    direction: FloatArray
    first_bar: int
    cost: float


def mean_interval(values: FloatArray, seed: int = SEED) -> tuple[float, float] | None:
    """95 % percentile bootstrap interval of the mean; None below two values."""
    if len(values) < 2:
        return None
    rng = np.random.default_rng(seed)
    size = max(1, AT_ONCE // len(values))
    means: list[FloatArray] = []
    for start in range(0, RESAMPLES, size):
        drawn = rng.integers(0, len(values), (min(size, RESAMPLES - start), len(values)))
        means.append(values[drawn].mean(axis=1))
    low, high = np.quantile(np.concatenate(means), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def random_returns(candles: Candles, entries: Entries, seed: int = SEED) -> FloatArray:
    """Total returns of `RANDOM_RUNS` runs with as many trades of the same lengths and directions, entered at random.

    Each run shuffles the trades and spreads the idle bars between them at random, so that no two overlap; each enters
    at an open and leaves at the close of its last bar. Empty when the trades do not fit.
    """
    count = len(entries.bars)
    idle = len(candles) - entries.first_bar - int(entries.bars.sum())
    if not count or idle < 0:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(count), (RANDOM_RUNS, 1)), axis=1)
    lengths, sides = entries.bars[order], entries.direction[order]
    waits = np.sort(rng.integers(0, idle + 1, (RANDOM_RUNS, count)), axis=1)
    starts = entries.first_bar + waits + np.cumsum(lengths, axis=1) - lengths
    change = candles.close[starts + lengths - 1] / candles.open[starts]
    net = sides * (change - 1.0) - entries.cost * (1.0 + change)
    total: FloatArray = np.prod(np.maximum(1.0 + net, 0.0), axis=1) - 1.0
    return total
