"""/portfolio, /positions, /pnl, /risk and /rebalance: figures beside sums made by hand from fills and closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bot.reply import Reply, Table
from rag.portfolio import slot_of, take_snapshots
from signals.accounting import deposit
from signals.clock import to_ms
from signals.model import Candles, Series, Timeframe
from storage.snapshots import PAPER
from tests.bot.chat_world import NOW, TRADER, VIEWER, World, in_channel
from tests.bot.paper_talk import account, rows, trading
from tests.bot.worlds import candles
from tests.paper import book
from tests.storage.builders import trade

ETH, BTC = (Series("replay", symbol, Timeframe.H1) for symbol in ("ETH/USDT", "BTC/USDT"))
BARS = 24 * 100
DAY = timedelta(days=1)


def walk(series: Series, seed: int, start: float) -> Candles:
    moves = np.random.default_rng(seed).normal(0, 0.006, BARS)
    return candles(series, BARS, close=np.round(start * np.exp(np.cumsum(moves)), 2))


@pytest.fixture
async def market(world: World) -> World:
    """A hundred days of two markets."""
    await world.stores.candles.save(walk(ETH, 1, 1200.0))
    await world.stores.candles.save(walk(BTC, 2, 20_000.0))
    return world


def close_at(bars: Candles, at: datetime) -> Decimal:
    known = bars.open_ms + 3_600_000
    return Decimal(repr(float(bars.close[int(np.searchsorted(known, to_ms(at), side="right")) - 1])))


def cells(reply: Reply, title: str) -> dict[str, tuple[str, ...]]:
    table: Table = next(t for t in reply.tables if t.title.startswith(title))
    return {row[0]: row[1:] for row in table.rows}


def shown(amount: Decimal) -> str:
    return f"{amount:,.2f}"


async def held(world: World) -> None:
    """Two trades of ten days ago: a long of 2 ETH with a stop, a short of 0.1 BTC without one; no fees."""
    then = NOW - 10 * DAY
    for key, bars, side, size in (
        ("t1", walk(ETH, 1, 1200.0), "LONG", "2"),
        ("t2", walk(BTC, 2, 20_000.0), "SHORT", "0.1"),
    ):
        entry = close_at(bars, then)
        made = trade(
            key, TRADER.identity, symbol=bars.series.symbol, side=side, quantity=Decimal(size), entry=entry,
            opened_at=then, exit=None, closed_at=None, pnl_usd=None, exit_reason=None, note="", fees_usd=Decimal(0),
            timeframe=Timeframe.H1,
        )  # fmt: skip
        stop = {"stop": (entry / 2).quantize(Decimal("0.01"))} if key == "t1" else {}
        await book(world.stores, made, followed_at=NOW, **stop)


async def test_an_account_without_trades_is_told_so(market: World) -> None:
    for name in ("portfolio", "positions", "pnl", "risk"):
        reply = await market.run(VIEWER, name)

        assert reply.private
        assert not reply.error, reply.text
        assert any("Nothing was traded yet" in note for note in reply.notes)
        assert reply.pictures == ()
    assert await rows(market) == {name: [] for name in await rows(market)}


async def test_the_portfolio_is_worth_its_cash_and_its_marks(market: World) -> None:
    await held(market)
    eth, btc = (close_at(walk(*one), NOW) for one in ((ETH, 1, 1200.0), (BTC, 2, 20_000.0)))
    then = [close_at(walk(*one), NOW - 10 * DAY) for one in ((ETH, 1, 1200.0), (BTC, 2, 20_000.0))]
    equity = 10_000 + 2 * (eth - then[0]) - (btc - then[1]) / 10

    reply = await market.run(TRADER, "portfolio")

    assert reply.private
    assert f"worth {shown(equity)} USDT" in reply.text
    holdings = cells(reply, "Holdings")
    assert holdings["ETH"][2] == shown(2 * eth)
    assert holdings["BTC short"][2] == shown(-btc / 10)
    assert holdings["BTC short"][3] == f"{-100 * (btc / 10) / equity:,.1f} %"
    assert cells(reply, "Buckets")["BTC ETH BNB"][0] == f"{100 * (2 * eth + btc / 10) / equity:,.1f} %"
    assert [p.name for p in reply.pictures] == ["equity.png", "allocation.png"]
    assert all(p.png.startswith(b"\x89PNG") for p in reply.pictures)


async def test_the_curve_has_every_midnight_and_is_made_again_after_an_import(market: World) -> None:
    await held(market)
    await market.run(TRADER, "portfolio")
    first = await market.stores.snapshots.of_owner(TRADER.identity, PAPER, NOW)
    past = NOW - 5 * DAY
    await market.stores.ledger.post([deposit(("late", TRADER.identity), past, Decimal(1000))])

    await market.run(TRADER, "risk")

    second = await market.stores.snapshots.of_owner(TRADER.identity, PAPER, NOW)
    assert len(first) == len(second) == 10
    assert all(one.at.hour == 0 for one in second)
    entry = [close_at(walk(*one), NOW - 10 * DAY) for one in ((ETH, 1, 1200.0), (BTC, 2, 20_000.0))]
    for before, after in zip(first, second, strict=True):
        eth, btc = (close_at(walk(*one), before.at) for one in ((ETH, 1, 1200.0), (BTC, 2, 20_000.0)))
        assert before.equity == 10_000 + 2 * (eth - entry[0]) - (btc - entry[1]) / 10
        assert after.equity - before.equity == after.put_in - before.put_in == (1000 if before.at > past else 0)


async def test_positions_show_results_in_r_and_name_what_has_no_stop(market: World) -> None:
    await held(market)
    eth, then = (close_at(walk(ETH, 1, 1200.0), at) for at in (NOW, NOW - 10 * DAY))

    reply = await market.run(TRADER, "positions")

    table = cells(reply, "Open trades")
    long = next(row for name, row in table.items() if "ETH" in name)
    risked = 2 * (then - (then / 2).quantize(Decimal("0.01")))
    assert long[3] == f"{2 * (eth - then):+,.2f}"
    assert long[4] == f"{2 * (eth - then) / risked:+.2f}"
    assert long[6] == shown(risked)
    assert any("Without a stop: #t2;" in note for note in reply.notes)


async def test_results_of_a_period_are_those_of_its_fills(market: World) -> None:
    await held(market)
    eth, then = (close_at(walk(ETH, 1, 1200.0), at) for at in (NOW, NOW - 10 * DAY))
    await trading(market, "close 1 1")
    fee = (eth / 1000).quantize(Decimal("1E-8"))
    await trading(market, "close 2")

    week, everything = await market.run(TRADER, "pnl", period="7d"), await market.run(TRADER, "pnl", period="all")

    by_market = cells(week, "By market")
    assert by_market["ETH/USDT"][:3] == (f"{eth - then:+,.2f}", shown(fee), f"{eth - then - fee:+,.2f}")
    assert by_market["ETH/USDT"][3] == "none closed"
    assert (
        cells(week, "Realised")["all"][3].endswith("of 1 (0 %)")
        or cells(week, "Realised")["all"][3] == "1 of 1 (100 %)"
    )
    assert f"{eth - then:+,.2f} USDT before fees" in week.text
    balances = await market.stores.ledger.balances(TRADER.identity, NOW)
    net = -balances[("realised", "USDT")] - balances[("fees", "USDT")]
    assert f"Realised since the beginning: {net:+,.2f} USDT" in everything.text


async def test_value_at_risk_is_that_of_the_days_of_both_markets(market: World) -> None:
    await held(market)
    midnight = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC)
    days = [midnight - i * DAY for i in range(99, -1, -1)]
    moves = []
    for series, seed, start, worth in ((ETH, 1, 1200.0, 2.0), (BTC, 2, 20_000.0, -0.1)):
        bars = walk(series, seed, start)
        closes = np.array([float(close_at(bars, day)) for day in days])
        moves.append(worth * float(close_at(bars, NOW)) * np.diff(closes) / closes[:-1])
    loss = -np.percentile(moves[0] + moves[1], 5)

    reply = await market.run(TRADER, "risk")

    table = cells(reply, "Value at risk")
    assert table["95 % one-day VaR, historical"][0].startswith(f"{loss:,.2f} USDT")
    assert table["window"][0].startswith("99 days")
    assert f"{loss:,.2f} USDT or more" in reply.text
    limits = cells(reply, "Limits")
    assert limits["lost today (UTC)"][0].startswith("0.00 of at most")
    assert "over the bound" in limits["open risk, to the stops"][0]
    assert "Sharpe" in cells(reply, "How the account did")


async def test_a_missing_price_is_said_and_never_zero(world: World) -> None:
    await held(world)

    portfolio, positions, risk = [await world.run(TRADER, name) for name in ("portfolio", "positions", "risk")]
    refused = await world.run(TRADER, "rebalance", targets="BTC 10")

    assert cells(portfolio, "Holdings")["BTC short"][1:] == ("unknown",) * 4
    assert any("No price is known of BTC/USDT:" in note for note in portfolio.notes)
    assert cells(positions, "Open trades")["#t2 BTC short"][2:5] == ("unknown",) * 3
    assert "as far as prices are known (1 of 2)" in positions.text
    assert any("Not in the value at risk, for want of prices or days: BTC/USDT" in note for note in risk.notes)
    assert refused.error
    assert "No price of BTC/USDT is known" in refused.text
    assert await world.stores.snapshots.of_owner(TRADER.identity, PAPER, NOW) == ()


async def test_an_old_price_is_called_old(market: World) -> None:
    await held(market)
    market.clock.moment = NOW + timedelta(hours=7)

    reply = await market.run(TRADER, "portfolio")

    assert any("The price of ETH/USDT is 7 h old" in note for note in reply.notes)


async def test_a_rebalance_is_proposed_and_changes_nothing(market: World) -> None:
    await held(market)
    before = await rows(market)

    by_risk = await market.run(TRADER, "rebalance")
    named = await market.run(TRADER, "rebalance", targets="eth 20%, cash 80 band 2")

    assert await rows(market) == before
    for reply in (by_risk, named):
        assert reply.private
        assert any(note.startswith("A proposal only: nothing was ordered") for note in reply.notes)
        (first, *_) = next(table.rows for table in reply.tables if table.title.startswith("Proposed orders"))
        assert (first[0], first[1], first[5]) == ("BUY BTC", "0.1", "closes the short")
    assert any("by risk within the buckets" in note for note in by_risk.notes)
    assert any("more than 2 points off" in note for note in named.notes)
    assert cells(named, "Targets")["ETH (BTC ETH BNB)"][1] == "20.0 %"


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        ("BTC -5", "is not understood"), ("BTC １０", "is not understood"), ("BTC 1_000", "is not understood"),
        ("BTC nan", "is not understood"), ("BTC 60, ETH 60", "add up to 120 %"), ("XYZ 10", "not a watched market"),
        ("BTC 10 BTC 20", "named twice"), ("BTC 10, band 70", "out of range"), ("BTC 1e5", "is not understood"),
    ],
)  # fmt: skip
async def test_bad_targets_are_refused_in_one_line(market: World, targets: str, why: str) -> None:
    reply = await market.run(TRADER, "rebalance", targets=targets)

    assert reply.error
    assert why in reply.text


async def test_viewers_may_not_rebalance_and_answers_in_a_channel_are_private(market: World) -> None:
    assert (await market.run(VIEWER, "rebalance")).error
    assert (await market.run(in_channel(TRADER), "portfolio")).private


async def test_too_few_days_give_no_weights_by_risk(world: World) -> None:
    await world.stores.candles.save(candles(ETH, 24 * 20))

    reply = await world.run(TRADER, "rebalance")

    assert reply.error
    assert "need 45 days" in reply.text


async def test_every_half_hour_is_stored_once_for_everybody(market: World) -> None:
    await held(market)
    await market.stores.ledger.post([deposit(("d", VIEWER.identity), NOW, Decimal(5))])
    market.clock.moment = NOW + timedelta(minutes=44)

    said = [await take_snapshots(market.stores, market.clock.now()) for _ in range(2)]

    assert said == [(2, 0), (2, 0)]
    (one,) = await market.stores.snapshots.of_owner(VIEWER.identity, PAPER, market.clock.now())
    assert (one.at, one.equity, one.cash, one.put_in) == (slot_of(market.clock.now()), 5, 5, 5)
    assert one.at == NOW + timedelta(minutes=30)
    later = NOW + 2 * DAY
    assert await take_snapshots(market.stores, later) == (1, 1)


async def test_what_is_held_in_the_market_counts_towards_the_largest_position(market: World, tmp_path: Path) -> None:
    await account(market, "risk 2")
    await held(market)

    opened = await trading(market, "open eth long 1.5")

    assert any("of your equity is in this market" in note for note in opened.notes)
