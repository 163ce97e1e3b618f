"""Entries, stop, targets and reward/risk. The array functions serve live signals and backtests alike.

Costs are a fee and slippage on both sides: opening at `e` and closing at `x` costs `(fee + slippage) * (e + x)` a unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from signals.errors import DataError
from signals.model import Direction, FloatArray, Plan, PlanRules, Timeframe

LIMIT_ATR = 0.5


@dataclass(frozen=True, slots=True)
class PlanInput:
    """What a plan is made from: a decision's direction, the close and ATR of its bar, and the trend mean there.

    `confidence` is needed by the style `confidence` only; without one that style falls back to ATR multiples.
    """

    direction: Direction
    price: float
    atr: float
    trend_mean: float | None
    known_at: datetime
    timeframe: Timeframe
    confidence: float | None = None


def distances(
    atr: FloatArray | float, rules: PlanRules, confidence: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Distances from the entry to the stop and to the final target, in price units; arrays or single numbers.

    Style `atr`: multiples of the ATR. Style `confidence`: with a = ATR / entry, entry x a x (1.5 - 0.7 c) and
    entry x a x (1.5 + 1.5 c), that is the same multiples of the ATR.
    """
    if rules.style == "confidence" and confidence is not None:
        return np.asarray(atr) * (1.5 - 0.7 * confidence), np.asarray(atr) * (1.5 + 1.5 * confidence)
    return np.asarray(atr) * rules.sl_atr, np.asarray(atr) * rules.tp_atr


def reward_risk(
    entry: FloatArray | float, stop: FloatArray | float, target: FloatArray | float, rules: PlanRules
) -> FloatArray:
    """What is won at the target over what is lost at the stop, both after fees and slippage on both sides."""
    cost = rules.fee_rate + rules.slippage_rate
    e, s, t = np.asarray(entry, np.float64), np.asarray(stop, np.float64), np.asarray(target, np.float64)
    reward = np.abs(t - e) - cost * (e + t)
    risk = np.abs(e - s) + cost * (e + s)
    ratio: FloatArray = np.divide(reward, risk, out=np.zeros_like(reward), where=risk > 0)
    return ratio


def pays(direction: NDArray[np.int8], price: FloatArray, atr: FloatArray, rules: PlanRules) -> NDArray[np.bool_]:
    """For every bar, whether a plan made there would reach the smallest reward/risk (before rounding to ticks)."""
    to_stop, to_target = distances(atr, rules)
    ratio = reward_risk(price, price - direction * to_stop, price + direction * to_target, rules)
    worth: NDArray[np.bool_] = np.nan_to_num(ratio) >= rules.min_reward_risk
    return worth


def make_plan(made_from: PlanInput, rules: PlanRules, tick: Decimal) -> Plan:
    """The plan of a BUY or SELL: prices on the tick, the stop rounded away from the entry, targets towards it.

    DataError when no sensible levels exist (no ATR, a stop at or below zero, a tick coarser than the plan).
    """
    sign, price = made_from.direction, made_from.price
    if sign == 0 or not (math.isfinite(made_from.atr) and made_from.atr > 0 and price > 0):
        raise DataError(f"no plan can be made: direction {sign}, price {price}, ATR {made_from.atr}")
    to_stop, to_target = (float(d) for d in distances(made_from.atr, rules, made_from.confidence))
    away, towards = (ROUND_FLOOR, ROUND_FLOOR) if sign > 0 else (ROUND_CEILING, ROUND_CEILING)
    entry = on_tick(price, tick, ROUND_HALF_EVEN)
    limit = on_tick(price - sign * LIMIT_ATR * made_from.atr, tick, ROUND_HALF_EVEN)
    stop = on_tick(price - sign * to_stop, tick, away)
    targets = _targets(entry, stop, price + sign * to_target, sign)
    rounded = tuple(dict.fromkeys(on_tick(t, tick, towards) for t in targets))
    _require_order(sign, stop, limit, entry, rounded)
    return Plan(
        direction=sign,
        entries=(entry, limit) if limit != entry else (entry,),
        stop=stop,
        targets=rounded,
        invalidation=_invalidation(made_from, stop, entry, tick),
        reward_risk=float(reward_risk(entry, stop, rounded[-1], rules)),
        expires_at=made_from.known_at + rules.horizon_bars * made_from.timeframe.duration,
        atr=made_from.atr,
        rules=rules,
    )


def on_tick(price: float, tick: Decimal, rounding: str) -> float:
    """The price as a whole number of ticks; the shortest float that prints as that decimal."""
    exact = Decimal(repr(float(price)))
    return float((exact / tick).quantize(Decimal(1), rounding=rounding) * tick)


def _targets(entry: float, stop: float, final: float, sign: int) -> tuple[float, ...]:
    one_r = entry + sign * abs(entry - stop)
    if sign * (final - one_r) <= 0:
        return (final,)
    return (one_r, (one_r + final) / 2, final)


def _invalidation(made_from: PlanInput, stop: float, entry: float, tick: Decimal) -> float:
    """The trend mean where it lies between stop and entry: a close beyond it breaks the idea early. Else the stop."""
    mean = made_from.trend_mean
    low, high = sorted((stop, entry))
    if mean is None or not low < mean < high:
        return stop
    return on_tick(mean, tick, ROUND_HALF_EVEN)


def _require_order(sign: int, stop: float, limit: float, entry: float, targets: tuple[float, ...]) -> None:
    ladder = [sign * level for level in (stop, limit, entry, *targets)]
    sensible = ladder[0] < ladder[1] <= ladder[2] < ladder[3] and ladder[3:] == sorted(ladder[3:]) and stop > 0
    if not sensible:
        raise DataError(
            f"no plan can be made: stop {stop}, limit {limit}, entry {entry}, targets {targets} are not in order "
            "(the price tick may be too coarse for this volatility)"
        )
