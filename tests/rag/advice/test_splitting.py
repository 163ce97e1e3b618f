"""Money spread over the markets, all signals of today, and markets side by side: asked for in words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from signals.model import Series, Timeframe
from tests.builders import NOW, random_walk
from tests.markets import ending_now, hold_candles, trade_candles
from tests.rag.advice.conftest import Room


async def keep_hourly(room: Room, bars: int = 2400) -> None:
    """100 days of hourly bars for every watched market; only MATIC has a series at this time."""
    for n, symbol in enumerate(("ETH/USDT", "BTC/USDT", "SOL/USDT", "MATIC/USDT")):
        walk = random_walk(bars, seed=40 + n, volatility=0.002 * (n + 1))
        await room.keep(ending_now(walk, Series("replay", symbol, Timeframe.H1)))


@pytest.mark.parametrize(
    "text",
    ["how should I split $10k?", "allocate 10,000 USDT for me", "diversify $10k please", "build a portfolio for 10k"],
)
async def test_a_split_is_computed_from_daily_closes_and_never_above_the_budget(room: Room, text: str) -> None:
    await keep_hourly(room)

    answer = await room.ask(text)

    rows = answer.tables[0].rows
    assert answer.parsed.split
    assert not answer.error
    assert sorted(row[0] for row in rows) == ["BTC", "ETH", "POL", "SOL"]
    assert sum(Decimal(row[2].replace(",", "")) for row in rows) <= 10_000
    assert all(Decimal(row[1].rstrip(" %")) <= 25 for row in rows)
    assert "10,000.00 USDT split over 4 markets by risk" in answer.text
    assert any("not a forecast" in note and "daily returns" in note for note in answer.notes)
    assert answer.recommendations == ()


async def test_a_follow_up_changes_the_money_only(room: Room) -> None:
    await keep_hourly(room)
    first = await room.ask("how should I split $10k?")

    second = await room.ask("and with $20k?", previous=first.parsed)
    third = await room.ask("should I buy ETH with $2k?", previous=second.parsed)

    assert "20,000.00 USDT split" in second.text
    assert [row[1] for row in first.tables[0].rows] == [row[1] for row in second.tables[0].rows]
    assert third.recommendations
    assert not third.parsed.split


async def test_named_markets_only_and_no_amount_give_shares(room: Room) -> None:
    await keep_hourly(room)

    answer = await room.ask("how should I split my money between BTC and ETH?")

    assert sorted(row[0] for row in answer.tables[0].rows) == ["BTC", "ETH"]
    assert "Name an amount" in answer.text
    assert len(answer.tables[0].columns) == 5


async def test_old_candles_give_no_split(room: Room) -> None:
    await keep_hourly(room)

    old = await room.ask("split $10k", now=NOW + timedelta(days=30))

    assert old.error
    assert "no fresh candles" in old.text


async def test_a_market_with_a_short_history_is_named_and_the_others_are_split(room: Room) -> None:
    for n, symbol in enumerate(("ETH/USDT", "BTC/USDT", "SOL/USDT")):
        bars = 400 if symbol == "BTC/USDT" else 2400
        await room.keep(ending_now(random_walk(bars, seed=n), Series("replay", symbol, Timeframe.H1)))

    answer = await room.ask("split $10k")

    assert sorted(row[0] for row in answer.tables[0].rows) == ["ETH", "SOL"]
    left_out = next(note for note in answer.notes if note.startswith("Left out"))
    assert "BTC (17 daily closes, 45 are needed)" in left_out
    assert "POL (0 daily closes" in left_out


async def test_nothing_stored_gives_no_split(room: Room) -> None:
    answer = await room.ask("how should I split $10k?")

    assert answer.error
    assert "daily closes" in answer.text
    assert answer.tables == ()


async def test_a_standing_sell_is_left_in_cash(room: Room) -> None:
    await keep_hourly(room)
    await room.keep(trade_candles(-1))

    answer = await room.ask("split $10k over everything")

    eth = next(row for row in answer.tables[0].rows if row[0] == "ETH")
    assert (eth[1], eth[2]) == ("0.00 %", "0.00")
    assert any("while a SELL stands: ETH" in note for note in answer.notes)


@pytest.mark.parametrize(
    "text", ["what are today's signals?", "daily signals", "show me the current signals", "any buy signals today?"]
)
async def test_today_s_signals_are_the_board_of_all_markets(room: Room, text: str) -> None:
    await room.keep(trade_candles(1))
    await room.keep(ending_now(hold_candles(), Series("replay", "BTC/USDT", Timeframe.H1)))

    answer = await room.ask(text)

    table = answer.tables[0]
    assert [row[0] for row in table.rows] == ["ETH", "BTC", "SOL", "POL"]
    assert "1 of 4 markets carry a" in answer.text
    assert "ETH" in answer.text
    assert "2 cannot be judged" in answer.text


async def test_past_signals_stay_records(room: Room) -> None:
    answer = await room.ask("what signals did you issue yesterday?")

    assert answer.tables == ()


async def test_two_markets_are_compared_with_a_conclusion(room: Room) -> None:
    await room.keep(trade_candles(1))
    await room.keep(ending_now(hold_candles(), Series("replay", "BTC/USDT", Timeframe.H1)))

    answer = await room.ask("compare ETH and BTC")

    assert [row[0] for row in answer.tables[0].rows] == ["ETH", "BTC"]
    assert answer.text.startswith("The rules favour ETH: ")
    assert [one.symbol for one in answer.recommendations] == ["ETH/USDT", "BTC/USDT"]


async def test_when_nothing_trades_the_nearest_is_named(room: Room) -> None:
    await room.keep(hold_candles())
    await room.keep(ending_now(hold_candles(), Series("replay", "BTC/USDT", Timeframe.H1)))

    answer = await room.ask("which is better, ETH or BTC?")

    assert "favour none of them now: HOLD" in answer.text


async def test_a_simulated_market_is_called_one(room: Room) -> None:
    await keep_hourly(room)

    answer = await room.ask("split $10k")

    assert not any("simulated" in note for note in answer.notes)
    assert answer.interpretation.startswith("split by risk")
