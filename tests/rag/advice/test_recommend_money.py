"""Whose money a recommendation is sized from: stated, held, at work, lost today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from rag.recommendation import Recommendation
from signals.accounting import PaperAccount
from signals.clock import iso
from signals.model import Series, Timeframe
from tests.builders import ETH_1H, NOW, a_trade
from tests.markets import ending_now, hold_candles, trade_candles
from tests.paper import book
from tests.rag.advice.conftest import OWNER, Room


async def advise(room: Room, text: str = "should I buy ETH with $2k?", **changes) -> Recommendation:
    return (await room.ask(text, **changes)).recommendations[0]


def facts_of(found: Recommendation) -> dict[str, object]:
    return {fact.key: fact.value for fact in found.facts}


async def test_a_stated_balance_is_the_equity_and_unknown_holdings_are_said(room: Room):
    await room.keep(trade_candles(1))

    found = await advise(room, "should I buy ETH?", balance=Decimal(1000))

    assert facts_of(found)["equity"] == 1000
    assert found.position_size_usd <= 250
    assert any("unknown" in w for w in found.warnings)


async def test_holdings_in_the_question_fill_their_bucket(room: Room):
    await room.keep(trade_candles(1))

    found = await advise(room, "I hold 0.2 BTC from 60k, should I buy ETH?")

    assert found.quantity == 0
    assert facts_of(found)["bucket_exposure"] == 12_000
    assert any("you hold 0.2 BTC/USDT from 60000" in w for w in found.warnings)
    assert any("bucket" in w for w in found.warnings)


async def test_open_paper_trades_tie_up_cash_and_risk(room: Room):
    await room.keep(trade_candles(1))
    price = Decimal(repr(float(trade_candles(1).close[-1])))
    running = a_trade(owner=OWNER, exit=None, closed_at=None, pnl_usd=None, exit_reason=None, quantity=Decimal(2))
    await book(room.stores, running, stop=Decimal(1400))
    await book(room.stores, replace(running, trade_id="t-2", owner="someone:else"), stop=Decimal(1400))

    facts = facts_of(await advise(room))

    assert facts["available_cash"] == 7000
    assert facts["bucket_exposure"] == pytest.approx(float(2 * price))
    assert facts["equity"] == pytest.approx(float(7000 + 2 * price))
    assert facts["open_risk"] == 200


async def test_a_trade_without_a_stop_risks_all_of_it(room: Room):
    await room.keep(trade_candles(1))
    running = a_trade(owner=OWNER, exit=None, closed_at=None, pnl_usd=None, exit_reason=None)
    await book(room.stores, running)

    found = await advise(room)

    assert facts_of(found)["open_risk"] == 750
    assert any("#t1 has no stop" in w for w in found.warnings)


async def test_an_account_before_its_first_entry_is_what_everybody_begins_with(room: Room):
    await room.keep(trade_candles(1))
    later = a_trade(owner=OWNER, opened_at=NOW + timedelta(hours=1), closed_at=None, exit=None, pnl_usd=None)
    await book(room.stores, later, balance=Decimal(50_000))

    facts = facts_of(await advise(room))

    assert (facts["equity"], facts["available_cash"], facts["open_risk"]) == (10_000, 10_000, 0)


async def test_today_s_losses_stop_new_entries(room: Room):
    await room.keep(trade_candles(1))
    lost = a_trade(owner=OWNER, pnl_usd=Decimal(-600), closed_at=NOW - timedelta(hours=2))
    await book(room.stores, lost)

    found = await advise(room)

    assert (found.quantity, found.size_bound_by) == (0, "daily loss limit")
    assert any("daily" in w or "today" in w for w in found.warnings)


async def test_own_choices_of_risk_and_shorts_go_before_the_desk_s(room: Room):
    await room.keep(trade_candles(-1))
    await room.stores.accounts.save(PaperAccount(OWNER, risk_pct=Decimal("0.001")))
    small = await advise(room, "should I short ETH?")
    await room.stores.accounts.save(PaperAccount(OWNER, allow_short=False))
    none = await advise(room, "should I short ETH?")

    assert small.size_bound_by == "risk per trade"
    assert facts_of(small)["risk_pct"] == 0.001
    assert (none.quantity, none.size_bound_by) == (0, "no shorts")


async def test_a_tighter_stop_is_tighter(room: Room):
    await room.keep(trade_candles(1))
    first = await room.ask("should I buy ETH?")

    second = await room.ask("with a tighter stop?", previous=first.parsed)

    loose, tight = first.recommendations[0], second.recommendations[0]
    if tight.stop_loss is not None:
        assert loose.stop_loss < tight.stop_loss < tight.price
    assert tight.symbol == "ETH/USDT"


async def test_the_newest_exchange_series_is_read(room: Room):
    old = Series("binance", "ETH/USDT", Timeframe.H1)
    await room.keep(ending_now(hold_candles(), old))
    await room.keep(ending_now(trade_candles(1), ETH_1H))

    found = await advise(room)

    assert found.exchange == "replay"
    assert found.as_of == NOW
    assert iso(found.price_at) == "2022-11-08T12:00:00Z"
