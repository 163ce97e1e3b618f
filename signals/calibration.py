"""Confidence: how often signals like this one reached the first target before the stop. Counted, never guessed."""

from __future__ import annotations

from collections.abc import Sequence

from signals.calibration_fit import MIN_FITTED, Calibration
from signals.case import Case
from signals.model import Backtest, Confidence, Signal

__all__ = ["MIN_CASES", "PRIOR_CASES", "Case", "alike", "confidence_of"]

MIN_CASES = 30
PRIOR_CASES = 20.0


def confidence_of(
    signal: Signal | Case,
    cases: Sequence[Case],
    backtests: Sequence[Backtest] = (),
    calibration: Calibration | None = None,
) -> Confidence:
    """The probability with the number of comparable cases: same direction, strength band and timeframe.

    `cases`, `backtests` and `calibration` must have been known at the signal's time. `cases` are issued and backtested
    signals alike; the words say how many were which. Below 30 comparable cases the value is the pooled backtest rate
    (None without one) and `calibrated` is False. Below 50 cases of the timeframe, which fit nothing, it is the rate of
    the symbol's own cases when there are 30, shrunk towards that of all symbols', itself shrunk towards the rate of all
    cases of the timeframe: (k + 20 p) / (n + 20).
    From 50 on the fitted calibration speaks; n then counts the comparable cases of all symbols.
    """
    similar = alike(cases, signal)
    if len(similar) < MIN_CASES:
        return _uncalibrated(len(similar), backtests)
    timeframe = signal.timeframe if isinstance(signal, Case) else signal.series.timeframe
    symbol = signal.symbol if isinstance(signal, Case) else signal.series.symbol
    own = [c for c in similar if c.symbol == symbol]
    everything = [c for c in cases if c.timeframe is timeframe]
    what = f"resolved {signal.strength} signals on {timeframe}"
    if calibration is not None and len(everything) >= MIN_FITTED:
        told = f"{_counted(similar, what)}, all symbols; {calibration.method} over {calibration.n} cases"
        return Confidence(calibration.probability(signal), len(similar), True, told)
    pooled = shrunk_rate(similar, _rate(everything))
    if len(own) < MIN_CASES:
        return Confidence(pooled, len(similar), True, f"{_counted(similar, what)}, all symbols")
    return Confidence(shrunk_rate(own, pooled), len(own), True, f"{_counted(own, what)}, this symbol")


def shrunk_rate(cases: Sequence[Case], prior: float) -> float:
    """The beta-binomial mean: the share that reached, with 20 imagined cases of the prior rate."""
    return (sum(c.reached for c in cases) + PRIOR_CASES * prior) / (len(cases) + PRIOR_CASES)


def alike(cases: Sequence[Case], signal: Signal | Case) -> list[Case]:
    """The cases of the same direction, strength band and timeframe."""
    timeframe = signal.timeframe if isinstance(signal, Case) else signal.series.timeframe
    wanted = (signal.direction, signal.strength, timeframe)
    return [c for c in cases if (c.direction, c.strength, c.timeframe) == wanted]


def _rate(cases: Sequence[Case]) -> float:
    return sum(c.reached for c in cases) / len(cases)


def _counted(cases: Sequence[Case], what: str) -> str:
    seeded = sum(c.seeded for c in cases)
    apart = f" ({len(cases) - seeded} issued, {seeded} backtested)" if seeded else ""
    return f"{sum(c.reached for c in cases)} of {len(cases)} {what}{apart}"


def _uncalibrated(n: int, backtests: Sequence[Backtest]) -> Confidence:
    reached, resolved = sum(b.target_first for b in backtests), sum(b.resolved for b in backtests)
    if not resolved:
        return Confidence(None, n, False, f"uncalibrated: {n} of {MIN_CASES} cases resolved, no backtest yet")
    rate = reached / resolved
    tested = f"backtests reached the first target {reached} of {resolved} times"
    return Confidence(rate, n, False, f"uncalibrated: {n} of {MIN_CASES} cases resolved; {tested}")
