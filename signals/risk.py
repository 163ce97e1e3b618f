"""How risky a position in this market would be now: low, medium or high, from four plain measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from signals.features import FeatureFrame
from signals.model import Plan, Signal

RiskLevel = Literal["low", "medium", "high"]
WIDE_STOP, NARROW_STOP = 0.04, 0.015
THIN_QUOTE_VOLUME = 250_000.0
DISAGREEMENT = 0.15


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """`level`, and the sentence of numbers behind it; `volatility_percentile` is 0 to 100 over the loaded bars."""

    level: RiskLevel
    text: str
    volatility_percentile: float
    bar_volume_usd: float


def assess(signal: Signal, plan: Plan | None, features: FeatureFrame) -> RiskAssessment:
    """Points for high volatility, a wide stop, thin trading and disagreeing voters: 0 is low, 1 medium, more is high.

    The percentile ranks ATR over price among the bars at hand; volume is the median of the last 24 bars in quote units.
    """
    relative = features["atr_14"] / features.frame.close
    known = relative[np.isfinite(relative)]
    percentile = 100.0 * float((known <= known[-1]).mean())
    candles = features.frame.candles
    volume = float(np.median(candles.volume[-24:] * candles.close[-24:]))
    against = min(signal.long, signal.short)
    parts = [f"volatility at the {_ordinal(round(percentile))} percentile of {len(known)} bars"]
    points = (percentile >= 80.0) + (percentile >= 95.0)
    if plan is not None:
        stop = abs(plan.entries[0] - plan.stop) / plan.entries[0]
        points += (stop >= WIDE_STOP) + (stop >= NARROW_STOP)
        parts.append(f"stop {100 * stop:.2f} % away")
    if volume < THIN_QUOTE_VOLUME:
        points += 1
        parts.append(f"thin trading ({volume:,.0f} USDT a bar)")
    if against >= DISAGREEMENT:
        points += 1
        parts.append(f"voters disagree ({against:.2f} against)")
    level: RiskLevel = "low" if points == 0 else "medium" if points <= 2 else "high"
    return RiskAssessment(level, ", ".join(parts), percentile, volume)


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
