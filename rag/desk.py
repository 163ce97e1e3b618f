"""Markets judged from what is stored: one of them for a question, all of them for the timetable, by the same code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rag.learned_votes import Ballot, LearnedVotes
from rag.lessons import Lesson, lessons_of
from rag.news_tones import tones_of
from rag.record import Record, record_of
from signals.analysis import Analysis, Moment, analyse
from signals.calibration import confidence_of
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.model import Candles, Confidence, Market, MarketRules, PlanRules, Series, Timeframe
from signals.news.tone import SILENCE, Tone
from signals.universe import default_rules, listed_symbol
from storage.stores import Stores
from storage.values import SeriesState

BARS = 500
AT_ONCE = 50  # markets analysed in one stretch of a thread
STOP_TIGHTENING = 0.75
NO_CONFIDENCE = Confidence(None, 0, False, "")


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Which exchanges are preferred, in order, and the rules of decision and plan that apply without a stored row.

    `model_dir` is where learned models lie; None leaves the learned voter out.
    """

    exchanges: tuple[str, ...]
    signal_rules: SignalRules
    plan_rules: PlanRules
    model_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One market at `now`: the candles that were read, what they say, and what is needed to size and explain it.

    `sync_note` is what the last sync said about the series when something was wrong; `lessons` are what earlier signals
    of the setup came to, where they were asked for; `tone` is what the news of the last 24 hours says.
    """

    market: Market
    now: datetime
    candles: Candles
    analysis: Analysis
    market_rules: MarketRules
    confidence: Confidence = NO_CONFIDENCE
    sync_note: str = ""
    lessons: tuple[Lesson, ...] = ()
    tone: Tone = SILENCE


States = Mapping[Series, SeriesState]


class Desk:
    """Reads the stores and judges; it writes nothing and asks no exchange."""

    def __init__(self, stores: Stores, rules: DeskRules) -> None:
        self._stores = stores
        self._rules = rules
        self.learned = LearnedVotes(stores, rules.model_dir)

    async def judge(self, market: Market, now: datetime, *, tighter_stop: bool = False) -> Judgement:
        """The newest closed bar of a market, judged at `now`; bad or missing data is part of the judgement."""
        return (await self.judge_all((market,), now, tighter_stop=tighter_stop))[0]

    async def taught(self, market: Market, now: datetime, *, tighter_stop: bool = False) -> Judgement:
        """As `judge`, with the lessons of earlier signals of the same setup."""
        judged = await self.judge(market, now, tighter_stop=tighter_stop)
        return replace(judged, lessons=await lessons_of(self._stores, judged.analysis.signal, now))

    async def judge_all(
        self, markets: Sequence[Market], now: datetime, *, tighter_stop: bool = False
    ) -> tuple[Judgement, ...]:
        """Every market, in order, with a handful of reads for all of them together."""
        states = await self._states(now)
        chosen = [self._choose(market, now, states) for market in markets]
        series = tuple(dict.fromkeys(chosen))
        candles = dict(zip(series, await self._read(series, now), strict=True))
        terms = await self._terms(series, now, states, tighter_stop=tighter_stop)
        judged: list[Judgement] = []
        for start in range(0, len(chosen), AT_ONCE):
            part = [
                (m, candles[s], *terms[s]) for m, s in list(zip(markets, chosen, strict=True))[start : start + AT_ONCE]
            ]
            judged += await asyncio.to_thread(_analysed, part)
        return await self._with_confidence(judged, now)

    async def series_of(self, market: Market, now: datetime) -> Series:
        """The stored series of a market: the exchange with the newest bar, the preferred one when they are equal.

        POL/USDT is read under the name it had at `now`. Without any stored series it is the preferred exchange's.
        """
        return self._choose(market, now, await self._states(now))

    async def ballot(self, timeframe: Timeframe, now: datetime) -> Ballot:
        """Who votes on a timeframe at `now`."""
        return (await self.learned.ballots((timeframe,), self._rules.signal_rules, now))[timeframe]

    async def _states(self, now: datetime) -> dict[Series, SeriesState]:
        states = await self._stores.series.all()
        return {Series(s.exchange, s.symbol, Timeframe(s.timeframe)): _as_known(s, now) for s in states}

    def _choose(self, market: Market, now: datetime, states: States) -> Series:
        symbol = listed_symbol(market.symbol, now)
        wanted = [Series(exchange, symbol, market.timeframe) for exchange in self._rules.exchanges]
        stored = [(at, -i) for i, s in enumerate(wanted) if s in states and (at := states[s].newest_at) is not None]
        return wanted[-max(stored)[1]] if stored else wanted[0]

    async def _read(self, series: Sequence[Series], now: datetime) -> tuple[Candles, ...]:
        return await self._stores.candles.newest_many(series, BARS, until_ms=to_ms(now))

    async def _terms(
        self, series: Sequence[Series], now: datetime, states: States, *, tighter_stop: bool
    ) -> dict[Series, tuple[Moment, MarketRules, str]]:
        """By which rules each series is judged, and what its last sync said."""
        known = await self._stores.market_rules.all()
        plans = await self._stores.parameters.in_force(now)
        ballots = await self.learned.ballots((one.timeframe for one in series), self._rules.signal_rules, now)
        tones = await tones_of(self._stores, (one.symbol for one in series), now)
        terms = {}
        for one in series:
            market_rules = known.get((one.exchange, one.symbol)) or default_rules(one.symbol)
            plan = plans.get(one.market, self._rules.plan_rules)
            if tighter_stop:
                plan = replace(plan, sl_atr=plan.sl_atr * STOP_TIGHTENING)
            state = states.get(one)
            note = state.note if state is not None and state.status != "ok" else ""
            ballot = ballots[one.timeframe]
            held_back = note if state is not None and state.status == "quarantined" else ballot.fault
            tone = tones.get(one.symbol, SILENCE)
            terms[one] = (Moment(now, ballot.rules, plan, market_rules.tick, held_back, tone), market_rules, note)
        return terms

    async def _with_confidence(self, judged: Sequence[Judgement], now: datetime) -> tuple[Judgement, ...]:
        wanted = {j.market.timeframe for j in judged if j.analysis.signal.direction}
        records = {timeframe: await record_of(self._stores, timeframe, now) for timeframe in wanted}
        return tuple(_confident(j, records) for j in judged)


def _as_known(state: SeriesState, now: datetime) -> SeriesState:
    """The state as far as `now` could know it: later bars count up to `now`, a later verdict not at all."""
    newest = None if state.newest_at is None else min(state.newest_at, now)
    known = replace(state, newest_at=newest)
    return known if state.checked_at <= now else replace(known, status="ok", note="", checked_at=now)


def _analysed(part: Sequence[tuple[Market, Candles, Moment, MarketRules, str]]) -> list[Judgement]:
    return [
        Judgement(market, moment.now, candles, analyse(candles, moment), market_rules, sync_note=note, tone=moment.tone)
        for market, candles, moment, market_rules, note in part
    ]


def _confident(judged: Judgement, records: Mapping[Timeframe, Record]) -> Judgement:
    signal = judged.analysis.signal
    if not signal.direction:
        return judged
    record = records[judged.market.timeframe]
    return replace(judged, confidence=confidence_of(signal, record.cases, record.backtests, record.calibration))
