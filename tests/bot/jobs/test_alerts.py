"""The job that watches alerts: every closed bar once, whatever is restarted, missed or run twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.trade_news import TradeNews
from bot.jobs.alerts import AccountTerms, WatchAlerts
from bot.jobs.follow_trades import FollowTrades
from rag.desk import Desk
from signals.accounting import deposit, withdraw
from signals.alerts import SETTLED_BARS, Compare, Condition, Kind
from signals.clock import from_ms, to_ms
from signals.fills import TradePlan, opening
from signals.model import Candles, Issued, SignalState, Timeframe, Trade, Transition
from storage.alert_tables import alert_firings
from storage.alerts import Alert
from storage.notices import Notice
from storage.stores import Stores
from tests.bot.worlds import HandClock, desk_rules, stores_in
from tests.builders import ETH_1H, NOW, a_plan, a_signal, candles_from, random_walk
from tests.recorded import needs_recorded, recorded
from tests.signals import alert_scan as scan

HOUR = timedelta(hours=1)
YEARS_END = timedelta(days=3650)


@dataclass
class Kept:
    """Notices in the order in which they were put; `broken`: putting fails."""

    notices: list[Notice] = field(default_factory=list)
    broken: bool = False

    async def put(self, conn: AsyncConnection, notices: Sequence[Notice]) -> None:
        assert await conn.scalar(sa.text("SELECT 1")) == 1
        if self.broken:
            raise OSError("the disk is full")
        self.notices += notices


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as opened:
        yield opened


def job(stores: Stores, kept: Kept | None = None) -> WatchAlerts:
    """A new process: nothing is remembered but what is stored."""
    return WatchAlerts(stores, Desk(stores, desk_rules(("replay",))), AccountTerms(every=Timeframe.H1), kept)


def level(left: str, test: Compare, right: str, symbol: str = "ETH/USDT") -> Condition:
    return Condition(Kind.LEVEL, symbol, Timeframe.H1, left, test, right)


async def an_alert(stores: Stores, condition: Condition, at: datetime, **changes: Any) -> Alert:
    made = Alert(f"a-{condition}"[:80], "me", condition, at, at + YEARS_END, at)
    return await stores.alerts.add(replace(made, **changes))


async def fired(stores: Stores, alert: Alert | None = None) -> list[tuple[datetime, bool]]:
    query = sa.select(alert_firings).order_by(alert_firings.c.at)
    if alert is not None:
        query = query.where(alert_firings.c.alert_id == alert.alert_id)
    async with stores.database.read() as conn:
        return [(row.at, row.muted) for row in await conn.execute(query)]


def hours(*closes: float, end: datetime = NOW) -> Candles:
    return candles_from(closes, end=end)


@needs_recorded
@pytest.mark.may_block(reason="computes indicators over months in the test's own loop")
async def test_a_recorded_year_looked_at_at_random_moments_by_new_processes_fires_exactly_where_the_scan_says(
    stores: Stores,
) -> None:
    whole = recorded("ETHUSDT-1h.csv.gz")
    bars = whole.part(len(whole) - 8760)
    bars = replace(bars, series=ETH_1H)
    await stores.candles.save(bars)
    start = bars.closed_at(SETTLED_BARS)
    middle = repr(float(np.median(bars.close)))
    rows = [(int(at), float(close)) for at, close in zip(bars.open_ms, bars.close, strict=True)]
    step = Timeframe.H1.ms
    flat = [float(middle)] * len(rows)
    columns = {"close": [close for _, close in rows], "rsi": scan.of_runs(rows, step, scan.wilder_rsi(SETTLED_BARS))}
    columns |= {"sma": scan.of_runs(rows, step, scan.mean(50))}

    def pairs(left: str, right: list[float | None]) -> scan.Pairs:
        return [(at, a, b) for (at, _), a, b in zip(rows, columns[left], right, strict=True)]

    wanted = {
        level("close", Compare.CROSSES, middle): scan.crossed(pairs("close", list(flat)), step, carried=True),
        level("rsi_14", Compare.BELOW, "30"): scan.fired(
            pairs("rsi", [30.0] * len(rows)), lambda a, b: a < b, step, carried=False
        ),
        level("close", Compare.ABOVE, "sma_50"): scan.fired(
            pairs("close", columns["sma"]), lambda a, b: a > b, step, carried=False
        ),
    }
    alerts = {c: await an_alert(stores, c, start, repeats=True, alert_id=f"a{i}") for i, c in enumerate(wanted)}
    rng = np.random.default_rng(7)
    looks = sorted(int(at) for at in rng.choice(bars.open_ms[SETTLED_BARS:], 60, replace=False))
    kept = Kept()

    for at in [*looks, looks[-1], int(bars.open_ms[-1]) + step]:
        await job(stores, kept).run(from_ms(at))

    for condition, expected in wanted.items():
        due = [from_ms(at + step) for at in expected if at + step > to_ms(start)]
        assert [at for at, _ in await fired(stores, alerts[condition])] == due, condition
        assert len(due) > 20
    total = len(await fired(stores))
    counted = sum(int(n.title.split()[4]) if n.title.startswith("While") else 1 for n in kept.notices)
    assert counted == total


async def test_an_alert_that_is_told_once_ends_with_its_first_firing(stores: Stores) -> None:
    alert = await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110, 90, 110, 110))
    kept = Kept()

    done = await job(stores, kept).run(NOW)
    again = await job(stores, kept).run(NOW + HOUR)

    assert (done.alerts, done.told, again.alerts, again.told) == (1, 1, 0, 0)
    assert await fired(stores) == [(NOW - 3 * HOUR, False)]
    assert (await stores.alerts.numbered(1, "me")).ended == "fired"  # type: ignore[union-attr]
    assert await stores.alerts.of_owner("me") == ()
    assert alert.number == 1


async def test_a_fresh_firing_is_news_with_its_bar_and_its_value(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110.5))
    kept = Kept()

    await job(stores, kept).run(NOW + timedelta(minutes=2))

    (notice,) = kept.notices
    assert notice.owner == "me"
    assert notice.title == "Alert 1: ETH/USDT 1h: price rises above 100"
    assert notice.lines == ("price 110.5, above 100, on the bar closed 2022-11-08 12:00 UTC.",)
    assert notice.footer == "It was to be told once and has ended."
    assert notice.valid_until == NOW + 2 * HOUR


async def test_what_came_true_while_nobody_looked_is_told_once_with_its_times_and_not_as_new(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 30 * HOUR, repeats=True)
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 30 * HOUR, owner="you", alert_id="y")
    await stores.candles.save(hours(*[90.0, 110.0] * 8, 110, 110))
    kept = Kept()

    first = await job(stores, kept).run(NOW)
    second = await job(stores, kept).run(NOW)

    mine, yours = sorted(kept.notices, key=lambda n: n.owner)
    assert mine.title == "While I was away: 15 alerts came true"
    assert mine.lines[0].startswith("2022-11-07 20:00 UTC: ETH/USDT 1h: price crosses 100 (price 110, above 100)")
    assert mine.lines[-1] == "And 10 more; /alert list shows them."
    assert len(mine.lines) == 6
    assert (yours.owner, len(yours.lines)) == ("you", 1)
    assert (first.told, second.told) == (16, 0)


async def test_within_the_cooldown_a_firing_is_kept_and_not_told(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 9 * HOUR, repeats=True, cooldown_s=3 * 3600)
    bars = hours(90, 110, 90, 110, 90, 110, 90, 110)
    await stores.candles.save(bars)
    kept = Kept()

    for hour in range(8, -1, -1):
        await job(stores, kept).run(NOW - hour * HOUR)

    assert [muted for _, muted in await fired(stores)] == [False, True, True, False, True, True, False]
    assert len(kept.notices) == 3
    assert "told again at the earliest after 3 h" in kept.notices[0].footer


async def test_what_comes_true_after_the_expiry_is_not_told_and_before_it_is_however_late(stores: Stores) -> None:
    early = await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, expires_at=NOW - 3 * HOUR)
    late = await an_alert(
        stores, level("close", Compare.ABOVE, "120"), NOW - 9 * HOUR, expires_at=NOW - 3 * HOUR, alert_id="late"
    )
    await stores.candles.save(hours(90, 90, 110, 110, 130, 130, 130).part(0, 3))
    await job(stores).run(NOW - HOUR)  # the bars until the expiry have not come yet
    assert (await stores.alerts.numbered(2, "me")).ended == ""  # type: ignore[union-attr]
    await stores.candles.save(hours(90, 90, 110, 110, 130, 130, 130))

    await job(stores).run(NOW)

    assert await fired(stores, early) == [(NOW - 4 * HOUR, False)]
    assert await fired(stores, late) == []
    assert (await stores.alerts.numbered(2, "me")).ended == "expired"  # type: ignore[union-attr]


async def test_without_candles_an_alert_waits_and_expires_in_the_end(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW, expires_at=NOW + HOUR)

    waiting = await job(stores).run(NOW + 2 * HOUR)
    await job(stores).run(NOW + 26 * HOUR)

    assert waiting.faults == ("no candles of ETH/USDT 1h",)
    assert (await stores.alerts.numbered(1, "me")).ended == "expired"  # type: ignore[union-attr]


async def test_a_bar_that_comes_or_is_corrected_later_fires_nothing_anew(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, repeats=True)
    bars = hours(90, 90, 110, 90, 110, 110)
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    keep = np.array([True, True, False, False, True, True])
    await stores.candles.save(Candles(bars.series, *(column[keep] for column in columns)))
    await job(stores).run(NOW)

    await stores.candles.save(bars)
    await stores.candles.save(hours(90, 90, 110, 90, 90, 110))
    await job(stores).run(NOW)
    await job(stores).run(NOW + HOUR)

    assert await fired(stores) == [(NOW - HOUR, False)]


async def test_the_state_of_one_exchange_is_not_compared_with_the_bars_of_another(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, state=-1, exchange="kraken")
    await stores.candles.save(hours(101, 101, 101, 101, 101, 101, 101, 101, 101, 101, 101))

    await job(stores).run(NOW)

    assert await fired(stores) == []


async def test_when_the_notice_cannot_be_kept_nothing_is_and_the_next_run_tells_it(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110))

    with pytest.raises(OSError, match="full"):
        await job(stores, Kept(broken=True)).run(NOW)
    assert await fired(stores) == []
    kept = Kept()
    await job(stores, kept).run(NOW)

    assert len(kept.notices) == len(await fired(stores)) == 1


async def test_two_processes_at_once_tell_once(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 5 * HOUR, repeats=True)
    await stores.candles.save(hours(90, 90, 110, 90, 110))
    kept = Kept()

    done = await asyncio.gather(*(job(stores, kept).run(NOW) for _ in range(4)))

    assert sum(one.told for one in done) == len(await fired(stores)) == 3


async def test_an_indicator_of_the_catalogue_is_watched_by_its_line(stores: Stores) -> None:
    walk = random_walk(600, seed=4)
    await stores.candles.save(walk)
    both = [level("adx", Compare.ABOVE, "25"), level("adx.dmp_14", Compare.CROSSES, "adx.dmn_14")]
    alerts = [
        await an_alert(stores, c, walk.closed_at(150), repeats=True, alert_id=f"c{i}") for i, c in enumerate(both)
    ]
    await an_alert(stores, level("adx.nothing", Compare.ABOVE, "1"), walk.closed_at(150), alert_id="bad")

    done = await job(stores).run(NOW)

    assert all([len(await fired(stores, alert)) > 3 for alert in alerts])
    assert any("has no line 'nothing'" in fault for fault in done.faults)


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
