"""Half an hour without a good answer, by random plans in virtual time: the real schedule, job, source and embargo.

`DESKMATE_OUTAGES=1000` runs a thousand plans; the figure of the suite is smaller.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.jobs.sync import SyncCandles, SyncRules
from bot.jobs.watch import Watch
from bot.schedule import Pace, Schedule
from bot.service import Jobs
from bot.timetable import Row
from signals.clock import from_ms, to_ms
from signals.market.exchange import Embargo, ExchangeSource
from signals.model import Candles, MarketRules, Series, Timeframe
from signals.universe import DEFAULT_SYMBOLS
from storage.candles import Saved
from storage.values import SeriesState
from tests.bot.job_runs import FakeJobRuns
from tests.bot.jobs.host_in_miniature import Host, Kept, bar, plan_of
from tests.bot.test_clock_steps import follow
from tests.bot.virtual_time import WallClock, run_virtually

PLANS = int(os.environ.get("DESKMATE_OUTAGES", "6"))
BEGAN = datetime(2026, 11, 8, 11, 52, 30, tzinfo=UTC)  # two hours of it cross a bar of every timeframe
TIMEFRAMES = (Timeframe.M15, Timeframe.H1, Timeframe.H4)
SYMBOLS = tuple(DEFAULT_SYMBOLS)
OUTAGE_S, BEFORE_S, LATEST_S = 1800.0, 400.0, 60.0
HISTORY = 60


class FakeCandles:
    """Bars in memory; counts the bars that were written twice with other values."""

    def __init__(self) -> None:
        self.bars: dict[Series, dict[int, tuple[float, ...]]] = {}
        self.revised = 0

    async def last_open_ms(self, series: Series) -> int | None:
        return max(self.bars.get(series, {}), default=None)

    async def newest(self, series: Series, count: int, until_ms: int | None = None) -> Candles:
        stored = self.bars.get(series, {})
        times = sorted(stored)[-count:]
        columns = zip(*(stored[t] for t in times), strict=True) if times else [()] * 5
        return Candles(series, np.array(times, dtype=np.int64), *(np.array(c, dtype=np.float64) for c in columns))

    async def save(self, bars: Candles) -> Saved:
        stored, new = self.bars.setdefault(bars.series, {}), 0
        rows = zip(bars.open_ms.tolist(), bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
        for open_ms, *values in rows:
            former = stored.get(open_ms)
            new += former is None
            self.revised += former is not None and former != tuple(values)
            stored[open_ms] = tuple(values)
        return Saved(new)


class FakeStates:
    """The newest state of each series."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], SeriesState] = {}

    async def save(self, state: SeriesState) -> None:
        self.states[state.symbol, state.timeframe] = state


class FakeRules:
    """The usual rules for every market."""

    async def get(self, _exchange: str, _symbol: str) -> MarketRules | None:
        return object()  # type: ignore[return-value]


@dataclass
class Fire:
    """A market under fire: everything but the database and the wire is real."""

    wall: WallClock
    host: Host
    candles: FakeCandles = field(default_factory=FakeCandles)
    states: FakeStates = field(default_factory=FakeStates)
    runs: FakeJobRuns = field(default_factory=FakeJobRuns)

    def __post_init__(self) -> None:
        self.kept = Kept(self.wall)

    def process(self) -> Schedule:
        """What `run` makes anew at each start."""
        embargo = Embargo("binance", self.wall.monotonic, self.kept)
        source = ExchangeSource("binance", clock=self.wall, connect=self.host.client, embargo=embargo)
        stores = SimpleNamespace(candles=self.candles, series=self.states, market_rules=FakeRules())
        watch = Watch(SYMBOLS, TIMEFRAMES, ("binance",))
        job: Any = SyncCandles(stores, [source], watch, SyncRules(history_bars=HISTORY))  # type: ignore[arg-type]
        parts: Any = SimpleNamespace(universe=SimpleNamespace(load=_nothing), sync_candles=job, clock=self.wall)
        jobs = Jobs(parts)
        row = Row("sync", 300, 5, 300, jobs.sync, retry_s=20, again=jobs.sync_rest)
        return Schedule([row], self.runs, self.wall, Pace(), self.wall.monotonic)


async def _nothing() -> None:
    """No change of the universe."""


