"""Double entry: what balances, what does not, and what fills do to the accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from signals.accounting import (
    CASH,
    EQUITY,
    FEES,
    MARGIN,
    PROCEEDS,
    REALISED,
    Entry,
    EntryKind,
    Posting,
    adjustment,
    balances_of,
    deposit,
    equity_at,
    lowest_cash,
    money_in,
    position_quantities,
    realised_of,
    sums,
    withdraw,
)
from signals.fills import FEE_RATE, Booked, Step, TradePlan, at_time, closing, opening
from tests.builders import NOW, a_trade

ETH = "ETH/USDT"
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "return_pct": None}


def opened(side: str = "LONG", **changes: object) -> Step:
    trade = a_trade(side=side, quantity=Decimal(2), entry=Decimal(1500), opened_at=NOW, **OPEN, **changes)
    plan = TradePlan(
        "t-1", "u1", 1, "replay", Decimal(1400 if side == "LONG" else 1600), (Decimal(1600), Decimal(1700))
    )
    return opening(trade, plan)


def after(step: Step, *others: Step) -> Booked:
    last = others[-1] if others else step
    return Booked(last.trade, last.plan, tuple(fill for one in (step, *others) for fill in one.fills))


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="does not balance"):
        Entry(
            "e", "u1", NOW, EntryKind.DEPOSIT, (Posting(CASH, "USDT", Decimal(1)), Posting(EQUITY, "ETH", Decimal(-1)))
        )
    with pytest.raises(ValueError, match="does not balance"):
        Entry("e", "u1", NOW, EntryKind.DEPOSIT, ())


def test_a_long_pays_its_value_and_the_fee() -> None:
    step = opened()

    balances = balances_of([deposit(("d", "u1"), NOW, Decimal(10_000)), *step.entries])

    assert money_in(balances, CASH) == Decimal(10_000) - 3000 - 3
    assert position_quantities(balances) == {ETH: 2}
    assert equity_at(balances, {ETH: Decimal(1500)}) == 10_000 - 3
    assert money_in(balances, MARGIN) == money_in(balances, PROCEEDS) == 0
    assert sums(posting for entry in step.entries for posting in entry.postings) == {"USDT": 0, "ETH": 0}


def test_a_short_reserves_margin_beside_its_proceeds_and_earns_when_the_price_falls() -> None:
    step = opened("SHORT")
    balances = balances_of([deposit(("d", "u1"), NOW, Decimal(10_000)), *step.entries])

    assert money_in(balances, CASH) == 10_000 - 3000 - 3
    assert (money_in(balances, MARGIN), money_in(balances, PROCEEDS)) == (3000, 3000)
    assert position_quantities(balances) == {ETH: -2}
    assert equity_at(balances, {ETH: Decimal(1500)}) == 10_000 - 3
    assert equity_at(balances, {ETH: Decimal(1400)}) == 10_000 - 3 + 200

    closed = closing(after(step), "close x", NOW, (Decimal(2), Decimal(1400)))
    end = balances_of([deposit(("d", "u1"), NOW, Decimal(10_000)), *step.entries, *closed.entries])
    assert closed.trade.pnl_usd == Decimal(200) - 3 - Decimal("2.8")
    assert money_in(end, CASH) == 10_000 + closed.trade.pnl_usd
    assert (money_in(end, MARGIN), money_in(end, PROCEEDS), position_quantities(end)) == (0, 0, {})


def test_parts_that_do_not_divide_evenly_leave_nothing_behind() -> None:
    trade = a_trade(quantity=Decimal("0.7"), entry=Decimal("0.333333333333"), opened_at=NOW, **OPEN)
    step = opening(trade, TradePlan("t-1", "u1", 1, "replay"))
    booked, steps = after(step), [step]
    for i, quantity in enumerate(("0.3", "0.3", "0.1")):
        one = closing(booked, f"close {i}", NOW, (Decimal(quantity), Decimal("0.4")))
        steps.append(one)
        booked = Booked(one.trade, one.plan, (*booked.fills, *one.fills))

    entries = [entry for one in steps for entry in one.entries]
    left = balances_of(entries)

    assert booked.left == booked.cost_left == 0
    assert {account for account, _ in left} == {CASH, REALISED, FEES}
    assert booked.trade.pnl_usd == realised_of(entries, "t-1") == money_in(left, CASH)
    assert booked.trade.exit == Decimal("0.4")
    assert [entry.kind for entry in entries] == ["open", "partial close", "partial close", "close"]


def test_the_exit_is_the_mean_of_all_exits() -> None:
    step = opened()
    first = closing(after(step), "target 1", NOW, (Decimal("0.5"), Decimal(1600)))
    last = closing(after(step, first), "stop", NOW + timedelta(hours=1), (Decimal("1.5"), Decimal(1500)))

    assert first.trade.closed_at is None
    assert last.trade.exit == Decimal(1525)
    assert last.trade.exit_reason == "stop_loss"
    assert last.trade.return_pct == pytest.approx(float(100 * last.trade.pnl_usd / 3000))
    assert at_time(after(step, first, last), NOW).left == Decimal("1.5")


def test_more_than_is_open_cannot_be_closed() -> None:
    for quantity in (Decimal(3), Decimal(0), Decimal(-1)):
        with pytest.raises(ValueError, match="cannot be closed"):
            closing(after(opened()), "close x", NOW, (quantity, Decimal(1500)))


def test_the_risk_left_is_what_is_lost_at_the_stop_that_stands() -> None:
    step = opened()
    assert after(step).risk_left == 200
    partly = closing(after(step), "target 1", NOW, (Decimal(1), Decimal(1600)))
    assert after(step, partly).stop == 1500
    assert after(step, partly).risk_left == 0
    bare = replace(after(step), plan=replace(step.plan, stop=None))
    assert bare.risk_left == 3000
    held = after(step, partly)
    kept = replace(held, plan=replace(held.plan, break_even=False))
    assert (kept.stop, kept.risk_left) == (1400, 100)


def test_the_lowest_cash_counts_what_happens_at_once_as_one() -> None:
    key = ("x", "u1")
    later = NOW + timedelta(hours=1)
    assert lowest_cash([withdraw(key, NOW, Decimal(5)), deposit(key, NOW, Decimal(7))]) == 0
    assert lowest_cash([withdraw(key, NOW, Decimal(5)), deposit(key, later, Decimal(7))]) == -5
    assert lowest_cash([deposit(key, NOW, Decimal(2)), adjustment(key, later, Decimal(-3), "why")]) == -1


def test_the_largest_trade_there_may_be_keeps_every_digit() -> None:
    trade = a_trade(quantity=Decimal("999999.99999999"), entry=Decimal("999999.123456789012"), **OPEN)
    step = opening(trade, TradePlan("t-1", "u1", 1, "replay", fee_rate=FEE_RATE))
    closed = closing(after(step), "close x", NOW, (trade.quantity, trade.entry))

    entries = [*step.entries, *closed.entries]
    assert (
        closed.trade.pnl_usd == realised_of(entries, "t-1") == -sum(fill.fee for fill in (*step.fills, *closed.fills))
    )


def test_a_trade_worth_nothing_or_more_than_there_is_is_refused() -> None:
    for quantity, price in (("999999999999.12345678", "999999999999.123456789012"), ("0.00000001", "0.000000000001")):
        trade = a_trade(quantity=Decimal(quantity), entry=Decimal(price), **OPEN)
        with pytest.raises(ValueError, match="is worth"):
            opening(trade, TradePlan("t-1", "u1", 1, "replay"))
