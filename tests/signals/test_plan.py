"""Levels, their order and rounding, and reward/risk by hand."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signals.errors import DataError
from signals.model import PlanRules, Timeframe
from signals.plan import PlanInput, make_plan, on_tick, pays, reward_risk
from tests.builders import NOW

CENT = Decimal("0.01")


def wanted(**changes: object) -> PlanInput:
    values = {
        "direction": 1, "price": 1500.0, "atr": 20.0, "trend_mean": None, "known_at": NOW, "timeframe": Timeframe.H1,
    }  # fmt: skip
    return PlanInput(**(values | changes))  # type: ignore[arg-type]


def test_a_long_plan_by_hand():
    plan = make_plan(wanted(), PlanRules(), CENT)

    assert plan.entries == (1500.0, 1490.0)
    assert plan.stop == 1460.0
    assert plan.targets == (1540.0, 1550.0, 1560.0)
    assert plan.expires_at == NOW + timedelta(hours=24)
    reward, risk = 60 - 0.0012 * (1500 + 1560), 40 + 0.0012 * (1500 + 1460)
    assert plan.reward_risk == pytest.approx(reward / risk, abs=1e-12)


def test_a_short_plan_is_the_mirror():
    plan = make_plan(wanted(direction=-1), PlanRules(), CENT)

    assert plan.entries == (1500.0, 1510.0)
    assert plan.stop == 1540.0
    assert plan.targets == (1460.0, 1450.0, 1440.0)


def test_the_style_confidence_widens_targets_and_tightens_stops():
    rules = PlanRules(style="confidence")

    plan = make_plan(wanted(confidence=0.8), rules, CENT)

    assert plan.stop == pytest.approx(1500 - 20 * (1.5 - 0.7 * 0.8), abs=0.011)
    assert plan.targets[-1] == pytest.approx(1500 + 20 * (1.5 + 1.5 * 0.8), abs=0.011)


def test_a_target_nearer_than_one_r_stands_alone():
    plan = make_plan(wanted(), PlanRules(sl_atr=3.0, tp_atr=2.0), CENT)

    assert plan.targets == (1540.0,)


@pytest.mark.parametrize(("mean", "level"), [(1480.003, 1480.0), (1459.0, 1460.0), (1510.0, 1460.0), (None, 1460.0)])
def test_the_trend_mean_invalidates_where_it_lies_before_the_stop(mean: float | None, level: float):
    assert make_plan(wanted(trend_mean=mean), PlanRules(), CENT).invalidation == level


@pytest.mark.parametrize(
    "broken",
    [
        {"atr": 0.0},
        {"atr": math.nan},
        {"direction": 0},
        {"price": 0.0},
        {"atr": 800.0},
        {"price": 0.004, "atr": 0.0001},
    ],
)
def test_levels_that_make_no_sense_are_refused(broken: dict[str, float]):
    with pytest.raises(DataError, match="no plan can be made"):
        make_plan(wanted(**broken), PlanRules(), CENT)


@given(
    direction=st.sampled_from([-1, 1]),
    price=st.floats(1e-4, 1e6),
    share=st.floats(0.0005, 0.2),
    tick_power=st.integers(-8, 1),
)
def test_every_plan_is_in_order_on_the_tick_and_rounded_to_the_safe_side(
    direction: int, price: float, share: float, tick_power: int
):
    tick = Decimal(10) ** tick_power
    assume(float(tick) < price * share / 4)
    rules = PlanRules()

    plan = make_plan(wanted(direction=direction, price=price, atr=price * share), rules, tick)

    ladder = [direction * level for level in (plan.stop, *reversed(plan.entries), *plan.targets)]
    assert ladder == sorted(ladder)
    for level in (plan.stop, *plan.entries, *plan.targets):
        assert Decimal(repr(level)) % tick == 0
    exact_stop = price - direction * rules.sl_atr * price * share
    exact_target = price + direction * rules.tp_atr * price * share
    slack = price * 1e-9
    assert direction * (exact_stop - plan.stop) >= -slack
    assert direction * (exact_target - plan.targets[-1]) >= -slack
    assert abs(plan.targets[-1] - exact_target) <= float(tick) + slack


def test_reward_risk_is_zero_without_a_distance_and_never_ignores_costs():
    rules = PlanRules()

    assert reward_risk(100.0, 100.0, 100.0, PlanRules(fee_rate=0.0, slippage_rate=0.0)) == 0.0
    assert reward_risk(100.0, 98.0, 103.0, rules) < 1.5


def test_a_quiet_market_does_not_pay_and_a_lively_one_does():
    prices, atr = np.array([100.0, 100.0, 100.0]), np.array([0.3, 2.0, np.nan])

    worth = pays(np.array([1, -1, 1], dtype=np.int8), prices, atr, PlanRules())

    assert worth.tolist() == [False, True, False]


def test_rounding_prints_as_the_decimal_it_is():
    assert repr(on_tick(0.123456789, Decimal("0.0001"), "ROUND_FLOOR")) == "0.1234"
