"""The follow job over stored candles: late, again, interrupted and in two processes it has one effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bot.jobs.follow_trades import FollowTrades
from bot.paper.words import event_line
from signals.accounting import Entry, balances_of, equity_at, realised_of
from signals.clock import to_ms
from signals.fills import Booked
from signals.model import Candles, Series, Timeframe
from storage.stores import Stores
from tests.bot.worlds import stores_in
from tests.builders import ETH_1H, NOW, a_trade
from tests.paper import book

HOUR = timedelta(hours=1)
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "return_pct": None}
LADDER = {"stop": Decimal(90), "targets": (Decimal(110), Decimal(120), Decimal(130)), "expires_at": NOW + 24 * HOUR}
RISE = [(100, 111, 99, 105), (105, 121, 104, 118), (118, 119, 99, 101), (101, 102, 100, 101)]


def bars(rows: list[tuple[float, float, float, float]], series: Series = ETH_1H, start: datetime = NOW) -> Candles:
    open_ms = np.array([to_ms(start) + i * series.timeframe.ms for i in range(len(rows))], dtype=np.int64)
    columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
    return Candles(series, open_ms, *columns, np.ones(len(rows)))


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as opened:
        yield opened


async def position(stores: Stores, owner: str = "u1", **changes: object) -> Booked:
    trade = a_trade(trade_id=f"t-{owner}", owner=owner, quantity=Decimal(1), entry=Decimal(100), opened_at=NOW, **OPEN)
    return await book(stores, trade, **(LADDER | changes))


async def ledger(stores: Stores, owner: str = "u1") -> tuple[Entry, ...]:
    return await stores.ledger.entries(owner, NOW + 99 * HOUR)


async def test_late_is_the_same_as_bar_by_bar(stores: Stores) -> None:
    await stores.candles.save(bars(RISE))
    await position(stores, "u1")
    await position(stores, "u2")
    job, told = FollowTrades(stores), []

    for hour in range(1, 5):
        told += await job.of_owner("u1", NOW + hour * HOUR)
    late = await job.of_owner("u2", NOW + 4 * HOUR)

    levels = ["target 1", "target 2", "stop"]
    assert [event.fill.level for event in told] == [event.fill.level for event in late] == levels
    assert [entry.postings for entry in await ledger(stores, "u1")] == [e.postings for e in await ledger(stores, "u2")]
    (one,), (two,) = [await stores.book.of_owner(owner) for owner in ("u1", "u2")]
    assert (one.trade.pnl_usd, one.trade.closed_at) == (two.trade.pnl_usd, NOW + 3 * HOUR)


async def test_runs_again_and_at_once_have_one_effect(stores: Stores) -> None:
    await stores.candles.save(bars(RISE))
    await position(stores)
    runs = await asyncio.gather(*(FollowTrades(stores).run(NOW + 4 * HOUR) for _ in range(4)))
    before = await ledger(stores)

    again = await FollowTrades(stores).run(NOW + 5 * HOUR)

    assert sum(len(events) for events in runs) == 3
    assert again == ()
    assert await ledger(stores) == before
    assert len({entry.entry_id for entry in before}) == 5


async def test_what_happened_is_told_in_order_with_what_is_left(stores: Stores) -> None:
    await stores.candles.save(bars(RISE))
    await position(stores)

    told = [event_line(event.booked, event.fill) for event in await FollowTrades(stores).run(NOW + 4 * HOUR)]

    assert "target 1 at 110" in told[0]
    assert "0.6667 ETH still open" in told[0]
    assert "0.3334 ETH still open" in told[1]
    assert "stopped at 100" in told[2]
    assert "The trade made +9." in told[2]


async def test_the_trade_is_what_the_ledger_says(stores: Stores) -> None:
    await stores.candles.save(bars(RISE))
    await position(stores)
    await FollowTrades(stores).run(NOW + 4 * HOUR)

    (booked,) = await stores.book.of_owner("u1")
    entries = await ledger(stores)

    third, rest = Decimal("0.3333"), Decimal("0.3334")
    thirds = third * 10 + third * 20
    fees = (third * 110 + third * 120 + rest * 100) / 1000
    assert booked.trade.pnl_usd == realised_of(entries, "t-u1") == thirds - fees
    assert equity_at(balances_of(entries), {}) == 10_000 + thirds - fees


async def test_only_the_trade_s_own_market_moves_it(stores: Stores) -> None:
    await position(stores)
    for series in (Series("replay", "BTC/USDT", Timeframe.H1), Series("binance", "ETH/USDT", Timeframe.H1)):
        await stores.candles.save(bars([(50, 51, 49, 50)], series))

    assert await FollowTrades(stores).run(NOW + HOUR) == ()


async def test_bars_that_are_not_closed_yet_do_not_count(stores: Stores) -> None:
    await position(stores)
    await stores.candles.save(bars([(100, 101, 80, 100)]))

    assert await FollowTrades(stores).run(NOW + timedelta(minutes=59)) == ()
    assert [event.key for event in await FollowTrades(stores).run(NOW + HOUR)] == ["t-u1:stop"]
