"""The market's judgement from what is stored: the newest candles, the active parameters, the record so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from signals.analysis import Analysis, Moment, analyse
from signals.calibration import Case, confidence_of
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.model import (
    Backtest,
    Confidence,
    Issued,
    Market,
    MarketRules,
    PlanRules,
    Series,
    Strength,
    Timeframe,
)
from signals.universe import default_rules, listed_symbol
from storage.stores import Stores

BARS = 500
MOST_BACKTESTS = 2000
STOP_TIGHTENING = 0.75


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Which exchanges are preferred, in order, and the rules of decision and plan that apply without a stored row."""

    exchanges: tuple[str, ...]
    signal_rules: SignalRules
    plan_rules: PlanRules


@dataclass(frozen=True, slots=True)
class Record:
    """What was known of past signals of one timeframe at a moment."""

    cases: tuple[Case, ...] = ()
    backtests: tuple[Backtest, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """An analysis with what is needed to size and explain it."""

    analysis: Analysis
    market_rules: MarketRules
    confidence: Confidence
    sync_note: str = ""


class Desk:
    """Reads the stores and judges; it writes nothing and asks no exchange."""

    def __init__(self, stores: Stores, rules: DeskRules) -> None:
        self._stores = stores
        self._rules = rules

    async def judge(self, market: Market, now: datetime, *, tighter_stop: bool = False) -> Judgement:
        """The newest closed bar of a market, judged at `now`; bad or missing data is part of the judgement."""
        series = await self.series_of(market, now)
        candles = await self._stores.candles.newest(series, BARS, until_ms=to_ms(now))
        market_rules = await self._market_rules(series)
        plan_rules = (
            await self._stores.parameters.active(series.symbol, series.timeframe, now) or self._rules.plan_rules
        )
        if tighter_stop:
            plan_rules = replace(plan_rules, sl_atr=plan_rules.sl_atr * STOP_TIGHTENING)
        moment = Moment(now, self._rules.signal_rules, plan_rules, market_rules.tick)
        analysis = analyse(candles, moment)
        return Judgement(analysis, market_rules, await self._confidence(analysis, now), await self._sync_note(series))

    async def series_of(self, market: Market, now: datetime) -> Series:
        """The stored series of a market: the exchange with the newest bar, the preferred one when they are equal.

        POL/USDT is read under the name it had at `now`. Without any stored series it is the preferred exchange's.
        """
        symbol = listed_symbol(market.symbol, now)
        stored = [
            s
            for s in await self._stores.candles.series()
            if (s.symbol, s.timeframe) == (symbol, market.timeframe) and s.exchange in self._rules.exchanges
        ]
        if not stored:
            return Series(self._rules.exchanges[0], symbol, market.timeframe)
        if len(stored) == 1:
            return stored[0]
        newest = {s: await self._stores.candles.last_open_ms(s) or 0 for s in stored}
        return max(stored, key=lambda s: (newest[s], -self._rules.exchanges.index(s.exchange)))

    async def _market_rules(self, series: Series) -> MarketRules:
        stored = await self._stores.market_rules.get(series.exchange, series.symbol)
        return stored or default_rules(series.symbol)

    async def _confidence(self, analysis: Analysis, now: datetime) -> Confidence:
        signal = analysis.signal
        if signal.direction == 0:
            return Confidence(None, 0, False, "")
        record = await record_of(self._stores, signal.series.timeframe, now)
        return confidence_of(signal, record.cases, record.backtests)

    async def _sync_note(self, series: Series) -> str:
        """What the last sync said about the series when it went wrong, for a judgement that lacks data."""
        state = await self._stores.series.get(series)
        return state.note if state is not None and state.status != "ok" else ""


async def record_of(stores: Stores, timeframe: Timeframe, now: datetime) -> Record:
    """The signals of a timeframe that were resolved by `now`, and the newest backtest of each series."""
    resolved = await stores.signals.resolved(now, timeframe)
    reached = await stores.signals.reached_first_target(now)
    backtests = await stores.backtests.newest(None, timeframe, now, MOST_BACKTESTS)
    cases = tuple(_case(issued, issued.signal_id in reached) for issued, _ in resolved)
    return Record(cases, tuple(_latest_per_series(backtests)))


def _case(issued: Issued, reached: bool) -> Case:
    signal = issued.signal
    return Case(
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe,
        direction=signal.direction,
        strength=signal.strength or Strength.WEAK,
        reached=reached,
    )


def _latest_per_series(newest_first: Sequence[Backtest]) -> list[Backtest]:
    latest: dict[tuple[str, str], Backtest] = {}
    for backtest in newest_first:
        latest.setdefault((backtest.exchange, backtest.symbol), backtest)
    return list(latest.values())
