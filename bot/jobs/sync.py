"""Candles of every watched series: caught up from the last stored bar, gaps asked again, states remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from bot.jobs.watch import Watch, listed
from bot.wording import when
from signals.clock import Clock, from_ms
from signals.errors import DataError, TemporaryError, UnavailableError
from signals.market.source import CandleSource
from signals.market.sync import fetch_checked
from signals.model import Candles, Market, Series, Timeframe
from storage.stores import Stores
from storage.values import SeriesState

log = logging.getLogger(__name__)
PAGE = 1000
OVERLAP_BARS = 3
GAP_LOOK_BACK = 500
WARM_UP_BARS = 250  # an older hole keeps no signal from being made
Progress = Callable[[int, int, str], None]


def silent(_done: int, _total: int, _what: str = "") -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class SyncRules:
    """How many bars a new series begins with, and how many series are fetched at once."""

    history_bars: int = 1500
    concurrency: int = 4


@dataclass(frozen=True, slots=True)
class Got:
    """What answers brought: new or revised bars, why the newest bar is held back, the newest open time (ms)."""

    bars: int
    held_back: str = ""
    newest_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """How one series went: its state, how many bars were new or revised, and whether a failure may pass by itself."""

    state: SeriesState
    new_bars: int = 0
    passing: bool = False

    @property
    def market(self) -> Market:
        """What was asked for, under the name it trades by."""
        return Market(self.state.symbol, Timeframe(self.state.timeframe))


class SyncCandles:
    """Fetches what is missing of every watched series; safe to run any number of times."""

    def __init__(self, stores: Stores, sources: Sequence[CandleSource], watch: Watch, rules: SyncRules) -> None:
        self._stores = stores
        self._sources = tuple(sources)
        self._watch = watch
        self._rules = rules

    async def run(
        self, clock: Clock, progress: Progress = silent, *, markets: Sequence[Market] | None = None
    ) -> tuple[SeriesReport, ...]:
        """One report per market (all that are watched by default), in order; one that fails does not stop the rest."""
        markets = self._watch.markets if markets is None else markets
        turn = asyncio.Semaphore(self._rules.concurrency)
        done = 0

        async def one(market: Market) -> SeriesReport:
            nonlocal done
            async with turn:
                report = await self._market(listed(market, clock.now()), clock)
            await self._stores.series.save(report.state)
            done += 1
            progress(done, len(markets), str(market))
            return report

        return tuple(await asyncio.gather(*(one(market) for market in markets)))

    async def _market(self, market: Market, clock: Clock) -> SeriesReport:
        """The first source that has the market; the next one only when it has not, or while nothing is stored."""
        refused: list[SeriesReport] = []
        for source in self._sources:
            series = Series(source.exchange, market.symbol, market.timeframe)
            last_ms = await self._stores.candles.last_open_ms(series)
            now = clock.now()
            try:
                return await self._series(source, series, last_ms, now)
            except UnavailableError as e:
                refused.append(_failed(series, "unavailable", str(e), now, last_ms))
            except DataError as e:
                return _failed(series, "error", str(e), now, last_ms)
            except TemporaryError as e:
                refused.append(replace(_failed(series, "error", str(e), now, last_ms), passing=True))
                if last_ms is not None:
                    return refused[-1]
        return _first_of(refused)

    async def _series(self, source: CandleSource, series: Series, last_ms: int | None, now: datetime) -> SeriesReport:
        got = await self._caught_up(source, series, last_ms)
        recent = await self._stores.candles.newest(series, GAP_LOOK_BACK)
        hole = _newest_hole(recent)
        if hole is not None:
            refilled = await self._refilled(source, series, hole)
            got = Got(got.bars + refilled, got.held_back)
            recent = await self._stores.candles.newest(series, GAP_LOOK_BACK)
            hole = _newest_hole(recent)
        await self._keep_rules(source, series)
        status, note = _verdict(series, recent, hole, got.held_back)
        newest = recent.closed_at() if len(recent) else None
        return SeriesReport(_state(series, status, note, now, newest), got.bars)

    async def _caught_up(self, source: CandleSource, series: Series, last_ms: int | None) -> Got:
        if last_ms is None:
            return await self._take(source, series, None, self._rules.history_bars)
        bars, since_ms = 0, last_ms - OVERLAP_BARS * series.timeframe.ms
        while True:
            got = await self._take(source, series, since_ms, PAGE)
            bars += got.bars
            if got.newest_ms is None or got.newest_ms < since_ms + (PAGE - 1) * series.timeframe.ms:
                return Got(bars, got.held_back)
            since_ms = got.newest_ms + series.timeframe.ms

    async def _refilled(self, source: CandleSource, series: Series, hole: tuple[int, int]) -> int:
        before_ms, missing = hole
        return (await self._take(source, series, before_ms, min(missing + 2, PAGE))).bars

    async def _take(self, source: CandleSource, series: Series, since_ms: int | None, limit: int) -> Got:
        """One answer of the source, stored."""
        checked = await fetch_checked(source, series.market, since_ms=since_ms, limit=limit)
        held = checked.held_back.text if checked.held_back else ""
        bars = checked.candles
        if not len(bars):
            return Got(0, held)
        saved = await self._stores.candles.save(bars)
        return Got(saved.changed, held, int(bars.open_ms[-1]))

    async def _keep_rules(self, source: CandleSource, series: Series) -> None:
        """The symbol's tick, lot and minimum, asked once; without them the usual ones serve."""
        if await self._stores.market_rules.get(series.exchange, series.symbol) is None:
            await self._stores.market_rules.save(series.exchange, series.symbol, await source.rules(series.symbol))


