"""Weights by risk alone: equal contributions, bounds that hold, money that is never more than the budget."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.allocation import AllocationRules, portions, risk_parity, shrunk_covariance, target_weights
from signals.model import FloatArray, MarketRules
from signals.universe import DEFAULT_SYMBOLS, bucket_of, default_rules

RULES = AllocationRules()


def walks(seed: int, symbols: tuple[str, ...], days: int = 91) -> dict[str, FloatArray]:
    """Daily closes with a common factor, each market with its own volatility."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.02, days)
    scale = rng.uniform(0.3, 4, len(symbols))
    return {
        s: 100 * np.exp(np.cumsum(common * k + rng.normal(0, 0.01 * k, days)))
        for s, k in zip(symbols, scale, strict=True)
    }


def test_two_uncorrelated_markets_are_weighted_by_the_inverse_of_their_volatility() -> None:
    weights = risk_parity(np.diag([0.01, 0.04]))

    assert weights == pytest.approx([2 / 3, 1 / 3])


@given(st.integers(0, 10_000), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_every_market_contributes_the_same_to_the_variance(seed: int, count: int) -> None:
    closes = walks(seed, DEFAULT_SYMBOLS[:count])
    covariance, _ = shrunk_covariance(np.diff(np.log(np.column_stack(list(closes.values()))), axis=0))

    weights = risk_parity(covariance)

    parts = weights * (covariance @ weights)
    assert weights.sum() == pytest.approx(1)
    assert parts == pytest.approx(np.full(count, parts.mean()), rel=1e-6)


def test_the_shrunk_covariance_lies_between_the_sample_and_the_identity() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.normal(0, 1, (6, 5)), rng.normal(0, 1, (5000, 5)) * np.array([1, 2, 3, 4, 5])

    noisy, strong = shrunk_covariance(few)
    sure, weak = shrunk_covariance(many)

    assert weak < 0.05 < strong <= 1
    assert np.trace(noisy) == pytest.approx(np.trace(np.cov(few.T, bias=True)))
    assert np.linalg.eigvalsh(noisy).min() > 0
    assert sure == pytest.approx(np.cov(many.T, bias=True), abs=0.3)


def test_the_shrinkage_is_that_of_the_published_formula() -> None:
    returns = np.array([[0.01, -0.02], [0.03, 0.01], [-0.02, 0.00], [0.00, 0.02]])
    centred = returns - returns.mean(axis=0)
    sample = sum(np.outer(row, row) for row in centred) / 4
    mean = np.trace(sample) / 2
    spread = sum(np.linalg.norm(np.outer(row, row) - sample) ** 2 / 2 for row in centred) / 16
    distance = np.linalg.norm(sample - mean * np.eye(2)) ** 2 / 2

    _, shrinkage = shrunk_covariance(returns)

    assert shrinkage == pytest.approx(min(1, spread / distance))


@given(
    st.integers(0, 10_000),
    st.sets(st.sampled_from(DEFAULT_SYMBOLS), min_size=1),
    st.sets(st.sampled_from(DEFAULT_SYMBOLS)),
)
@settings(max_examples=60, deadline=None)
def test_no_bound_is_ever_broken_and_the_rest_is_cash(seed: int, chosen: set[str], held_back: set[str]) -> None:
    symbols = tuple(s for s in DEFAULT_SYMBOLS if s in chosen)

    targets = target_weights(walks(seed, symbols), RULES, frozenset(held_back))

    total = sum(targets.weights.values(), Decimal(0))
    assert total + targets.cash == 1
    assert targets.cash >= 0
    assert all(0 <= weight <= Decimal("0.25") for weight in targets.weights.values())
    for bucket in ("majors", "others"):
        assert sum(w for s, w in targets.weights.items() if bucket_of(s) == bucket) <= Decimal("0.5")
    assert all(targets.weights[s] == 0 for s in symbols if s in held_back)
    assert set(targets.held_back) == held_back & chosen
    assert target_weights(walks(seed, symbols), RULES, frozenset(held_back)) == targets


def test_all_watched_markets_together_leave_almost_no_cash() -> None:
    targets = target_weights(walks(3, DEFAULT_SYMBOLS), RULES)

    assert targets.cash < Decimal("0.01")
    assert (targets.days, targets.volatility > 0) == (90, True)


def test_a_calmer_market_gets_more() -> None:
    closes = walks(5, ("SOL/USDT", "ADA/USDT", "DOT/USDT", "LINK/USDT"))
    calm = {"SOL/USDT": np.exp(np.log(closes["SOL/USDT"]) * 0.2)} | {s: c for s, c in closes.items() if s != "SOL/USDT"}

    assert target_weights(calm, RULES).weights["SOL/USDT"] >= target_weights(closes, RULES).weights["SOL/USDT"]


def test_a_market_that_never_moved_breaks_nothing() -> None:
    closes = walks(5, ("SOL/USDT", "ADA/USDT", "DOT/USDT")) | {"LINK/USDT": np.full(91, 7.0)}

    assert target_weights(closes, RULES).weights["LINK/USDT"] <= Decimal("0.25")


@given(
    st.integers(0, 10_000),
    st.decimals(min_value="0.01", max_value="100000000", places=2),
    st.lists(st.floats(0.0001, 100_000), min_size=11, max_size=11),
)
@settings(max_examples=60, deadline=None)
def test_the_money_is_never_more_than_the_budget_and_comes_in_whole_lots(
    seed: int, budget: Decimal, prices: list[float]
) -> None:
    targets = target_weights(walks(seed, DEFAULT_SYMBOLS), RULES)
    priced = dict(zip(DEFAULT_SYMBOLS, prices, strict=True))
    markets = {s: default_rules(s) for s in DEFAULT_SYMBOLS}

    found = portions(targets, budget, priced, markets, RULES)

    assert sum(p.value + p.cost for p in found) <= budget
    for portion in found:
        assert portion.quantity % markets[portion.symbol].lot_step == 0
        assert portion.value == portion.quantity * Decimal(repr(priced[portion.symbol]))
        assert portion.value + portion.cost <= budget * portion.weight
        assert portion.value == 0 or portion.value >= markets[portion.symbol].min_notional
        assert (portion.value == 0) == bool(portion.note)


def test_what_is_too_small_an_order_says_so() -> None:
    targets = target_weights(walks(1, DEFAULT_SYMBOLS), RULES)
    prices, rules = (
        dict.fromkeys(DEFAULT_SYMBOLS, 5.0),
        dict.fromkeys(DEFAULT_SYMBOLS, MarketRules(Decimal("0.01"), Decimal("0.01"), Decimal(10))),
    )

    found = portions(targets, Decimal(20), prices, rules, RULES)

    assert {p.note for p in found} == {"below the smallest order of 10"}
