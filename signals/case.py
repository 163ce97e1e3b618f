"""A resolved signal as calibration sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from signals.model import Direction, Issued, Signal, Strength, Timeframe

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CALM = 1e-5


@dataclass(frozen=True, slots=True)
class Case:
    """A resolved signal: what it was, and whether the first target came before the stop.

    `known_at` is the close of its bar, `resolved_at` when its end was known; `volatility` is ATR over price, from which
    reward/risk after costs follows. `seeded` cases come from a backtest, the others were issued.
    """

    symbol: str
    timeframe: Timeframe
    direction: Direction
    strength: Strength
    reached: bool
    conviction: float = 0.0
    volatility: float = 0.0
    known_at: datetime = EPOCH
    resolved_at: datetime = EPOCH
    realised_r: float | None = None
    seeded: bool = False


def case_of(issued: Issued, resolved_at: datetime, *, reached: bool, realised_r: float | None) -> Case:
    """The case of an issued signal that has ended."""
    signal = issued.signal
    return Case(
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe,
        direction=signal.direction,
        strength=signal.strength or Strength.WEAK,
        reached=reached,
        conviction=signal.conviction,
        volatility=volatility_of(signal),
        known_at=signal.known_at,
        resolved_at=resolved_at,
        realised_r=realised_r,
    )


def volatility_of(signal: Signal) -> float:
    """ATR over price; 0 without them."""
    return signal.atr / signal.price if signal.atr and signal.price else 0.0


def describe(case: Case | Signal) -> tuple[float, float, float]:
    """The features of a calibration: log of the volatility, direction, conviction."""
    volatility = case.volatility if isinstance(case, Case) else volatility_of(case)
    return math.log(max(volatility, MOST_CALM)), float(case.direction), case.conviction
