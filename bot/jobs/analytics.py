"""Hourly: cases seeded from backtests where they are missing or old, and a calibration fitted to all that is known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.jobs.watch import Watch
from rag.desk import Desk, DeskRules
from rag.record import cases_of
from signals.calibration_fit import Calibration, fit
from signals.clock import Clock, to_ms
from signals.model import Series, Timeframe
from signals.seeding import seeded_cases
from storage.stores import Stores

SEED_BARS = 20_000
SEED_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Analysed:
    """What one run did: series seeded, and the calibration of each timeframe that has cases enough."""

    seeded: int
    calibrations: tuple[Calibration, ...]


class RefreshCalibration:
    """Safe to run any number of times; it reads and writes only what is known at the clock's time."""

    def __init__(self, stores: Stores, rules: DeskRules, watch: Watch, *, shorts: bool) -> None:
        self._stores = stores
        self._rules = rules
        self._watch = watch
        self._desk = Desk(stores, rules)
        self._shorts = shorts
        self._seeded_at: dict[Series, datetime] = {}

    async def run(self, clock: Clock) -> Analysed:
        """Seed each watched series at most once a day, then fit each timeframe."""
        now = clock.now()
        seeded = 0
        for series in await self._due(now):
            seeded += await self._seed(series, now)
        fitted = [await self._fit(timeframe, now) for timeframe in self._watch.timeframes]
        return Analysed(seeded, tuple(one for one in fitted if one is not None))

    async def _due(self, now: datetime) -> Sequence[Series]:
        series = [await self._desk.series_of(market, now) for market in self._watch.markets]
        last = self._seeded_at
        return [one for one in series if one not in last or not timedelta(0) <= now - last[one] < SEED_AGAIN]

    async def _seed(self, series: Series, now: datetime) -> bool:
        candles = await self._stores.candles.newest(series, SEED_BARS, until_ms=to_ms(now))
        if len(candles) <= self._rules.signal_rules.warm_up_bars:
            return False
        ballot = await self._desk.ballot(series.timeframe, now)
        if ballot.fault:
            return False
        plan = await self._stores.parameters.active(series.symbol, series.timeframe, now) or self._rules.plan_rules
        cases = await asyncio.to_thread(seeded_cases, candles, ballot.rules, plan, shorts=self._shorts)
        await self._stores.seeds.replace(series, cases)
        self._seeded_at[series] = now
        return True

    async def _fit(self, timeframe: Timeframe, now: datetime) -> Calibration | None:
        cases = await cases_of(self._stores, timeframe, now)
        calibration = await asyncio.to_thread(fit, cases, timeframe, now)
        if calibration is None:
            return None
        former = await self._stores.calibrations.newest(timeframe, now)
        if former is not None and replace(former, fitted_at=now) == calibration:
            return former
        await self._stores.calibrations.save(calibration)
        return calibration
