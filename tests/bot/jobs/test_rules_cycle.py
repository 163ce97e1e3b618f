"""Indicators stored, signals issued once, open signals followed to their end."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.jobs.cycle import RulesCycle
from bot.jobs.sync import SyncCandles, SyncRules
from rag.desk import Desk
from signals.indicators import COLUMNS, compute
from signals.model import Action, Market, Series, SignalState, Timeframe
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, ScriptedSource, candles, desk_rules, stores_in, watch

ETH = Series("binance", "ETH/USDT", Timeframe.H1)


def crash(bars: int = 600, after: tuple[float, ...] = ()) -> np.ndarray:
    """A calm market that breaks down in its last bars, and what came after."""
    rng = np.random.default_rng(4)
    calm = 1500.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, bars - 12)))
    fall = calm[-1] * np.cumprod(np.full(12, 0.985))
    return np.concatenate([calm, fall, fall[-1] * np.cumprod(1.0 + np.array(after))])


class Desktop:
    """Sync and cycle over one market."""

    def __init__(self, stores: Stores, clock: HandClock, **rules: float) -> None:
        self.stores, self.clock, self.source = stores, clock, ScriptedSource(clock)
        names = ("binance",)
        self.sync = SyncCandles(stores, [self.source], watch(exchanges=names), SyncRules(history_bars=600))
        self.rules = desk_rules(**rules)
        self.cycle = RulesCycle(stores, Desk(stores, self.rules), watch(exchanges=names))

    async def at(self, close: np.ndarray) -> None:
        self.source.put("ETH/USDT", candles(ETH, len(close), until=self.clock.moment, close=close))
        await self.sync.run(self.clock)


async def test_stored_indicators_are_those_of_the_frame_to_the_last_digit(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        desk = Desktop(stores, HandClock())
        await desk.at(crash())

        stored_bars = await desk.cycle.update_indicators(desk.clock)
        again = await desk.cycle.update_indicators(desk.clock)

        bars = await stores.candles.newest(ETH, 500)
        frame = compute(bars)
        stored = await stores.indicators.at(ETH, int(bars.open_ms[-1]))
    assert (stored_bars, again) == (20, 0)
    assert set(stored) == set(COLUMNS)
    assert all(stored[name] == frame[name][-1] for name in COLUMNS)


async def test_only_new_bars_are_written_after_the_first_time_also_by_a_new_process(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        first = Desktop(stores, clock)
        await first.at(crash())
        await first.cycle.update_indicators(clock)

        clock.moment += timedelta(hours=1)
        second = Desktop(stores, clock)
        await second.at(crash(after=(0.001,)))
        written = await second.cycle.update_indicators(clock)

        last_ms = await stores.indicators.last_open_ms(ETH)
        newest_ms = await stores.candles.last_open_ms(ETH)
    assert written == 4
    assert last_ms == newest_ms


async def stored_equal_the_bars(stores: Stores, first: int) -> bool:
    """Whether what is stored of each of the last bars, from `first` on, is what the bars of today give."""
    bars = await stores.candles.newest(ETH, 5000)
    for at in range(first, 0):
        frame = compute(bars.part(max(0, len(bars) + at + 1 - 500), len(bars) + at + 1))
        stored = await stores.indicators.at(ETH, int(bars.open_ms[at]))
        if not stored or any(abs(stored[name] - frame[name][-1]) > 1e-6 for name in COLUMNS):
            return False
    return True


@pytest.mark.parametrize("other_process", [False, True], ids=["this process", "another process"])
async def test_a_bar_revised_long_after_its_time_changes_every_value_from_it_on(
    tmp_path: Path, other_process: bool
) -> None:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        desk = Desktop(stores, clock)
        close = crash(700)
        await desk.at(close)
        await desk.cycle.update_indicators(clock)
        if other_process:
            desk = Desktop(stores, clock)
        revised = close.copy()
        revised[-15] *= 1.01
        await stores.candles.save(candles(ETH, 30, until=clock.moment, close=revised[-30:]).part(10))

        await desk.cycle.update_indicators(clock)
        again = await desk.cycle.update_indicators(clock)

        assert await stored_equal_the_bars(stores, -19)
    assert again == 0


async def test_a_bar_that_fills_a_gap_late_changes_every_value_from_it_on(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        desk = Desktop(stores, clock)
        whole = candles(ETH, 700, until=clock.moment, close=crash(700))
        await stores.candles.save(whole.part(0, 690))
        await stores.candles.save(whole.part(691))
        await desk.cycle.update_indicators(clock)
        await stores.candles.save(whole.part(690, 691))

        await desk.cycle.update_indicators(clock)

        assert await stored_equal_the_bars(stores, -10)


@pytest.mark.parametrize("low_bar", [0.2])
async def test_a_trade_is_issued_once_followed_and_resolved(tmp_path: Path, low_bar: float) -> None:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        desk = Desktop(stores, clock, min_conviction=low_bar, min_margin=0.05)
        await desk.at(crash())
        _, first = await desk.cycle.run(clock)
        _, second = await desk.cycle.run(clock)
        (issued,) = first.issued
        marked = [m for m in await stores.marks.pending(100) if m.type == "signal"]

        side = issued.signal.direction
        clock.moment += timedelta(hours=3)
        await desk.at(crash(after=(-side * 0.02, -side * 0.05, -side * 0.05)))
        _, third = await desk.cycle.run(clock)
        steps = await stores.signals.transitions(issued.signal_id)
        _, fourth = await desk.cycle.run(clock)

    assert issued.plan is not None
    assert second.issued == ()
    assert [m.pk for m in marked] == [issued.signal_id]
    assert [step.state for step in steps] == [SignalState.ENTERED, SignalState.STOPPED]
    assert third.transitions == 2
    assert fourth.transitions == 0


async def test_the_judge_of_all_markets_says_what_the_desk_says_of_one(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        desk = Desktop(stores, HandClock())
        await desk.at(crash())

        (bulk,) = await desk.cycle.judged(desk.clock)
        single = await Desk(stores, desk.rules).judge(Market("ETH/USDT", Timeframe.H1), NOW)

    assert bulk.analysis.signal == single.analysis.signal
    assert bulk.analysis.plan == single.analysis.plan
    assert bulk.confidence == single.confidence


async def test_without_candles_nothing_is_issued_and_the_reason_is_told(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        desk = Desktop(stores, HandClock())

        bars, emitted = await desk.cycle.run(desk.clock)
        (judged,) = await desk.cycle.judged(desk.clock)

    assert (bars, emitted.issued) == (0, ())
    assert judged.analysis.signal.action is Action.NO_DATA


async def test_stale_candles_are_never_a_hold(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        desk = Desktop(stores, clock)
        await desk.at(crash())
        clock.moment += timedelta(days=3)

        (judged,) = await desk.cycle.judged(clock)

    assert judged.analysis.signal.action is Action.STALE
    assert judged.analysis.signal.last_good_at == NOW
