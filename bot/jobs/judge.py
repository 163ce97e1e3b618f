"""Every watched market judged at one moment, with a handful of reads for all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.jobs.watch import Watch, choose
from rag.desk import BARS, DeskRules, Record, record_of
from signals.analysis import Analysis, Moment, analyse
from signals.calibration import confidence_of
from signals.clock import to_ms
from signals.model import Candles, Confidence, Market, MarketRules, PlanRules, Series, Timeframe
from signals.universe import default_rules
from storage.stores import Stores

CHUNK = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """One market at `now`: the candles that were read and what they say."""

    market: Market
    now: datetime
    candles: Candles
    analysis: Analysis
    market_rules: MarketRules
    confidence: Confidence


class Judge:
    """Judges all watched markets by the same code as a single question does."""

    def __init__(self, stores: Stores, watch: Watch, rules: DeskRules) -> None:
        self._stores = stores
        self._watch = watch
        self._rules = rules

    async def all(self, now: datetime, markets: Sequence[Market] | None = None) -> tuple[Judged, ...]:
        """The markets given, or all watched, in order; missing or bad data is part of a judgement."""
        wanted = self._watch.markets if markets is None else tuple(markets)
        stored = await self._stored()
        chosen = [choose(market, now, stored, self._watch.exchanges) for market in wanted]
        series = tuple(dict.fromkeys(chosen))
        candles = await self._stores.candles.newest_many(series, BARS, until_ms=to_ms(now))
        read = dict(zip(series, candles, strict=True))
        records = {tf: await record_of(self._stores, tf, now) for tf in dict.fromkeys(m.timeframe for m in wanted)}
        moments = {one: await self._moment(one, now) for one in series}
        judged: list[Judged] = []
        for start in range(0, len(wanted), CHUNK):
            part = list(zip(wanted[start : start + CHUNK], chosen[start : start + CHUNK], strict=True))
            judged += await asyncio.to_thread(_judge_part, part, read, moments, records)
        return tuple(judged)

    async def _stored(self) -> dict[Series, int]:
        """Open time (ms) of the newest bar of every series that a sync has stored."""
        states = await self._stores.series.all()
        known = [(Series(s.exchange, s.symbol, Timeframe(s.timeframe)), s.newest_at) for s in states]
        return {series: to_ms(newest_at) - series.timeframe.ms for series, newest_at in known if newest_at}

    async def _moment(self, series: Series, now: datetime) -> tuple[Moment, MarketRules]:
        rules = await self._stores.market_rules.get(series.exchange, series.symbol) or default_rules(series.symbol)
        plan: PlanRules | None = await self._stores.parameters.active(series.symbol, series.timeframe, now)
        return Moment(now, self._rules.signal_rules, plan or self._rules.plan_rules, rules.tick), rules


def _judge_part(
    part: Sequence[tuple[Market, Series]],
    read: dict[Series, Candles],
    moments: dict[Series, tuple[Moment, MarketRules]],
    records: dict[Timeframe, Record],
) -> list[Judged]:
    out = []
    for market, series in part:
        moment, rules = moments[series]
        analysis = analyse(read[series], moment)
        record = records[market.timeframe]
        signal = analysis.signal
        known = signal.direction != 0
        confidence = confidence_of(signal, record.cases, record.backtests) if known else Confidence(None, 0, False, "")
        out.append(Judged(market, moment.now, read[series], analysis, rules, confidence))
    return out