def _first_of(refused: Sequence[SeriesReport]) -> SeriesReport:
    """The first choice's report with what every source of the chain said."""
    if not refused:
        raise DataError("no candle source is configured; set MARKET_SOURCE")
    first = refused[0].state
    status = "error" if any(r.state.status == "error" for r in refused) else "unavailable"
    note = "; ".join(dict.fromkeys(r.state.note.rstrip(".") for r in refused))
    return SeriesReport(replace(first, status=status, note=note), passing=any(r.passing for r in refused))


def _verdict(series: Series, recent: Candles, hole: tuple[int, int] | None, held_back: str) -> tuple[str, str]:
    """The state of the series and the words for it."""
    if not len(recent):
        return "unavailable", f"{series.exchange} has no closed bars of {series.symbol} {series.timeframe} at this time"
    if held_back:
        return "quarantined", held_back
    if hole is None:
        return "ok", ""
    since, step = from_ms(hole[0] + series.timeframe.ms), series.timeframe.ms
    note = f"{hole[1]} bar(s) missing after {when(since)}, also when asked again"
    bars_since = (int(recent.open_ms[-1]) - hole[0]) // step - hole[1]
    return ("gap", note) if bars_since < WARM_UP_BARS else ("ok", "")


def _newest_hole(candles: Candles) -> tuple[int, int] | None:
    """Open time (ms) of the bar before the newest gap, and the number of bars missing after it."""
    step = candles.series.timeframe.ms
    breaks = np.flatnonzero(np.diff(candles.open_ms) != step)
    if not breaks.size:
        return None
    before, after = int(candles.open_ms[breaks[-1]]), int(candles.open_ms[breaks[-1] + 1])
    return before, (after - before) // step - 1


def _failed(series: Series, status: str, note: str, now: datetime, last_ms: int | None) -> SeriesReport:
    newest = None if last_ms is None else from_ms(last_ms + series.timeframe.ms)
    return SeriesReport(_state(series, status, note, now, newest))


def _state(series: Series, status: str, note: str, now: datetime, newest: datetime | None) -> SeriesState:
    return SeriesState(series.exchange, series.symbol, series.timeframe.value, status, note, now, newest)
