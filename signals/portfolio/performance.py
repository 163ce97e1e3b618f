"""How an account did: daily returns of its equity, Sharpe, Sortino and drawdown.

Conventions: days end at midnight UTC and a year has 365 of them (markets never close); the risk-free rate is 0; money
put in or taken out during a day counts as moved at its end, so that it is no gain and no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np

from signals.model import FloatArray

DAYS_A_YEAR = 365
FLAT = 1e-15  # a spread of returns below this is none


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What an account was worth at a moment. `put_in`: all money put in by then, less what was taken out."""

    at: datetime
    equity: Decimal
    put_in: Decimal
    cash: Decimal = Decimal(0)


def returns_between(points: Sequence[EquityPoint]) -> FloatArray:
    """The return from each point to the next as a fraction; 0 from a point at which nothing was left."""
    found = [
        float((now.equity - (now.put_in - before.put_in)) / before.equity - 1) if before.equity > 0 else 0.0
        for before, now in pairwise(points)
    ]
    return np.array(found, dtype=np.float64)


def growth(returns: FloatArray) -> FloatArray:
    """What 1 became: one value more than there are returns, the first is 1."""
    worth: FloatArray = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return worth


def drawdowns(returns: FloatArray) -> FloatArray:
    """How far each value of `growth` stood below the best until then, as a fraction of it; 0 or below."""
    worth = growth(returns)
    fall: FloatArray = worth / np.maximum.accumulate(worth) - 1.0
    return fall


def max_drawdown(returns: FloatArray) -> float:
    """The deepest drawdown, 0 or below."""
    return float(drawdowns(returns).min())


def volatility(returns: FloatArray) -> float | None:
    """Yearly standard deviation of daily returns (n - 1); None of fewer than two."""
    return float(np.std(returns, ddof=1) * np.sqrt(DAYS_A_YEAR)) if len(returns) > 1 else None


def sharpe(returns: FloatArray) -> float | None:
    """Mean over standard deviation (n - 1) of daily returns, times the root of 365; None without any spread.

    Sharpe, "The Sharpe Ratio", 1994.
    """
    if len(returns) < 2:
        return None
    spread = float(np.std(returns, ddof=1))
    return float(np.mean(returns)) / spread * float(np.sqrt(DAYS_A_YEAR)) if spread > FLAT else None


def sortino(returns: FloatArray) -> float | None:
    """Mean over the root mean square of losing days, times the root of 365; None without a losing day.

    Every day counts in that mean, winning ones as 0. Sortino and Price, "Performance Measurement in a Downside Risk
    Framework", 1994.
    """
    if len(returns) < 2:
        return None
    downside = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))
    return float(np.mean(returns)) / downside * float(np.sqrt(DAYS_A_YEAR)) if downside > FLAT else None
