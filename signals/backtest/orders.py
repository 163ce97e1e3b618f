"""What is to be traded at each bar: the ensemble's decisions with the plan's levels, as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.ensemble import SignalRules, tally
from signals.features import derive
from signals.indicators import compute
from signals.model import Candles, FloatArray, PlanRules
from signals.plan import distances, pays

Orders = tuple[NDArray[np.int8], FloatArray, FloatArray]


def ensemble_orders(candles: Candles, rules: SignalRules, plan: PlanRules) -> Orders:
    """Per bar: direction (0 also where the plan does not pay), stop price, and (3, n) first, middle and final target.

    Where there is no direction the prices are 0.
    """
    frame = compute(candles)
    return plan_orders(tally(derive(frame), rules).direction, frame.close, frame["atr_14"], plan)


def plan_orders(direction: NDArray[np.int8], close: FloatArray, atr: FloatArray, plan: PlanRules) -> Orders:
    """The orders that a plan makes of directions already decided: what tuning varies without counting votes again."""
    at = np.flatnonzero(direction != 0)
    worth = at[pays(direction[at], close[at], atr[at], plan)]
    side = np.zeros(len(close), dtype=np.int8)
    side[worth] = direction[worth]
    return levels(side, close, atr, plan)


def levels(side: NDArray[np.int8], close: FloatArray, atr: FloatArray, plan: PlanRules) -> Orders:
    """Stops and targets where `side` is not 0: targets at the distance of the stop, midway, and at the final one.

    A final target nearer than the stop is the only one, three times. This is the ladder of `signals.plan`, unrounded.
    """
    at = np.flatnonzero(side != 0)  # comparing first is ten times faster on int8
    sign, price = side[at], close[at]
    to_stop, to_final = distances(atr[at], plan)
    to_first = np.minimum(to_stop, to_final)
    stops, targets = np.zeros(len(close)), np.zeros((3, len(close)))
    stops[at] = price - sign * to_stop
    targets[0, at] = price + sign * to_first
    targets[1, at] = price + sign * (to_first + to_final) / 2.0
    targets[2, at] = price + sign * to_final
    return side, stops, targets
