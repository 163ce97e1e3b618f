"""What bars do to an open trade: order inside a bar, gaps, the ladder, break-even, expiry, holes, reruns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from signals.clock import to_ms
from signals.fills import Booked, Step, TradePlan, opening
from signals.following import follow_trade
from signals.model import Candles
from tests.builders import ETH_1H, NOW, a_trade

HOUR = timedelta(hours=1)
LOT = Decimal("0.01")
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "return_pct": None}
QUIET = (100.0, 101.0, 99.0, 100.0)


def bars(*rows: tuple[float, float, float, float], start: datetime = NOW, skip: int = 0) -> Candles:
    open_ms = np.array([to_ms(start + (i + skip * (i > 0)) * HOUR) for i in range(len(rows))], dtype=np.int64)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Candles(ETH_1H, open_ms, *columns, np.ones(len(rows)))


def a_position(side: str = "LONG", **plan: Any) -> Booked:
    sign = 1 if side == "LONG" else -1
    trade = a_trade(side=side, quantity=Decimal(1), entry=Decimal(100), opened_at=NOW, **OPEN)
    levels = TradePlan(
        "t-1", "u1", 1, "replay", Decimal(100 - 10 * sign), tuple(Decimal(100 + step * sign) for step in (10, 20, 30))
    )
    return opening(trade, replace(levels, **plan)).booked


def told(step: Step) -> list[tuple[str, Decimal, Decimal]]:
    return [(fill.level, fill.quantity, fill.price) for fill in step.fills]


def after(booked: Booked, step: Step) -> Booked:
    return Booked(step.trade, step.plan, (*booked.fills, *step.fills))


def test_a_quiet_bar_changes_nothing_but_how_far_was_read() -> None:
    step = follow_trade(a_position(), bars(QUIET), LOT)
    assert (step.fills, step.plan.followed_at) == ((), NOW + HOUR)


def test_the_stop_counts_before_a_target_in_the_same_bar() -> None:
    step = follow_trade(a_position(), bars((100, 140, 89, 120)), LOT)
    assert told(step) == [("stop", Decimal(1), Decimal(90))]
    assert (step.trade.exit_reason, step.trade.closed_at) == ("stop_loss", NOW + HOUR)


@pytest.mark.parametrize(("side", "opens", "price"), [("LONG", 85.0, "85.0"), ("SHORT", 115.0, "115.0")])
def test_a_gap_through_the_stop_fills_at_the_open(side: str, opens: float, price: str) -> None:
    step = follow_trade(a_position(side), bars((opens, opens + 1, opens - 1, opens)), LOT)
    assert told(step) == [("stop", Decimal(1), Decimal(price))]


def test_a_third_is_closed_at_each_target_and_the_rest_at_the_last() -> None:
    step = follow_trade(a_position(), bars((100, 111, 99, 105), (105, 121, 104, 118), (118, 131, 110, 130)), LOT)
    assert told(step) == [
        ("target 1", Decimal("0.33"), Decimal(110)),
        ("target 2", Decimal("0.33"), Decimal(120)),
        ("target 3", Decimal("0.34"), Decimal(130)),
    ]
    assert step.trade.exit_reason == "take_profit"
    assert step.trade.pnl_usd == Decimal("0.33") * 30 + Decimal("0.34") * 30 - sum(
        (Decimal("0.1"), *(fill.fee for fill in step.fills))
    )


def test_several_targets_may_be_reached_in_one_bar() -> None:
    assert [row[0] for row in told(follow_trade(a_position(), bars((100, 125, 99, 124)), LOT))] == [
        "target 1",
        "target 2",
    ]


def test_a_gap_through_targets_fills_them_at_the_open() -> None:
    step = follow_trade(a_position(), bars((122.0, 125, 121, 124)), LOT)
    assert told(step) == [
        ("target 1", Decimal("0.33"), Decimal("122.0")),
        ("target 2", Decimal("0.33"), Decimal("122.0")),
    ]


def test_after_the_first_target_the_stop_stands_at_the_entry_from_the_next_bar_on() -> None:
    same_bar = follow_trade(a_position(), bars((100, 111, 95, 105)), LOT)
    assert told(same_bar) == [("target 1", Decimal("0.33"), Decimal(110))]

    later = follow_trade(a_position(), bars((100, 111, 99, 105), (105, 106, 99.5, 101)), LOT)
    assert told(later)[1:] == [("stop", Decimal("0.67"), Decimal(100))]


def test_without_break_even_the_stop_stays() -> None:
    step = follow_trade(a_position(break_even=False), bars((100, 111, 99, 105), (105, 106, 95, 101)), LOT)
    assert [row[0] for row in told(step)] == ["target 1"]


def test_a_target_that_the_open_passed_moves_the_stop_within_the_bar() -> None:
    step = follow_trade(a_position(), bars((112.0, 113, 99, 100)), LOT)
    assert told(step) == [("target 1", Decimal("0.33"), Decimal("112.0")), ("stop", Decimal("0.67"), Decimal(100))]


def test_the_short_is_the_mirror() -> None:
    step = follow_trade(a_position("SHORT"), bars((100, 101, 89, 95), (95, 100.5, 94, 100)), LOT)
    assert told(step) == [("target 1", Decimal("0.33"), Decimal(90)), ("stop", Decimal("0.67"), Decimal(100))]
    assert step.trade.pnl_usd is not None
    assert step.trade.pnl_usd > 3


def test_a_short_is_bought_back_where_its_margin_is_spent() -> None:
    step = follow_trade(a_position("SHORT", stop=None, targets=()), bars((100, 201, 99, 190)), LOT)
    assert told(step) == [("margin", Decimal(1), Decimal(200))]
    assert step.trade.exit_reason == "stop_loss"


def test_the_rest_is_closed_at_the_close_that_reaches_the_expiry() -> None:
    plan = {"expires_at": NOW + 2 * HOUR}
    step = follow_trade(a_position(**plan), bars((100, 111, 99, 105), (105, 107, 101, 103), (103, 150, 1, 2)), LOT)
    assert told(step)[1:] == [("expiry", Decimal("0.67"), Decimal(103))]
    assert (step.trade.exit_reason, step.trade.closed_at) == ("timeout", NOW + 2 * HOUR)


def test_bars_from_before_the_opening_do_not_count() -> None:
    booked = a_position()
    late = replace(booked, trade=replace(booked.trade, opened_at=NOW + timedelta(minutes=10)))
    step = follow_trade(late, bars((100, 101, 50, 100), QUIET), LOT)
    assert (step.fills, step.plan.followed_at) == ((), NOW + 2 * HOUR)


def test_any_split_of_the_bars_and_any_rerun_gives_the_same_fills() -> None:
    rows = [(100, 111, 99, 105), (105, 107, 101, 103), (103, 121, 102, 119), (119, 120, 99, 100), QUIET]
    whole = follow_trade(a_position(), bars(*rows), LOT)
    for cut in range(1, len(rows)):
        booked = a_position()
        for part in (bars(*rows[:cut]), bars(*rows), bars(*rows)):
            booked = after(booked, follow_trade(booked, part, LOT)) if booked.left else booked
        assert booked.fills[1:] == whole.fills
        assert booked.trade == whole.trade


def test_a_hole_is_waited_for_and_passed_over_after_a_day() -> None:
    fresh = follow_trade(a_position(), bars(QUIET, (80, 81, 79, 80), skip=3), LOT)
    assert (fresh.fills, fresh.plan.followed_at) == ((), NOW + HOUR)

    old = follow_trade(a_position(), bars(QUIET, (80, 81, 79, 80), skip=30), LOT)
    assert told(old) == [("stop", Decimal(1), Decimal(80))]


def test_a_quantity_too_small_for_thirds_is_closed_in_the_finest_parts_there_are() -> None:
    booked = a_position()
    for quantity, first in (("0.01", "0.00333333"), ("0.00000001", "0.00000001")):
        trade = replace(booked.trade, quantity=Decimal(quantity))
        small = opening(trade, booked.plan).booked
        step = follow_trade(small, bars((100, 111, 99, 105)), LOT)
        assert told(step) == [("target 1", Decimal(first), Decimal(110))]


def test_no_bars_change_nothing() -> None:
    step = follow_trade(a_position(), bars(QUIET).part(1), LOT)
    assert (step.fills, step.plan.followed_at) == ((), None)
