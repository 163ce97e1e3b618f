"""What the holdings of this moment could lose within a day, judged by how their markets moved on past days.

Nothing is assumed about the shape of the returns: past days are taken as they were, all markets together, so that what
falls together falls together here, too. What never happened in the window is not in the figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.model import FloatArray

LEVEL = 0.95
SAMPLES = 5_000
FEWEST_DAYS = 30
SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class OneDayRisk:
    """Losses as positive amounts in the unit of the outcomes; below zero where even the bad days were gains.

    `historical`: on one day in twenty the loss was this or more. `bootstrap`: the mean of that figure over samples of
    `days` days drawn with replacement, and `low` to `high` hold the middle 95 % of them.
    """

    historical: float
    bootstrap: float
    low: float
    high: float
    days: int


def historical_loss(outcomes: FloatArray, level: float = LEVEL) -> float:
    """The loss that a share of `level` of the outcomes stayed below, interpolated linearly between two outcomes."""
    return -float(np.percentile(outcomes, 100 * (1 - level)))


def one_day_risk(outcomes: FloatArray, seed: int = SEED) -> OneDayRisk | None:
    """Both estimates from the outcome of each past day; None of fewer than `FEWEST_DAYS`. The same seed, the same."""
    days = len(outcomes)
    if days < FEWEST_DAYS:
        return None
    drawn = np.random.default_rng(seed).integers(0, days, size=(SAMPLES, days))
    losses = -np.percentile(outcomes[drawn], 100 * (1 - LEVEL), axis=1)
    low, high = np.percentile(losses, [2.5, 97.5])
    return OneDayRisk(historical_loss(outcomes), float(losses.mean()), float(low), float(high), days)


def outcomes_of(values: FloatArray, returns: FloatArray) -> FloatArray:
    """What holdings worth `values` (k; below zero for a short) made on each of n days with `returns` (n, k)."""
    made: FloatArray = returns @ values
    return made
