"""Confidence: how often signals like this one reached the first target before the stop. Counted, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signals.model import Backtest, Confidence, Direction, Signal, Strength, Timeframe

MIN_CASES = 30
PRIOR_CASES = 20.0


@dataclass(frozen=True, slots=True)
class Case:
    """A resolved signal: what it was, and whether the first target came before the stop."""

    symbol: str
    timeframe: Timeframe
    direction: Direction
    strength: Strength
    reached: bool


def confidence_of(signal: Signal, cases: Sequence[Case], backtests: Sequence[Backtest] = ()) -> Confidence:
    """The shrunk rate of comparable cases: the symbol's own when there are 30, else all symbols', else uncalibrated.

    `cases` and `backtests` must have been known at the signal's time. Shrinkage is beta-binomial: (k + 20 p) / (n + 20)
    with p the pooled rate. Below 30 resolved cases the value is the pooled backtest rate (None without one) and
    `calibrated` is False; `n` is always the number of live cases that were counted.
    """
    alike = [c for c in cases if _is_alike(c, signal)]
    if len(alike) < MIN_CASES:
        return _uncalibrated(len(alike), backtests)
    pooled = sum(c.reached for c in alike) / len(alike)
    own = [c for c in alike if c.symbol == signal.series.symbol]
    counted, basis = (own, "this symbol") if len(own) >= MIN_CASES else (alike, "all symbols")
    k, n = sum(c.reached for c in counted), len(counted)
    rate = (k + PRIOR_CASES * pooled) / (n + PRIOR_CASES)
    return Confidence(
        rate, n, True, f"{k} of {n} resolved {signal.strength} signals on {signal.series.timeframe}, {basis}"
    )


def _is_alike(case: Case, signal: Signal) -> bool:
    return (case.direction, case.strength, case.timeframe) == (
        signal.direction,
        signal.strength,
        signal.series.timeframe,
    )


def _uncalibrated(n: int, backtests: Sequence[Backtest]) -> Confidence:
    reached, resolved = sum(b.target_first for b in backtests), sum(b.resolved for b in backtests)
    if not resolved:
        return Confidence(None, n, False, f"uncalibrated: {n} of {MIN_CASES} live cases resolved, no backtest yet")
    rate = reached / resolved
    tested = f"backtests reached the first target {reached} of {resolved} times"
    return Confidence(rate, n, False, f"uncalibrated: {n} of {MIN_CASES} live cases resolved; {tested}")
