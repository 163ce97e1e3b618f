"""Alerts on signals and on paper accounts, and word of what happens to paper trades."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.alerts.trade_news import TradeNews
from bot.jobs.follow_trades import FollowTrades
from signals.accounting import deposit, withdraw
from signals.alerts import Compare, Condition, Kind
from signals.fills import TradePlan, closing, opening
from signals.model import Issued, SignalState, Timeframe, Trade, Transition
from storage.stores import Stores
from tests.bot.jobs.alert_room import HOUR, Kept, an_alert, fired, hours, job
from tests.bot.worlds import HandClock, stores_in
from tests.builders import ETH_1H, NOW, a_plan, a_signal


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as opened:
        yield opened


def issued(at: datetime, *, symbol: str = "ETH/USDT", confidence: float | None = None) -> Issued:
    series = replace(ETH_1H, symbol=symbol)
    return Issued(a_signal(series=series, bar_open_at=at - HOUR, known_at=at), a_plan(), at, confidence)


async def test_signals_are_told_once_by_market_side_and_confidence(stores: Stores) -> None:
    begin = NOW - 10 * HOUR
    wanted = {
        "any": Condition(Kind.SIGNAL, left="any"),
        "btc": Condition(Kind.SIGNAL, "BTC/USDT", left="buy"),
        "sell": Condition(Kind.SIGNAL, left="sell"),
        "sure": Condition(Kind.SIGNAL, left="buy", right="60"),
        "4h": Condition(Kind.SIGNAL, timeframe=Timeframe.H4, left="any"),
    }
    alerts = {name: await an_alert(stores, c, begin, repeats=True, alert_id=name) for name, c in wanted.items()}
    await stores.signals.emit(issued(begin - HOUR))
    await stores.signals.emit(issued(NOW - 2 * HOUR))
    await stores.signals.emit(issued(NOW - 2 * HOUR, symbol="BTC/USDT", confidence=0.55))
    kept = Kept()
    await job(stores, kept).run(NOW - HOUR)
    await stores.signals.emit(issued(NOW - 3 * HOUR, symbol="SOL/USDT", confidence=0.61))  # stored late

    await job(stores, kept).run(NOW)
    await job(stores, kept).run(NOW + HOUR)

    found = {name: len(await fired(stores, alert)) for name, alert in alerts.items()}
    assert found == {"any": 3, "btc": 1, "sell": 0, "sure": 1, "4h": 0}
    assert any("STRONG" not in line and "BUY SOL/USDT 1h at 1,500, confidence 61 %" in line
               for n in kept.notices for line in n.lines)  # fmt: skip


async def test_targets_and_stops_of_signals_are_told_once_each(stores: Stores) -> None:
    await an_alert(stores, Condition(Kind.STEP, left="target"), NOW - 9 * HOUR, repeats=True, alert_id="t")
    await an_alert(stores, Condition(Kind.STEP, "ETH/USDT", left="stop"), NOW - 9 * HOUR, alert_id="s")
    signal = issued(NOW - 8 * HOUR)
    await stores.signals.emit(signal)
    steps = [(SignalState.ENTERED, 7), (SignalState.TARGET_1, 5), (SignalState.STOPPED, 2)]
    for state, ago in steps:
        end = -1.0 if state.is_final else None
        await stores.signals.add_transition(Transition(signal.signal_id, state, NOW - ago * HOUR, 1540.0, end))
    kept = Kept()

    first = await job(stores, kept).run(NOW)
    second = await job(stores, kept).run(NOW + HOUR)

    assert (first.told, second.told) == (2, 0)
    lines = [line for notice in kept.notices for line in notice.lines]
    assert "came to target 1 at 1,540" in lines[0]
    assert "came to stopped" in lines[1]


async def opened(stores: Stores, quantity: str = "2", entry: str = "1000") -> None:
    at = NOW - 8 * HOUR
    await stores.ledger.post([deposit(("opening:me", "me"), at, Decimal(10_000))])
    plan = TradePlan("t1", "me", 0, "replay", Decimal(900), (Decimal(1200), Decimal(1300)))
    trade = Trade("t1", "me", "ETH/USDT", Timeframe.H1, "LONG", Decimal(quantity), Decimal(entry), at, Decimal(0))
    await stores.book.open([opening(trade, plan)])


async def test_an_account_is_looked_at_at_every_close_with_the_prices_of_then(stores: Stores) -> None:
    begin = NOW - 8 * HOUR
    await opened(stores)
    wanted = {
        "loss": Condition(Kind.ACCOUNT, "ETH/USDT", None, "profit", Compare.BELOW, "-100", unit="USDT"),
        "gain": Condition(Kind.ACCOUNT, "", None, "profit", Compare.ABOVE, "9", unit="%"),
        "exposure": Condition(Kind.ACCOUNT, "", None, "exposure", Compare.ABOVE, "21.5", unit="%"),
        "drawdown": Condition(Kind.ACCOUNT, "", None, "drawdown", Compare.ABOVE, "3", unit="%"),
        "risk": Condition(Kind.ACCOUNT, "", None, "open_risk", Compare.ABOVE, "1", unit="%"),
    }
    alerts = {n: await an_alert(stores, c, begin, repeats=True, alert_id=n) for n, c in wanted.items()}
    await stores.candles.save(hours(1000, 1000, 1000, 940, 1000, 1110, 950, 1000))
    kept = Kept()

    for hour in (5, 4, 1, 0):
        await job(stores, kept).run(NOW - hour * HOUR)

    found = {name: [at for at, _ in await fired(stores, alert)] for name, alert in alerts.items()}
    assert found["loss"] == [NOW - 4 * HOUR]
    assert found["gain"] == [NOW - 2 * HOUR]
    assert found["exposure"] == [NOW - 2 * HOUR]
    assert found["drawdown"] == [NOW - HOUR]  # from 10,218 (after the fee) to 9,898: 3.13 %
    assert found["risk"] == []  # 2 % from the beginning: never untrue
    assert any("-120.00 USDT" in line for n in kept.notices for line in n.lines)


async def test_money_put_in_or_taken_out_is_no_drawdown(stores: Stores) -> None:
    begin = NOW - 6 * HOUR
    falls = Condition(Kind.ACCOUNT, "", None, "drawdown", Compare.ABOVE, "5", unit="%")
    alert = await an_alert(stores, falls, begin, repeats=True)
    await stores.ledger.post([deposit(("opening:me", "me"), NOW - 4 * HOUR, Decimal(10_000))])
    await stores.ledger.post([withdraw(("w", "me"), NOW - 2 * HOUR, Decimal(5_000))])

    await job(stores).run(NOW - 3 * HOUR)
    await job(stores).run(NOW)

    assert await fired(stores, alert) == []
    assert (await stores.alerts.numbered(1, "me")).memory["peak"].startswith("5000")  # type: ignore[union-attr]


async def test_the_realised_loss_of_a_day_is_told_and_is_over_with_the_day(stores: Stores) -> None:
    await opened(stores)
    daily = Condition(Kind.ACCOUNT, "", None, "daily_loss", Compare.ABOVE, "100", unit="USDT")
    alert = await an_alert(stores, daily, NOW - 8 * HOUR, repeats=True)
    await stores.candles.save(hours(1000, 1000, 1000, 890, 890, 890, 890, 890))

    await job(stores).run(NOW)

    assert await fired(stores, alert) == [(NOW - 4 * HOUR, False)]


async def test_what_happens_to_a_paper_trade_is_told_in_the_transaction_that_books_it(stores: Stores) -> None:
    await opened(stores)
    kept = Kept()
    stores.book.tell = TradeNews(kept, HandClock(NOW))
    await stores.candles.save(hours(1000, 1000, 1250, 1250, 1250, 1000, 1000, 1000))

    events = await FollowTrades(stores).run(NOW)
    await FollowTrades(stores).run(NOW)

    assert [n.key for n in kept.notices] == [f"trade:{event.key}" for event in events]
    assert [n.title for n in kept.notices] == [
        "While I was away: paper trade #t1: target 1 reached",
        "While I was away: paper trade #t1: stopped",
    ]
    assert "still open" in kept.notices[0].lines[0]
    assert "The trade made" in kept.notices[1].lines[0]
    assert {n.owner for n in kept.notices} == {"me"}


async def test_a_trade_whose_notice_cannot_be_kept_is_not_booked_either(stores: Stores) -> None:
    await opened(stores)
    stores.book.tell = TradeNews(Kept(broken=True), HandClock(NOW))
    await stores.candles.save(hours(1000, 1000, 1250, 1250, 1250, 1250, 1250, 1250))

    with pytest.raises(OSError, match="full"):
        await FollowTrades(stores).run(NOW)

    (booked,) = await stores.book.all_open()
    assert [fill.level for fill in booked.fills] == ["open"]


async def test_what_people_do_themselves_is_not_told_to_them(stores: Stores) -> None:
    await opened(stores)
    kept = Kept()
    stores.book.tell = TradeNews(kept, HandClock(NOW))
    (booked,) = await stores.book.all_open()

    await stores.book.advance(closing(booked, "close e1", NOW, (booked.left, Decimal(1010))), booked)

    assert await stores.book.all_open() == ()
    assert kept.notices == []


async def test_an_account_without_a_known_price_is_neither_true_nor_untrue(stores: Stores) -> None:
    """A price that was never known is not the price that was paid."""
    await opened(stores)
    loss = Condition(Kind.ACCOUNT, "", None, "profit", Compare.BELOW, "-1", unit="USDT")
    alert = await an_alert(stores, loss, NOW - 8 * HOUR, repeats=True)

    await job(stores).run(NOW)

    found = await stores.alerts.numbered(alert.number, "me")
    assert found is not None
    assert (found.state, await fired(stores)) == (0, [])
