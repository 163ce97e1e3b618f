"""How to spread a budget over markets by risk alone: no forecast is made and none is used.

Weights give every market the same share of the portfolio's variance (equal risk contributions: Maillard, Roncalli,
Teïletche, "The Properties of Equally Weighted Risk Contribution Portfolios", 2010; solved by cyclical coordinate
descent as in Griveau-Billion, Richard, Roncalli, 2013) on the covariance of daily log returns, shrunk towards a
multiple of the identity (Ledoit, Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from signals.model import FloatArray, MarketRules
from signals.universe import bucket_of

_STEP = Decimal("0.0001")
_ROUNDS, _CLOSE = 2000, 1e-12
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """Bounds as shares of the budget: one market, and a bucket of `signals.universe.bucket_of`. `window_days` of daily
    closes are looked at, and a market needs `min_days` of them. `cost_rate` is what buying costs, of its value.
    """

    position: float = 0.25
    bucket: float = 0.50
    window_days: int = 90
    min_days: int = 45
    cost_rate: Decimal = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Targets:
    """Shares of the budget by symbol, in the order given; with `cash` they make 1. `days` returns were looked at.

    `volatility` is the yearly one of the whole (cash included), as a share; `shrinkage` how far the covariance was
    drawn towards the identity, 0 to 1; `capped` names what a bound cut, `held_back` what is left in cash.
    """

    weights: Mapping[str, Decimal]
    cash: Decimal
    days: int
    volatility: float
    shrinkage: float
    capped: tuple[str, ...] = ()
    held_back: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Portion:
    """What to hold of a symbol: whole lots, their value and what buying it costs; 0 with the reason in `note`."""

    symbol: str
    weight: Decimal
    quantity: Decimal
    value: Decimal
    cost: Decimal
    note: str = ""


def shrunk_covariance(returns: FloatArray) -> tuple[FloatArray, float]:
    """The Ledoit-Wolf covariance of returns (rows: days, columns: markets) and its shrinkage; needs two rows."""
    centred = returns - returns.mean(axis=0)
    n, k = centred.shape
    sample = centred.T @ centred / n
    mean = float(np.trace(sample)) / k
    distance = float(((sample - mean * np.eye(k)) ** 2).sum()) / k
    spread = sum(float(((np.outer(row, row) - sample) ** 2).sum()) for row in centred) / (k * n * n)
    shrinkage = 1.0 if distance <= 0 else min(1.0, spread / distance)
    return (1 - shrinkage) * sample + shrinkage * mean * np.eye(k), shrinkage


def risk_parity(covariance: FloatArray) -> FloatArray:
    """Positive weights, summing to 1, of which each contributes the same to the variance. Deterministic."""
    k = len(covariance)
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    x = np.full(k, 1 / np.sqrt(k))
    for _ in range(_ROUNDS):
        before = x.copy()
        for i in range(k):
            others = float(correlation[i] @ x - x[i])
            x[i] = (-others + np.sqrt(others * others + 4 / k)) / 2
        if float(np.abs(x - before).max()) < _CLOSE:
            break
    weights = x / scale
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def target_weights(
    closes: Mapping[str, FloatArray], rules: AllocationRules, held_back: frozenset[str] = frozenset()
) -> Targets:
    """Weights for markets with daily closes (equally many each, oldest first, at least three, positive).

    What a bound cuts goes to the others in proportion; what no one may take stays cash, as does the whole share of a
    market in `held_back` (one with a standing SELL, say). Weights are rounded down to a hundredth of a percent.
    """
    symbols = tuple(closes)
    prices = np.column_stack([closes[symbol] for symbol in symbols])
    returns = np.diff(np.log(prices), axis=0)
    covariance, shrinkage = shrunk_covariance(returns)
    covariance = covariance + np.eye(len(symbols)) * 1e-12  # a market that never moved
    base = dict(zip(symbols, risk_parity(covariance).tolist(), strict=True))
    allowed = _bounded(base, rules)
    weights = {
        symbol: Decimal(0) if symbol in held_back else Decimal(repr(allowed[symbol])).quantize(_STEP, ROUND_FLOOR)
        for symbol in symbols
    }
    held = np.array([float(weights[symbol]) for symbol in symbols])
    volatility = float(np.sqrt(max(0.0, held @ covariance @ held) * DAYS_A_YEAR))
    capped = tuple(symbol for symbol in symbols if allowed[symbol] < base[symbol] - 1e-9)
    cash = 1 - sum(weights.values(), Decimal(0))
    return Targets(
        weights, cash, len(returns), volatility, shrinkage, capped, tuple(s for s in symbols if s in held_back)
    )


def portions(
    targets: Targets,
    budget: Decimal,
    prices: Mapping[str, float],
    markets: Mapping[str, MarketRules],
    rules: AllocationRules,
) -> tuple[Portion, ...]:
    """What the weights come to in whole lots for a budget above 0, costs included: together never more than it."""
    return tuple(
        _portion(symbol, (weight, budget * weight), prices[symbol], markets[symbol], rules.cost_rate)
        for symbol, weight in targets.weights.items()
    )


def _portion(
    symbol: str, share: tuple[Decimal, Decimal], price: float, market: MarketRules, cost_rate: Decimal
) -> Portion:
    weight, money = share
    each = Decimal(repr(price))
    lots = (money / (each * (1 + cost_rate)) / market.lot_step).quantize(Decimal(1), ROUND_FLOOR)
    quantity = lots * market.lot_step
    value = quantity * each
    if weight == 0:
        return Portion(symbol, weight, Decimal(0), Decimal(0), Decimal(0), "left in cash")
    if quantity == 0 or value < market.min_notional:
        least = f"below the smallest order of {market.min_notional.normalize():f}"
        return Portion(symbol, weight, Decimal(0), Decimal(0), Decimal(0), least)
    return Portion(symbol, weight, quantity, value, value * cost_rate)


def _bounded(base: Mapping[str, float], rules: AllocationRules) -> dict[str, float]:
    buckets = {bucket: [s for s in base if bucket_of(s) == bucket] for bucket in sorted({bucket_of(s) for s in base})}
    wanted = {bucket: sum(base[s] for s in members) for bucket, members in buckets.items()}
    room = {bucket: min(rules.bucket, rules.position * len(members)) for bucket, members in buckets.items()}
    shares = _filled(wanted, room, 1.0)
    allowed: dict[str, float] = {}
    for bucket, members in buckets.items():
        allowed |= _filled({s: base[s] for s in members}, dict.fromkeys(members, rules.position), shares[bucket])
    return {symbol: allowed[symbol] for symbol in base}


def _filled(wanted: Mapping[str, float], room: Mapping[str, float], total: float) -> dict[str, float]:
    """`total` spread in proportion to what is wanted, nobody above its room; less than `total` where all are full."""
    given: dict[str, float] = {}
    while len(given) < len(wanted):
        left = max(0.0, total - sum(given.values()))
        open_ones = [one for one in wanted if one not in given]
        whole = sum(wanted[one] for one in open_ones)
        full = [one for one in open_ones if whole <= 0 or left * wanted[one] / whole >= room[one]]
        if not full:
            return given | {one: left * wanted[one] / whole for one in open_ones}
        given |= {one: min(room[one], left) for one in full}
    return given
