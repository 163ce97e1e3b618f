"""The bars of the past that looked most like the newest one, and how the same plan went from each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from signals.features import FEATURES, FeatureFrame
from signals.model import Candles, Direction, FloatArray, PlanRules
from signals.plan import distances


@dataclass(frozen=True, slots=True)
class PastCase:
    """A bar of the past: its close, how far its features are from today's (in standard deviations per feature), and
    how a plan from there ended: `target`, `stop` or `time`, with the result in R after costs.
    """

    at: datetime
    price: float
    distance: float
    ended: str
    r: float
    bars: int


def nearest(features: FeatureFrame, direction: Direction, rules: PlanRules, limit: int = 8) -> tuple[PastCase, ...]:
    """The nearest earlier bars, nearest first, each at least a plan's life from the next and from the newest bar.

    Features are standardised over the bars given. The plan is the present one's: stop and final target in ATRs of that
    bar, entered at its close, the stop counted first when one bar touches both. Empty without enough bars.
    """
    candles, horizon = features.frame.candles, rules.horizon_bars
    table = np.stack([features.values[name] for name in FEATURES], axis=1)
    usable = np.isfinite(table).all(axis=1) & np.isfinite(features.frame["atr_14"])
    if not len(table) or not usable[-1] or direction == 0:
        return ()
    spread = table[usable].std(axis=0)
    scaled = (table - table[-1]) / np.where(spread > 0, spread, 1.0)
    distance: FloatArray = np.sqrt((scaled**2).mean(axis=1))
    candidates = np.flatnonzero(usable[: len(table) - horizon])
    chosen = _apart(candidates[np.argsort(distance[candidates], kind="stable")], horizon, limit)
    return tuple(_case(candles, i, float(distance[i]), _Trial(direction, features, rules)) for i in chosen)


@dataclass(frozen=True, slots=True)
class _Trial:
    direction: int
    features: FeatureFrame
    rules: PlanRules


def _apart(ordered: Sequence[int] | np.ndarray, gap: int, limit: int) -> list[int]:
    chosen: list[int] = []
    for one in ordered:
        if all(abs(int(one) - other) >= gap for other in chosen):
            chosen.append(int(one))
        if len(chosen) == limit:
            break
    return chosen


def _case(candles: Candles, i: int, distance: float, trial: _Trial) -> PastCase:
    rules, side = trial.rules, trial.direction
    entry = float(candles.close[i])
    to_stop, to_target = (float(d) for d in distances(float(trial.features.frame["atr_14"][i]), rules))
    after = slice(i + 1, i + 1 + rules.horizon_bars)
    worst, best = (candles.low[after], candles.high[after]) if side > 0 else (candles.high[after], candles.low[after])
    stopped = np.flatnonzero(side * (worst - (entry - side * to_stop)) <= 0)
    reached = np.flatnonzero(side * (best - (entry + side * to_target)) >= 0)
    first_stop, first_target = (int(f[0]) if len(f) else len(worst) for f in (stopped, reached))
    if first_stop < len(worst) and first_stop <= first_target:
        ended, bars, leave = "stop", first_stop + 1, entry - side * to_stop
    elif first_target < len(best):
        ended, bars, leave = "target", first_target + 1, entry + side * to_target
    else:
        ended, bars, leave = "time", len(worst), float(candles.close[after][-1])
    cost = (rules.fee_rate + rules.slippage_rate) * (entry + leave)
    r = (side * (leave - entry) - cost) / to_stop if to_stop > 0 else 0.0
    return PastCase(candles.closed_at(i), entry, distance, ended, r, bars)
