"""Trade by trade agreement with backtesting.py; the reference strategy's true face on recorded candles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.oracle import COST, SETS, Compared, compare
from signals.backtest.fills import run
from signals.backtest.orders import ensemble_orders
from signals.backtest.reference import reference_orders, without_horizon
from signals.ensemble import SignalRules
from signals.model import Candles, PlanRules
from tests.builders import random_walk
from tests.recorded import HOURS, needs_recorded, recorded

TEST_BARS = 4000


def reference(candles: Candles, plan: PlanRules) -> Compared:
    free = without_horizon(candles, plan)
    return compare(candles, reference_orders(candles, free), free, shorts=False)


def ensemble(candles: Candles, **ways: bool) -> Compared:
    orders = ensemble_orders(candles, SignalRules(), COST)
    return compare(candles, orders, COST, **({"shorts": True} | ways))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("plan", SETS, ids=lambda p: f"{p.trend_sma}-{p.sl_atr}-{p.tp_atr}")
def test_both_engines_agree_on_the_reference_strategy_over_a_walk(plan: PlanRules, seed: int):
    found = reference(random_walk(2500, seed=seed, volatility=0.02), plan)

    assert found.alike > 10
    assert (found.unexplained, len(found.forced) <= 1) == ((), True)


@pytest.mark.parametrize("ways", [{}, {"shorts": False}, {"ladder": True}], ids=str)
def test_both_engines_agree_on_the_ensemble_over_a_walk(ways: dict[str, bool]):
    found = ensemble(random_walk(4000, seed=4, volatility=0.03), **ways)

    assert found.alike > 15
    assert (found.unexplained, len(found.forced) <= 1) == ((), True)


def test_another_price_is_found_and_listed():
    candles = random_walk(2500, seed=1, volatility=0.02)
    plan = replace(without_horizon(candles, COST), slippage_rate=0.001)

    found = compare(candles, reference_orders(candles, plan), plan, shorts=False)

    assert found.alike == 0
    assert len(found.unexplained) > 40
    assert found.unexplained[0].startswith("trade 0: ours bars ")


@needs_recorded
@pytest.mark.parametrize("name", HOURS)
def test_both_engines_agree_on_every_recorded_symbol(name: str):
    candles = recorded(name).part(-TEST_BARS)

    for found in [*(reference(candles, plan) for plan in SETS), ensemble(candles), ensemble(candles, ladder=True)]:
        assert found.alike > 10
        assert found.unexplained == ()
        assert len(found.forced) <= 1


@needs_recorded
def test_the_reference_strategy_shows_its_true_face():
    candles = recorded("BTCUSDT-1h.csv.gz").part(-10_000)
    plan = without_horizon(candles, COST)

    ledger = run(candles, reference_orders(candles, plan), plan, shorts=False)

    assert f"{candles.opened_at(0):%Y-%m}" == "2021-11"
    assert len(ledger.rows) == 177
    assert ledger.equity[-1] == pytest.approx(0.43, abs=0.005)
