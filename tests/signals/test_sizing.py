"""Sizes: never above a cap, the binding one named, zero on nonsense, and by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.model import Account, Confidence, MarketRules, SizeRules
from signals.sizing import SizeInput, risk_scale, size_position
from tests.builders import a_plan, an_account

MARKET = MarketRules(Decimal("0.01"), Decimal("0.0001"), Decimal(10))
RULES = SizeRules()


def sized(account: Account | None = None, scale: str = "1", **plan: Any):
    return size_position(SizeInput(a_plan(**plan), MARKET, Decimal(scale)), account or an_account(), RULES)


def test_the_largest_position_binds_by_default():
    size = sized()

    assert size.bound_by == "largest position"
    assert size.quantity == Decimal("1.6666")
    assert size.notional == Decimal("2499.9")
    assert size.risk == Decimal("66.664")


def test_the_risk_binds_when_the_stop_is_far():
    size = sized(stop=1000.0)

    assert size.bound_by == "risk per trade"
    assert size.quantity == Decimal("0.4")
    assert size.risk == Decimal(200)


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"budget": Decimal(2000)}, "budget"),
        ({"cash": Decimal(500)}, "available cash"),
        ({"bucket_exposure": Decimal(4000)}, "bucket"),
        ({"open_risk": Decimal(570)}, "total open risk"),
    ],
)
def test_each_cap_can_bind_and_is_named(changes: dict[str, Decimal], bound: str):
    size = sized(an_account(**changes))

    assert size.bound_by == bound
    assert size.quantity > 0


def test_a_budget_pays_for_its_own_fee():
    size = sized(an_account(budget=Decimal(2000)))

    assert size.notional * Decimal("1.001") <= 2000
    assert size.quantity == Decimal("1.3320")


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"loss_today": Decimal(500)}, "daily loss limit"),
        ({"equity": Decimal(0)}, "no equity"),
        ({"equity": Decimal(-5)}, "no equity"),
        ({"equity": Decimal("NaN")}, "no equity"),
        ({"cash": Decimal("Infinity")}, "no equity"),
    ],
)
def test_no_money_and_a_reached_loss_limit_size_nothing(changes: dict[str, Decimal], bound: str):
    size = sized(an_account(**changes))

    assert (size.quantity, size.bound_by) == (0, bound)
    assert size.note


def test_an_account_without_shorts_gets_none():
    size = sized(an_account(allow_short=False), direction=-1, stop=1540.0, targets=(1460.0,))

    assert (size.quantity, size.bound_by) == (0, "no shorts")


def test_below_the_minimum_order_the_smallest_sufficient_account_is_named():
    size = sized(an_account(equity=Decimal(30), cash=Decimal(30)))

    assert (size.quantity, size.bound_by) == (0, "minimum order")
    least = Decimal(size.note.rsplit("is ", 1)[1].removesuffix(" USDT"))
    enough = sized(an_account(equity=least, cash=least))
    assert enough.quantity * 1500 >= MARKET.min_notional
    assert sized(an_account(equity=least - 1, cash=least - 1)).quantity == 0


@pytest.mark.parametrize(
    ("value", "calibrated", "factor", "scale"),
    [
        (0.5, True, 1.0, "1"),
        (0.80, True, 1.0, "1"),
        (0.90, True, 1.0, "1.1"),
        (1.0, True, 1.0, "1.2"),
        (1.0, False, 1.0, "1"),
        (1.0, True, 0.5, "0.5"),
        (None, True, 1.0, "1"),
    ],
)
def test_only_a_calibrated_confidence_lifts_the_risk(value: float | None, calibrated: bool, factor: float, scale: str):
    assert risk_scale(Confidence(value, 40, calibrated, ""), factor) == Decimal(scale)


money = st.decimals(min_value=0, max_value=10_000_000, places=2)


@given(
    equity=money, cash=money, open_risk=money, bucket=money, budget=st.none() | money, loss=money,
    price=st.floats(1e-3, 1e5), distance=st.floats(0.001, 0.6),
    scale=st.decimals(min_value=0, max_value="1.2", places=3),
)  # fmt: skip
@settings(max_examples=400)
def test_no_cap_is_ever_exceeded_and_the_named_one_is_the_smallest(
    equity, cash, open_risk, bucket, budget, loss, price, distance, scale
):
    account = Account(equity, cash, budget, open_risk, bucket, loss)
    plan = a_plan(entries=(price,), stop=price * (1 - distance), targets=(price * 2,))

    size = size_position(SizeInput(plan, MARKET, scale), account, RULES)

    for cap in size.caps:
        assert size.quantity <= cap.quantity
    if size.quantity:
        smallest = min(size.caps, key=lambda cap: cap.quantity)
        assert size.bound_by == smallest.name
        assert size.quantity % MARKET.lot_step == 0
        assert smallest.quantity - size.quantity < MARKET.lot_step
        assert size.notional >= MARKET.min_notional
        assert budget is None or size.notional <= budget
        assert size.risk <= equity * RULES.risk_pct * scale + Decimal("1e-9")
    else:
        assert size.note


@given(low=st.decimals(min_value=0, max_value=1, places=3), high=st.decimals(min_value=0, max_value=1, places=3))
def test_more_risk_is_never_a_smaller_size(low: Decimal, high: Decimal):
    low, high = min(low, high), max(low, high)

    assert sized(scale=str(low), stop=1000.0).quantity <= sized(scale=str(high), stop=1000.0).quantity
