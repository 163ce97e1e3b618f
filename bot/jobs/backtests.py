"""The daily backtest of the ensemble on every watched series, kept as evidence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.jobs.sync import Progress, silent
from rag.desk import Desk, DeskRules
from signals.backtest.run import ENSEMBLE, Rules, Tested, backtest
from signals.clock import Clock, to_ms
from signals.errors import DataError
from signals.model import Backtest, Market
from signals.universe import names_of
from storage.stores import Stores

log = logging.getLogger(__name__)
BARS = 5000
DAY = timedelta(days=1)


class BacktestMarkets:
    """Tests the rules in force over the stored candles; a market with too few bars does not stop the rest."""

    def __init__(self, stores: Stores, rules: DeskRules, *, shorts: bool) -> None:
        self._stores = stores
        self._rules = rules
        self._desk = Desk(stores, rules)
        self._shorts = shorts

    async def one(self, market: Market, clock: Clock, bars: int = BARS) -> Backtest:
        """Test one market over its newest bars and store the result; DataError when they are too few."""
        return (await self.tested(market, clock, bars)).result

    async def tested(self, market: Market, clock: Clock, bars: int = BARS, strategy: str = ENSEMBLE) -> Tested:
        """The same with its trades and equity. Only the ensemble is stored: no other strategy is evidence for it."""
        now = clock.now()
        series = await self._desk.series_of(market, now)
        candles = await self._stores.candles.newest(series, bars, until_ms=to_ms(now))
        plan = await self._stores.parameters.active(series.symbol, series.timeframe, now) or self._rules.plan_rules
        ballot = await self._desk.ballot(series.timeframe, now)
        if ballot.fault:
            raise DataError(f"no backtest: {ballot.fault}")
        rules = Rules(ballot.rules, plan, self._shorts, strategy)
        found = await asyncio.to_thread(backtest, candles, rules, now)
        if strategy == ENSEMBLE:
            await self._stores.backtests.save(found.result)
        return found

    async def due(self, markets: Sequence[Market], clock: Clock) -> tuple[Market, ...]:
        """Those without a backtest of the last day."""
        now = clock.now()
        late = []
        for market in markets:
            newest = await self._stores.backtests.newest(names_of(market.symbol), market.timeframe, now, 1)
            if not newest or now - newest[0].finished_at >= DAY:
                late.append(market)
        return tuple(late)

    async def run(self, markets: Sequence[Market], clock: Clock, progress: Progress = silent) -> tuple[Backtest, ...]:
        """Every market that has bars enough, in order."""
        results = []
        for done, market in enumerate(markets, start=1):
            try:
                results.append(await self.one(market, clock))
            except DataError as e:
                log.info("no backtest: %s", e)
            progress(done, len(markets), str(market))
        return tuple(results)
