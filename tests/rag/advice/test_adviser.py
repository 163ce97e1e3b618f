"""Questions find their way: advice, comparison, explanation, records, counting, refusals, follow-ups."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from rag.question.model import Intent
from signals.errors import UserError
from signals.model import Action, Series, Timeframe
from storage.values import SHARED
from tests.builders import NOW, a_trade, an_issued
from tests.markets import ending_now, hold_candles, trade_candles
from tests.rag.advice.conftest import OWNER, Room

BTC_1H = Series("replay", "BTC/USDT", Timeframe.H1)


async def test_follow_ups_keep_what_they_leave_out(room: Room):
    await room.keep(trade_candles(1))

    first = await room.ask("should I buy ETH with $1k?")
    second = await room.ask("and with $5k?", previous=first.parsed)
    third = await room.ask("why?", previous=second.parsed)

    assert first.recommendations[0].budget_usd == 1000
    assert second.recommendations[0].budget_usd == 5000
    assert second.recommendations[0].symbol == "ETH/USDT"
    assert third.parsed.intent is Intent.EXPLAIN
    assert third.text.startswith("ETH/USDT 1h: ")
    assert "technical" in third.text


async def test_several_markets_are_answered_together_and_the_rest_named(room: Room):
    await room.keep(hold_candles())

    answer = await room.ask("compare ETH, BTC, SOL and POL")

    assert [r.symbol for r in answer.recommendations] == ["ETH/USDT", "BTC/USDT", "SOL/USDT"]
    assert "POL" in answer.notes[0]


async def test_without_a_market_the_strongest_trade_is_advised(room: Room):
    await room.keep(hold_candles())
    await room.keep(ending_now(trade_candles(1), BTC_1H))

    answer = await room.ask("what should I buy with $500?")

    assert answer.recommendations[0].symbol == "BTC/USDT"
    assert "1 of 4 markets" in answer.text


async def test_without_any_trade_it_says_so_and_names_the_nearest(room: Room):
    await room.keep(hold_candles())

    answer = await room.ask("what should I buy?")

    assert answer.recommendations == ()
    assert "None of the 4 markets" in answer.text
    assert "ETH/USDT" in answer.text


async def test_without_any_data_it_gives_the_reasons(room: Room):
    answer = await room.ask("what should I buy?")

    assert "no advice for any market" in answer.text


async def test_why_without_data_is_an_error_and_not_a_hold(room: Room):
    answer = await room.ask("why ETH?")

    assert answer.error
    assert "NO_DATA" in answer.text


async def test_past_signals_are_found_with_their_text(room: Room):
    issued = an_issued(
        action=Action.SELL, known_at=NOW - timedelta(days=1), bar_open_at=NOW - timedelta(days=1, hours=1)
    )
    await room.stores.signals.emit(issued)
    await room.ingest()

    answer = await room.ask("why did you go short on ETH yesterday?")

    assert [s.doc_id for s in answer.sources] == [f"signal:{issued.signal_id}"]
    assert "1 matching record" in answer.text


async def test_nothing_found_says_what_was_searched(room: Room):
    answer = await room.ask("latest 4h signal for SOL")

    assert answer.sources == ()
    assert "Nothing stored matches" in answer.text
    assert "SOL" in answer.text


async def test_own_trades_are_counted_and_nobody_else_s(room: Room):
    for n, (pnl, owner) in enumerate([(30, OWNER), (-10, OWNER), (500, "discord:7")]):
        await room.stores.trades.save(a_trade(trade_id=f"t-{n}", owner=owner, pnl_usd=Decimal(pnl)))

    answer = await room.ask("how many ETH trades did I win?")

    assert "500" not in answer.text
    assert answer.text.startswith("You won 1 of 2 closed ETH trades, all time, LONG and SHORT: 1 won, 1 lost.")


async def test_in_a_channel_own_records_stay_out_of_sight(room: Room):
    await room.stores.trades.save(a_trade(owner=OWNER))
    await room.ingest()

    private = await room.ask("show my last ETH trades")
    public = await room.ask("show my last ETH trades", scopes=(SHARED,))

    assert len(private.sources) == 1
    assert public.sources == ()


@pytest.mark.parametrize("text", ["help", "what's the weather in Paris?"])
async def test_small_talk_gets_examples(room: Room, text: str):
    answer = await room.ask(text)

    assert "should I buy ETH" in answer.text
    assert answer.recommendations == ()


@pytest.mark.parametrize("text", ["buy ETH with １００ dollars", "buy ETH with $1e400", "buy ETH with $1_000"])
async def test_an_amount_that_cannot_be_meant_is_refused_and_nothing_is_stored(room: Room, text: str):
    await room.keep(trade_candles(1))

    with pytest.raises(UserError):
        await room.ask(text)

    assert await room.stores.recommendations.of_owner(OWNER, 10) == ()
