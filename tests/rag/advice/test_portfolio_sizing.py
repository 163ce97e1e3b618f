"""What a recommendation is sized from, end to end: the ledger's cash, marks, buckets, risk and losses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from signals.model import Series, Timeframe
from storage.values import SeriesState
from tests.builders import NOW, a_trade, candles_from
from tests.markets import ending_now, trade_candles
from tests.paper import book
from tests.rag.advice.conftest import OWNER, Room

OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "fees_usd": Decimal(0)}
PRICE = Decimal(repr(float(trade_candles(1).close[-1])))


def facts_of(answer) -> dict[str, object]:
    return {fact.key: fact.value for fact in answer.recommendations[0].facts}


async def priced(room: Room, symbol: str, close: float) -> None:
    series = Series("replay", symbol, Timeframe.H1)
    await room.keep(ending_now(candles_from([close] * 300), series))
    await room.stores.series.save(SeriesState("replay", symbol, "1h", "ok", "", NOW))


async def opened(room: Room, key: str, symbol: str, side: str, quantity: str, entry: str, **levels) -> None:
    made = a_trade(trade_id=key, owner=OWNER, symbol=symbol, side=side, quantity=Decimal(quantity),
                   entry=Decimal(entry), opened_at=NOW - timedelta(hours=5), **OPEN)  # fmt: skip
    await book(room.stores, made, **levels)


async def test_longs_and_shorts_count_gross_in_their_bucket_at_their_marks(room: Room):
    await room.keep(trade_candles(1))
    await priced(room, "BTC/USDT", 20_000.0)
    await priced(room, "SOL/USDT", 30.0)
    await opened(room, "a", "BTC/USDT", "SHORT", "0.05", "18000", stop=Decimal(19_000))
    await opened(room, "b", "ETH/USDT", "LONG", "0.5", "1000", stop=Decimal(900))
    await opened(room, "c", "SOL/USDT", "LONG", "10", "25", stop=Decimal(20))

    found = facts_of(await room.ask("should I buy ETH?"))

    assert found["bucket_exposure"] == pytest.approx(float(1000 + PRICE / 2))
    assert found["position_exposure"] == pytest.approx(float(PRICE / 2))
    assert found["open_risk"] == pytest.approx(50 + 50 + 50)
    assert found["available_cash"] == 10_000 - 900 - 500 - 250
    assert found["equity"] == pytest.approx(float(10_000 - 100 + (PRICE - 1000) / 2 + 50))
    assert found["cap_largest_position"] == pytest.approx(
        max(0.0, (float(found["equity"]) / 4 - float(PRICE / 2)) / float(PRICE)), abs=1e-6
    )


async def test_stated_holdings_are_valued_at_their_newest_close(room: Room):
    await room.keep(trade_candles(1))
    await priced(room, "BTC/USDT", 20_000.0)

    answer = await room.ask("I hold 0.1 BTC from 60k and 0.5 eth, should I buy ETH?")

    found = facts_of(answer)
    assert found["bucket_exposure"] == pytest.approx(float(2000 + PRICE / 2))
    assert found["position_exposure"] == pytest.approx(float(PRICE / 2))
    warnings = " ".join(answer.recommendations[0].warnings)
    assert "you hold 0.1 BTC/USDT from 60000. It counts as 2,000.00 USDT" in warnings
    assert f"you hold 0.5 ETH/USDT. It counts as {PRICE / 2:,.2f} USDT" in warnings


async def test_a_holding_without_any_price_is_not_taken_for_nothing(room: Room):
    await room.keep(trade_candles(1))

    answer = await room.ask("I hold 3 SOL, should I buy ETH?")

    warnings = " ".join(answer.recommendations[0].warnings)
    assert "No price of it is known, so it is not counted" in warnings


async def test_a_realised_loss_of_the_day_stops_new_entries(room: Room):
    await room.keep(trade_candles(1))
    lost = a_trade(trade_id="x", owner=OWNER, side="LONG", quantity=Decimal(1), entry=Decimal(1500),
                   opened_at=NOW - timedelta(hours=5), closed_at=NOW - timedelta(hours=1), pnl_usd=Decimal(-600),
                   fees_usd=Decimal(0))  # fmt: skip
    await book(room.stores, lost)

    found = (await room.ask("should I buy ETH?")).recommendations[0]

    assert found.quantity == 0
    assert found.size_bound_by == "daily loss limit"
