"""Tuning resumes and activates only a win; analytics seed apart and fit what was known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.tune import Tune, TuneOnRequest
from bot.jobs.analytics import RefreshCalibration
from bot.jobs.tuning import TuneMarkets
from rag.record import cases_of, record_of
from signals.calibration import confidence_of
from signals.case import Case
from signals.errors import DataError
from signals.model import Market, Series, SignalState, Strength, Timeframe, Transition
from signals.tuning import TuningRules
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, desk_rules, stores_in, watch
from tests.builders import a_plan, a_signal, an_issued, random_walk
from tests.markets import ending_now

ETH = Series("binance", "ETH/USDT", Timeframe.H1)
MARKET = Market("ETH/USDT", Timeframe.H1)
QUICK = TuningRules(trials=6, folds=2, min_trades=3)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """A database that holds one long walk."""
    async with stores_in(tmp_path) as made:
        await made.candles.save(ending_now(random_walk(3000, volatility=0.02, seed=4), ETH))
        yield made


def job(stores: Stores) -> TuneMarkets:
    return TuneMarkets(stores, desk_rules(), shorts=True)


async def test_a_finished_market_is_not_searched_again_on_the_same_bars(stores: Stores) -> None:
    one = await job(stores).run([MARKET], HandClock(), QUICK)
    two = await job(stores).run([MARKET], HandClock(), QUICK)
    deeper = await job(stores).run([MARKET], HandClock(), replace(QUICK, trials=7))

    assert (one.resumed, two.resumed, deeper.resumed) == (0, 1, 0)
    assert one.tunings == two.tunings


async def test_a_market_without_bars_is_refused_and_the_rest_goes_on(stores: Stores) -> None:
    seen: list[tuple[int, int, str]] = []

    found = await job(stores).run(
        [Market("BTC/USDT", Timeframe.H1), MARKET], HandClock(), QUICK, lambda *at: seen.append(at)
    )

    assert len(found.tunings) == 1
    assert "BTC/USDT" in found.refused[0]
    assert seen[-1] == (2, 2, "ETH/USDT 1h")


async def test_only_a_win_becomes_active_and_old_and_new_are_told(stores: Stores) -> None:
    lost = (await job(stores).run([MARKET], HandClock(), QUICK)).tunings[0]
    before = await stores.parameters.active("ETH/USDT", Timeframe.H1, NOW)
    await job(stores)._activate(replace(lost, won=True), NOW)

    history = await stores.parameters.history(["ETH/USDT"], Timeframe.H1, NOW)
    assert before == (lost.new if lost.won else None)
    assert history[0].rules == lost.new
    assert "Before: stop 2 ATR, target 3 ATR, horizon 24 bars; now: stop" in history[0].reason


async def test_past_parameters_of_kin_are_tried_first(stores: Stores) -> None:
    base = (await job(stores).run([MARKET], HandClock(), QUICK)).tunings[0]
    good = replace(base.out_of_sample, mean_r=0.4)
    for symbol, mean_r in (("BTC/USDT", 0.1), ("SOL/USDT", 0.9), ("ADA/USDT", -0.2)):
        series = Series("binance", symbol, Timeframe.H1)
        await stores.tunings.save(replace(base, series=series, out_of_sample=replace(good, mean_r=mean_r)))

    names = [name for name, _ in await job(stores)._first_trials(MARKET, NOW)]

    assert [name.split(":")[1] for name in names] == ["ETH/USDT", "BTC/USDT", "SOL/USDT"]


async def test_the_command_shows_all_three_side_by_side(stores: Stores) -> None:
    reply = await TuneOnRequest(job(stores), HandClock())(Tune((MARKET,), 6))

    assert reply.tables[0].columns[1:5] == ("in sample", "out of sample", "active, same bars", "holding")
    assert reply.data is not None
    assert reply.data["tunings"][0]["out_of_sample"]["trades"] >= 0
    with pytest.raises(DataError, match="BTC/USDT"):
        await TuneOnRequest(job(stores), HandClock())(Tune((Market("BTC/USDT", Timeframe.H1),), 6))


async def test_analytics_seed_once_a_day_and_fit_what_is_known(stores: Stores) -> None:
    analytics = RefreshCalibration(stores, desk_rules(), watch(exchanges=("binance",)), shorts=True)
    clock = HandClock()

    first, again = await analytics.run(clock), await analytics.run(clock)
    clock.moment = NOW + timedelta(days=1)
    later = await analytics.run(clock)

    cases = await cases_of(stores, Timeframe.H1, NOW)
    assert (first.seeded, again.seeded, later.seeded) == (1, 0, 1)
    assert all(c.seeded and c.resolved_at <= NOW for c in cases)
    assert bool(first.calibrations) == (len(cases) >= 50)
    record = await record_of(stores, Timeframe.H1, NOW)
    assert record.calibration == (first.calibrations[0] if first.calibrations else None)


async def test_a_calibration_that_says_the_same_is_not_stored_again(stores: Stores) -> None:
    await stores.seeds.replace(
        Series("binance", "SOL/USDT", Timeframe.H1),
        [
            Case("SOL/USDT", Timeframe.H1, 1, Strength.WEAK, i % 2 == 0, 0.66, 0.01, NOW - timedelta(hours=i + 9), NOW)
            for i in range(60)
        ],
    )
    analytics = RefreshCalibration(stores, desk_rules(), watch(exchanges=("binance",)), shorts=True)
    clock = HandClock()

    first = await analytics.run(clock)
    clock.moment = NOW + timedelta(hours=1)
    later = await analytics.run(clock)

    assert first.calibrations[0].n >= 60
    assert later.calibrations == first.calibrations


async def test_an_issued_signal_stands_for_its_backtested_twin(stores: Stores) -> None:
    await RefreshCalibration(stores, desk_rules(), watch(exchanges=("binance",)), shorts=True).run(HandClock())
    seeded = (await cases_of(stores, Timeframe.H1, NOW))[0]
    signal = a_signal(known_at=seeded.known_at, bar_open_at=seeded.known_at - timedelta(hours=1), series=ETH)
    issued = replace(an_issued(), signal=signal, plan=a_plan())
    await stores.signals.emit(issued)
    await stores.signals.add_transition(Transition(issued.signal_id, SignalState.STOPPED, NOW, 1460.0, -1.1))

    cases = await cases_of(stores, Timeframe.H1, NOW)

    twins = [c for c in cases if (c.symbol, c.known_at) == (seeded.symbol, seeded.known_at)]
    assert [c.seeded for c in twins] == [False]
    said = confidence_of(signal, [*cases, *cases, *cases])
    assert "issued" in said.basis or not said.calibrated


async def test_a_market_with_too_few_bars_is_not_seeded(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as empty:
        analytics = RefreshCalibration(empty, desk_rules(), watch(exchanges=("binance",)), shorts=True)

        assert (await analytics.run(HandClock())).seeded == 0