def fire(seed: int, monkeypatch: pytest.MonkeyPatch) -> Fire:
    rng = random.Random(seed)
    wall = WallClock(BEGAN)
    follow(wall, monkeypatch)
    return Fire(wall, Host(wall, SYMBOLS, plan_of(rng, BEFORE_S, OUTAGE_S), rng))


async def outage(there: Fire, rng: random.Random) -> tuple[float, Sequence[str]]:
    """Live through it, with a restart in every third; the time of the check, and what is wrong then."""
    own = there.process()
    own.start()
    if rng.random() < 0.34:
        await asyncio.sleep(BEFORE_S + rng.uniform(5, OUTAGE_S))
        await own.stop()
        own = there.process()
        own.start()
    while True:
        left_s = there.host.calm_after_s + LATEST_S - there.wall.monotonic()
        if left_s <= 0:
            break
        await asyncio.sleep(left_s)
    calm_s = there.host.calm_after_s
    wrong = list(faults_of(there, calm_s))
    await own.stop()
    return calm_s, wrong


def faults_of(there: Fire, calm_s: float) -> Sequence[str]:
    """Series that do not reach the last bar closed when the host was back, or have a hole, and requests too soon."""
    back_ms = to_ms(BEGAN) + round(calm_s * 1000)
    found = [f"{url} {there.host.banned_until_s - at_s:.1f} s too soon" for at_s, url in there.host.too_soon]
    found += ["a bar was written twice with other values"] * there.candles.revised
    for symbol in SYMBOLS:
        for timeframe in TIMEFRAMES:
            stored = there.candles.bars.get(Series("binance", symbol, timeframe), {})
            times = sorted(stored)
            wanted = back_ms // timeframe.ms * timeframe.ms - timeframe.ms
            if not times or times[-1] < wanted:
                last = from_ms(times[-1]) if times else None
                found.append(f"{symbol} {timeframe}: newest {last}, wanted {from_ms(wanted)}")
            elif times != list(range(times[0], times[-1] + 1, timeframe.ms)):
                found.append(f"{symbol} {timeframe}: a hole")
            elif any(list(stored[t]) != bar(symbol, timeframe, t)[1:] for t in times[-20:]):
                found.append(f"{symbol} {timeframe}: wrong values")
    return found


@pytest.mark.parametrize("seed", range(PLANS))
@pytest.mark.may_block(reason="hours pass in one callback")
def test_after_half_an_hour_of_refusals_everything_is_there_within_a_minute(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = fire(seed, monkeypatch)
    wrong: list[str] = []

    async def main() -> None:
        wrong.extend((await outage(there, random.Random(seed)))[1])

    run_virtually(main)

    assert not wrong, wrong[:5]
    during = [url for at_s, url in there.host.requests if BEFORE_S < at_s < BEFORE_S + OUTAGE_S]
    assert during


@pytest.mark.may_block(reason="hours pass in one callback")
def test_the_plans_can_find_a_source_that_forgets_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    there = fire(1, monkeypatch)
    monkeypatch.setattr("signals.market.exchange.embargo.Embargo.pause", lambda *_: None)
    wrong: list[str] = []

    async def main() -> None:
        there.host.plan[0] = type(there.host.plan[0])(BEFORE_S, BEFORE_S + OUTAGE_S, "429", 600)
        wrong.extend((await outage(there, random.Random(1)))[1])

    run_virtually(main)

    assert any("too soon" in one for one in wrong)


@pytest.mark.may_block(reason="hours pass in one callback")
def test_a_delisted_symbol_is_unavailable_and_the_other_ten_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    there = fire(2, monkeypatch)
    there.host.plan, there.host.gone = [], {"SOL/USDT"}

    async def main() -> None:
        await there.process().catch_up()

    run_virtually(main)

    states = {symbol: state.status for (symbol, _), state in there.states.states.items()}
    assert states.pop("SOL/USDT") == "unavailable"
    assert set(states.values()) == {"ok"}
    assert len(states) == 10
    assert [run.state for run in there.runs.rows.values()] == ["done"]


@pytest.mark.may_block(reason="hours pass in one callback")
def test_a_clock_that_is_off_by_more_than_a_minute_stores_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    there = fire(3, monkeypatch)
    there.host.plan, there.host.skew_s = [], 75.0

    async def main() -> None:
        await there.process().catch_up()

    run_virtually(main)

    assert there.candles.bars == {}
    assert {state.status for state in there.states.states.values()} == {"error"}
    assert all("this machine's clock is 75 s behind" in state.note for state in there.states.states.values())
