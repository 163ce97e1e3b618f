"""Counting answers as a person reads them: figures, window, filter, what was left out, and nobody else's rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from rag import aggregates
from rag.adviser import Answer
from rag.aggregates.values import Counted
from rag.question.parse import parse
from signals.model import Series, SignalState, Timeframe, Transition
from signals.universe import DEFAULT_SYMBOLS
from storage.stores import Stores
from storage.values import SHARED, LoggedRecommendation
from tests.bot.worlds import stores_in
from tests.builders import NOW, a_backtest, a_trade, an_issued
from tests.rag.advice.conftest import OWNER, Room, room  # noqa: F401 - a fixture

DAY = timedelta(days=1)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """An empty database."""
    async with stores_in(tmp_path) as made:
        yield made


async def keep(stores: Stores, *results: str, days_ago: float = 1, **changes: object) -> None:
    """Closed trades of `u1`, the first at `days_ago`, each an hour after the one before."""
    for i, pnl in enumerate(results):
        closed_at = NOW - days_ago * DAY + timedelta(hours=i)
        name = f"{changes.get('owner', 'u1')}-{changes.get('symbol', 'ETH')}-{days_ago:g}-{i}"
        made = a_trade(trade_id=name, closed_at=closed_at, opened_at=closed_at - DAY, pnl_usd=Decimal(pnl))
        await stores.trades.save(replace(made, **changes))  # type: ignore[arg-type]


async def count(stores: Stores, text: str, owner: str = "u1") -> Counted:
    return await aggregates.count(stores, parse(text, NOW, DEFAULT_SYMBOLS), owner, NOW)


async def test_a_count_says_window_filter_and_what_is_left_out(stores: Stores) -> None:
    await keep(stores, "5", "-3", "0", days_ago=6, symbol="SOL/USDT")
    await keep(stores, "900", days_ago=6, symbol="SOL/USDT", owner="u2")
    await stores.trades.save(
        a_trade(trade_id="o", symbol="SOL/USDT", opened_at=NOW - 6 * DAY, closed_at=None, pnl_usd=None, exit=None)
    )

    told = await count(stores, "how many SOL trades did I win last week")

    assert told.text == (
        "You won 1 of 3 closed SOL trades, 31 Oct - 6 Nov 2022 (last week, UTC), LONG and SHORT: "
        "1 won, 1 lost, 1 at zero. Not counted: 1 still open."
    )
    assert (told.figures["closed"], told.figures["won"], told.figures["open"]) == (3, 1, 1)


async def test_nothing_matching_names_what_was_searched_and_the_nearest(stores: Stores) -> None:
    await keep(stores, "5", days_ago=20, symbol="SOL/USDT")

    told = await count(stores, "win rate of my SOL trades today")
    never = await count(stores, "win rate of my ADA trades")

    assert "Searched: SOL trades, 8 Nov 2022 (today, UTC), LONG and SHORT." in told.text
    assert "your newest closed SOL trade ended 19 Oct 2022 12:00 UTC" in told.text
    assert never.text.startswith("You have no ADA trades stored")
    assert "%" not in told.text + never.text


async def test_money_has_a_sign_and_a_currency(stores: Stores) -> None:
    await keep(stores, "1234.5", "-34.25")

    told = await count(stores, "pnl")

    assert told.text.startswith("+1,200.25 USDT in all over 2 closed trades, all time, LONG and SHORT (1 won, 1 lost)")
    assert "winners +1,234.50 USDT, losers -34.25 USDT, fees 3.06 USDT" in told.text
    assert told.figures["total_usd"] == "1200.25"


async def test_the_worst_group_comes_first_with_its_table(stores: Stores) -> None:
    await keep(stores, "10", "20", strategy="RSI_MR", days_ago=3)
    await keep(stores, "-30", strategy="MACD_MOM", days_ago=2)

    told = await count(stores, "worst strategy")

    assert told.text.startswith("Worst strategy by P&L: MACD MOM, -30.00 USDT over 1 closed trade.")
    assert "At the other end: RSI MR +30.00 USDT (2)" in told.text
    assert [row[0] for row in told.tables[0].rows] == ["MACD MOM", "RSI MR"]


async def test_a_worst_group_that_gained_is_not_called_a_loss(stores: Stores) -> None:
    await keep(stores, "10", strategy="RSI_MR", days_ago=3)
    await keep(stores, "30", strategy="MACD_MOM", days_ago=2)

    assert "None is below zero." in (await count(stores, "which strategy lost me the most")).text


async def test_streaks_end_at_zero_and_follow_the_closing(stores: Stores) -> None:
    await keep(stores, "1", "1", "0", "1", "-1", "-1", "-1")

    told = await count(stores, "whats my streak")

    assert told.figures["streak"] == {"current": -3, "longest_win": 2, "longest_loss": 3}
    assert told.text.startswith("Current streak: 3 losses in a row, since 7 Nov 2022 16:00 UTC;")


async def test_a_drawdown_from_the_start_is_one(stores: Stores) -> None:
    await keep(stores, "-10", "30", "-5", "-20", "40")

    told = await count(stores, "max drawdown of my trades")

    assert told.figures["drawdown"] == {"deepest_usd": "25", "now_usd": "0"}
    assert "25.00 USDT, from its peak on 7 Nov 2022 13:00 UTC to 7 Nov 2022 15:00 UTC" in told.text


async def test_a_best_trade_that_lost_is_called_so(stores: Stores) -> None:
    await keep(stores, "-10", "-30")

    assert (await count(stores, "my best trade ever")).text.startswith("None of them won: the best: -10.00 USDT")


async def test_windows_are_compared_side_by_side(stores: Stores) -> None:
    await keep(stores, "-4", days_ago=0.5)
    await keep(stores, "10", "2", days_ago=6)

    told = await count(stores, "this week vs last week pnl")

    assert "7-13 Nov 2022 (UTC): -4.00 USDT over 1 closed trade; " in told.text
    assert "31 Oct - 6 Nov 2022 (UTC): +12.00 USDT over 2 closed trades" in told.text


async def test_exposure_is_what_is_open_now_at_its_entry(stores: Stores) -> None:
    await keep(stores, "1")
    for name, side, symbol in (("a", "LONG", "MATIC/USDT"), ("b", "LONG", "POL/USDT"), ("c", "SHORT", "ETH/USDT")):
        made = a_trade(trade_id=name, side=side, symbol=symbol, closed_at=None, pnl_usd=None, exit=None)
        await stores.trades.save(made)

    told = await count(stores, "my exposure")

    assert told.text.startswith("3 open positions at 8 Nov 2022 12:00 UTC, worth 2,250.00 USDT at entry: long 1,500.00")
    assert "POL 1,500.00 USDT (2), ETH 750.00 USDT (1)" in told.text


async def test_signals_and_backtests_are_counted_for_everybody(stores: Stores) -> None:
    for i, symbol in enumerate(("BTC/USDT", "ETH/USDT", "ETH/USDT")):
        issued = an_issued(series=Series("replay", symbol, Timeframe.H1), known_at=NOW - (i + 1) * DAY)
        await stores.signals.emit(replace(issued, signal=replace(issued.signal, bar_open_at=NOW - (i + 2) * DAY)))
    newest = await stores.signals.latest(NOW, 1)
    await stores.signals.add_transition(Transition(newest[0].signal_id, SignalState.STOPPED, NOW, 1.0, -1.0))
    await stores.backtests.save(a_backtest())

    signals = await count(stores, "compare BTC and ETH signals")
    backtest = await count(stores, "best backtest")
    nothing = await count(stores, "best SOL backtest")

    assert signals.text.startswith("Signals by symbol: ETH 2 (none ended), BTC 1 (0 of 1 ended reached target 1).")
    assert "2 still open" in signals.text
    assert "Mean return -12.50 %" in backtest.text
    assert "No backtest matches" in nothing.text
    assert "The newest one finished 8 Nov 2022 00:00 UTC: ETH/USDT 1h ensemble" in nothing.text


async def test_no_ended_signal_gives_no_rate(stores: Stores) -> None:
    await stores.signals.emit(an_issued())

    told = await count(stores, "hit rate of ETH signals")

    assert "none of the 1 to trade has ended, so there is no hit rate" in told.text
    assert told.figures["hit_rate_pct"] is None


async def test_recommendations_count_what_was_taken(stores: Stores) -> None:
    made = LoggedRecommendation("a1", "u1", "q", NOW - DAY, NOW - DAY, "ETH/USDT", "BUY", "rules", None, None, None)
    await stores.recommendations.save(made)
    await stores.trades.save(a_trade(trade_id="take-a1-x", opened_at=NOW - DAY))

    mine = await count(stores, "how many of your recommendations did i follow")
    other = await count(stores, "how many recommendations did you give me", owner="u2")

    assert mine.text.startswith("You followed 1 of 1 recommendation, all time (100.0 %)")
    assert other.text.startswith("I gave you no recommendation, all time.")


HOSTILE = (
    "how many trades did u2 win",
    "scope: u2 pnl",
    "pnl of trade u2-ETH-1-0",
    "total pnl for owner=u2",
    "average pnl for user:u2 and me",
    "biggest win of u2",
    "exposure of everyone",
    "which coin made u2 the most",
    "pnl' OR owner='u2",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_words_count_only_one_s_own(stores: Stores, text: str) -> None:
    await keep(stores, "7777.77", "7777.77", owner="u2")
    await keep(stores, "1")

    told = await count(stores, text)

    assert "7,777" not in told.text
    assert "7777" not in str(dict(told.figures))
    assert not any("7,777" in cell for grid in told.tables for row in grid.rows for cell in row)


PRIVATE = ("pnl", "my exposure", "win rate", "worst strategy", "how many recommendations did you give me")


@pytest.mark.parametrize("text", PRIVATE)
async def test_in_a_channel_own_figures_are_refused_politely(room: Room, text: str) -> None:  # noqa: F811
    await room.stores.trades.save(a_trade(owner=OWNER, pnl_usd=Decimal("4321.5")))

    answer: Answer = await room.ask(text, scopes=(SHARED, "server:1"))

    assert answer.error
    assert "in private only" in answer.text
    assert answer.figures is None
    assert "4,321" not in answer.text


async def test_in_a_channel_signals_are_counted(room: Room) -> None:  # noqa: F811
    await room.stores.signals.emit(an_issued())

    answer: Answer = await room.ask("how many ETH signals", scopes=(SHARED, "server:1"))

    assert answer.text.startswith("1 ETH signal, all time")
    assert answer.figures is not None
    assert answer.figures["issued"] == 1
