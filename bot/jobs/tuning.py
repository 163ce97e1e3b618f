"""The weekly search for better plans: walk-forward, remembered, and active only where it won out of sample."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.jobs.sync import Progress, silent
from rag.desk import Desk, DeskRules
from signals.clock import Clock, to_ms
from signals.errors import DataError
from signals.model import Candles, Market, PlanRules
from signals.tuning import Bench, Tuning, TuningRules, tune
from signals.tuning.result import tuning_id
from signals.tuning.walk import Request
from signals.universe import bucket_of, names_of
from storage.stores import Stores

log = logging.getLogger(__name__)
BARS = 20_000
SIMILAR = 6


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a run found, in order: tunings (`resumed` of them from before), and the markets that had too few bars."""

    tunings: tuple[Tuning, ...] = ()
    resumed: int = 0
    refused: tuple[str, ...] = ()
    activated: tuple[str, ...] = field(default=())


class TuneMarkets:
    """Tunes market by market. One that was finished on the same last bar is not searched again."""

    def __init__(self, stores: Stores, rules: DeskRules, *, shorts: bool) -> None:
        self._stores = stores
        self._rules = rules
        self._desk = Desk(stores, rules)
        self._shorts = shorts

    async def run(
        self, markets: Sequence[Market], clock: Clock, rules: TuningRules, progress: Progress = silent
    ) -> Tuned:
        """Every market in order; each is stored as it is finished, so a run that was stopped goes on where it was."""
        found = Tuned()
        for done, market in enumerate(markets, start=1):
            progress(done - 1, len(markets), str(market))
            try:
                found = await self._one(market, clock.now(), rules, found)
            except DataError as e:
                log.info("no tuning: %s", e)
                found = replace(found, refused=(*found.refused, str(e)))
            progress(done, len(markets), str(market))
        return found

    async def _one(self, market: Market, now: datetime, rules: TuningRules, found: Tuned) -> Tuned:
        series = await self._desk.series_of(market, now)
        candles = await self._stores.candles.newest(series, BARS, until_ms=to_ms(now))
        if not len(candles):
            raise DataError(f"{series} has no stored bars; `deskmate sync` fetches them")
        former = await self._stores.tunings.get(tuning_id(series, candles.closed_at(), rules))
        if former is not None:
            return replace(found, tunings=(*found.tunings, former), resumed=found.resumed + 1)
        tuning = await self._searched(candles, now, rules)
        await self._stores.tunings.save(tuning)
        found = replace(found, tunings=(*found.tunings, tuning))
        if not tuning.won:
            return found
        await self._activate(tuning, now)
        return replace(found, activated=(*found.activated, tuning.tuning_id))

    async def _searched(self, candles: Candles, now: datetime, rules: TuningRules) -> Tuning:
        series = candles.series
        active = await self._stores.parameters.active(series.symbol, series.timeframe, now) or self._rules.plan_rules
        ballot = await self._desk.ballot(series.timeframe, now)
        if ballot.fault:
            raise DataError(f"{series} is not tuned: {ballot.fault}")
        request = Request(active, await self._first_trials(Market(series.symbol, series.timeframe), now), rules)

        def work() -> Tuning:
            return tune(Bench.of(candles, ballot.rules, shorts=self._shorts), request, now)

        return await asyncio.to_thread(work)

    async def _first_trials(self, market: Market, now: datetime) -> list[tuple[str, PlanRules]]:
        """The best past parameters of the symbol itself, then of its bucket, then of the others, best first."""
        past = await self._stores.tunings.newest(None, market.timeframe, now)
        own, bucket = names_of(market.symbol), bucket_of(market.symbol)

        def nearness(one: Tuning) -> tuple[int, float]:
            kin = 0 if one.symbol in own else 1 if bucket_of(one.symbol) == bucket else 2
            return kin, -one.out_of_sample.mean_r

        useful = [one for one in past if one.out_of_sample.mean_r > 0 or one.symbol in own]
        return [(one.tuning_id, one.new) for one in sorted(useful, key=nearness)[:SIMILAR]]

    async def _activate(self, tuning: Tuning, now: datetime) -> None:
        old, new = _told(tuning.old), _told(tuning.new)
        reason = f"Tuned: {tuning.reason}. Before: {old}; now: {new}"
        await self._stores.parameters.activate(tuning.symbol, tuning.timeframe, tuning.new, now, reason)


def _told(rules: PlanRules) -> str:
    return f"stop {rules.sl_atr:g} ATR, target {rules.tp_atr:g} ATR, horizon {rules.horizon_bars} bars"
