"""The equity of past moments from the ledger and closes, beside a plain sum at each moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from signals.accounting import Entry, deposit, withdraw
from signals.clock import to_ms
from signals.fills import closing, opening
from signals.portfolio.history import Closes, beginning, equity_points, midnights
from tests.builders import a_trade
from tests.paper import plan_for

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "return_pct": None}


def story() -> list[Entry]:
    """10,000 put in, 2 ETH bought at 1,000, a short of 1 ETH at 1,100, half of the long sold, 500 taken out."""
    owner = "discord:1"
    made = a_trade(trade_id="a", owner=owner, side="LONG", quantity=Decimal(2), entry=Decimal(1000),
                   opened_at=START, fees_usd=Decimal(0), **OPEN)  # fmt: skip
    long = opening(made, plan_for(made))
    sold = a_trade(trade_id="b", owner=owner, side="SHORT", quantity=Decimal(1), entry=Decimal(1100),
                   opened_at=START + 30 * HOUR, fees_usd=Decimal(0), **OPEN)  # fmt: skip
    short = opening(sold, plan_for(sold))
    part = closing(long.booked, "close x", START + 40 * HOUR, (Decimal(1), Decimal(1200)))
    money = [deposit(("opening:1", owner), START, Decimal(10_000)),
             withdraw(("out", owner), START + 50 * HOUR, Decimal(500))]  # fmt: skip
    return sorted([*money, *long.entries, *short.entries, *part.entries], key=lambda e: (e.at, e.entry_id))


def hourly(hours: int, missing: range = range(0)) -> Closes:
    at = [i for i in range(hours) if i not in missing]
    known = np.array([to_ms(START + i * HOUR) for i in at], dtype=np.int64)
    return Closes(known, np.array([1000.0 + i for i in at]))


def test_each_point_is_cash_and_what_is_held_at_its_close() -> None:
    times = [START - HOUR, START, START + 29 * HOUR, START + 35 * HOUR, START + 45 * HOUR, START + 55 * HOUR]

    found = equity_points(story(), {"ETH/USDT": hourly(80)}, times)

    assert [one.point.at for one in found] == times[1:]
    assert [one.entries for one in found] == [2, 2, 3, 4, 5]
    base, fees = Decimal(10_000), [Decimal(2), Decimal("1.1"), Decimal("1.2")]
    long, short = Decimal(1000), Decimal(1100)
    expected = [
        base - fees[0] + 2 * (1000 - long),
        base - fees[0] + 2 * (1029 - long),
        base - sum(fees[:2]) + 2 * (1035 - long) + (short - 1035),
        base - sum(fees) + 200 + (1045 - long) + (short - 1045),
        base - sum(fees) + 200 + (1055 - long) + (short - 1055) - 500,
    ]
    assert [one.point.equity for one in found] == expected
    assert [one.point.put_in for one in found] == [10_000] * 4 + [9500]


def test_a_moment_without_a_price_of_the_day_before_is_left_out() -> None:
    """From the 40th hour on long and short cancel out, and no price is needed."""
    closes = {"ETH/USDT": hourly(80, range(10, 50))}
    times = [START + i * HOUR for i in (9, 33, 34, 39, 50)]

    found = equity_points(story(), closes, times)

    assert [one.point.at for one in found] == [times[0], times[1], times[4]]
    assert equity_points(story(), {}, times[:4]) == ()


def test_the_beginning_is_the_first_money_even_where_a_trade_has_the_same_time() -> None:
    found = beginning(story())

    assert found is not None
    assert (found.at, found.equity, found.put_in) == (START, 10_000, 10_000)
    assert story()[0].entry_id == "a:open"
    assert beginning(()) is None


def test_midnights_are_after_the_first_and_up_to_the_last_moment() -> None:
    day = timedelta(days=1)
    first = datetime(2026, 1, 2, tzinfo=UTC)

    assert midnights(START, first) == (first,)
    assert midnights(first, first + 2 * day) == (first + day, first + 2 * day)
    assert midnights(START, START + HOUR) == ()
