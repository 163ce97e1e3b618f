"""Candles are caught up, gaps asked again, and one bad market does not stop the rest."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from bot.jobs.sync import SeriesReport, SyncCandles, SyncRules
from signals.errors import DataError, TemporaryError, UnavailableError
from signals.model import Candles, Series, Timeframe
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, ScriptedSource, candles, stores_in, watch

ETH = Series("binance", "ETH/USDT", Timeframe.H1)
BTC = Series("binance", "BTC/USDT", Timeframe.H1)


def without(bars: Candles, *gone: int) -> Candles:
    kept = np.setdiff1d(np.arange(len(bars)), np.array(gone) % len(bars))
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Candles(bars.series, *(c[kept] for c in columns))  # type: ignore[arg-type]


async def synced(
    stores: Stores, clock: HandClock, *sources: ScriptedSource, symbols: tuple[str, ...]
) -> list[SeriesReport]:
    names = tuple(source.exchange for source in sources)
    job = SyncCandles(stores, sources, watch(*symbols, exchanges=names), SyncRules(history_bars=400))
    return list(await job.run(clock))


async def test_a_new_series_begins_with_its_history_and_a_second_sync_adds_nothing(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    source.put("ETH/USDT", candles(ETH, 900))

    async with stores_in(tmp_path) as stores:
        (first,) = await synced(stores, clock, source, symbols=("ETH/USDT",))
        (second,) = await synced(stores, clock, source, symbols=("ETH/USDT",))
        span = await stores.candles.span(ETH)
        rules = await stores.market_rules.get("binance", "ETH/USDT")

    assert (first.state.status, first.new_bars) == ("ok", 400)
    assert second.new_bars == 0
    assert span is not None
    assert span.bars == 400
    assert first.state.newest_at == NOW
    assert rules is not None


async def test_an_outage_is_caught_up_page_by_page_without_gap_or_duplicate(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    source.put("ETH/USDT", candles(ETH, 500))

    async with stores_in(tmp_path) as stores:
        await synced(stores, clock, source, symbols=("ETH/USDT",))
        clock.moment += timedelta(hours=2500)
        source.put("ETH/USDT", candles(ETH, 3000, until=clock.moment))
        (report,) = await synced(stores, clock, source, symbols=("ETH/USDT",))
        stored = await stores.candles.newest(ETH, 5000)

    assert report.state.status == "ok"
    assert len(stored) == 2900
    assert set(np.diff(stored.open_ms)) == {3_600_000}


async def test_a_hole_is_asked_again_and_mended(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    whole = candles(ETH, 400)
    source.put("ETH/USDT", without(whole, -20, -21))

    async with stores_in(tmp_path) as stores:
        (holed,) = await synced(stores, clock, source, symbols=("ETH/USDT",))
        source.put("ETH/USDT", whole)
        (mended,) = await synced(stores, clock, source, symbols=("ETH/USDT",))

    assert holed.state.status == "gap"
    assert holed.state.note.startswith("2 bar(s) missing after 2022-11-07 15:00 UTC")
    assert (mended.state.status, mended.new_bars) == ("ok", 2)


async def test_one_bad_market_does_not_stop_the_rest(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    source.put("BTC/USDT", candles(BTC, 300))
    source.errors["ETH/USDT"] = DataError("the bar of 2022-11-08T11:00:00Z has no price")

    async with stores_in(tmp_path) as stores:
        bad, good, gone = await synced(stores, clock, source, symbols=("ETH/USDT", "BTC/USDT", "SOL/USDT"))
        states = {s.symbol: s.status for s in await stores.series.all()}

    assert (bad.state.status, bad.state.newest_at) == ("error", None)
    assert good.state.status == "ok"
    assert gone.state.status == "unavailable"
    assert states == {"ETH/USDT": "error", "BTC/USDT": "ok", "SOL/USDT": "unavailable"}


async def test_the_next_exchange_serves_what_the_first_has_not(tmp_path: Path) -> None:
    clock = HandClock()
    first, second = ScriptedSource(clock), ScriptedSource(clock, "kraken")
    second.put("ETH/USDT", candles(ETH, 300))
    first.errors["ETH/USDT"] = UnavailableError("binance refuses this country")

    async with stores_in(tmp_path) as stores:
        (report,) = await synced(stores, clock, first, second, symbols=("ETH/USDT",))

    assert (report.state.exchange, report.state.status) == ("kraken", "ok")


async def test_a_passing_failure_does_not_move_a_series_to_another_exchange(tmp_path: Path) -> None:
    clock = HandClock()
    first, second = ScriptedSource(clock), ScriptedSource(clock, "kraken")
    first.put("ETH/USDT", candles(ETH, 300))
    second.put("ETH/USDT", candles(ETH, 300))

    async with stores_in(tmp_path) as stores:
        await synced(stores, clock, first, second, symbols=("ETH/USDT",))
        first.errors["ETH/USDT"] = TemporaryError("binance does not answer")
        (report,) = await synced(stores, clock, first, second, symbols=("ETH/USDT",))

    assert (report.state.exchange, report.state.status) == ("binance", "error")
    assert report.state.newest_at == NOW


async def test_a_first_sync_falls_back_when_the_first_exchange_is_away(tmp_path: Path) -> None:
    clock = HandClock()
    first, second = ScriptedSource(clock), ScriptedSource(clock, "kraken")
    second.put("ETH/USDT", candles(ETH, 300))
    first.errors["ETH/USDT"] = TemporaryError("binance does not answer")

    async with stores_in(tmp_path) as stores:
        (report,) = await synced(stores, clock, first, second, symbols=("ETH/USDT",))

    assert (report.state.exchange, report.state.status) == ("kraken", "ok")


async def test_before_its_renaming_polygon_is_asked_for_as_matic(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    source.put("MATIC/USDT", candles(Series("binance", "MATIC/USDT", Timeframe.H1), 300))

    async with stores_in(tmp_path) as stores:
        (report,) = await synced(stores, clock, source, symbols=("POL/USDT",))

    assert (report.state.symbol, report.state.status) == ("MATIC/USDT", "ok")


async def test_a_jump_is_quarantined_until_the_next_bar(tmp_path: Path) -> None:
    clock = HandClock()
    source = ScriptedSource(clock)
    close = 100.0 + np.sin(np.arange(300) / 5.0)
    close[-1] = 190.0
    source.put("ETH/USDT", candles(ETH, 300, close=close))

    async with stores_in(tmp_path) as stores:
        (report,) = await synced(stores, clock, source, symbols=("ETH/USDT",))

    assert report.state.status == "quarantined"
    assert report.state.newest_at == NOW - timedelta(hours=1)
