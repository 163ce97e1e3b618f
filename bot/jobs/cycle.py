"""The rules cycle: read, judge, store indicators, issue, follow. The parts of a sync that need no network."""

from __future__ import annotations

from bot.delivery.broadcasts import Broadcasts
from bot.jobs.emit import EmitSignals, Emitted
from bot.jobs.indicators import UpdateIndicators
from bot.jobs.watch import Watch
from rag.desk import Desk, Judgement
from signals.clock import Clock
from storage.stores import Stores


class RulesCycle:
    """One reading of all watched markets for indicators and signals together, or for one of them."""

    def __init__(self, stores: Stores, desk: Desk, watch: Watch, broadcasts: Broadcasts | None = None) -> None:
        self._desk = desk
        self._watch = watch
        self._indicators = UpdateIndicators(stores)
        self._emit = EmitSignals(stores, broadcasts)

    async def judged(self, clock: Clock) -> tuple[Judgement, ...]:
        """Every watched market as it stands now."""
        return await self._desk.judge_all(self._watch.markets, clock.now())

    async def update_indicators(self, clock: Clock) -> int:
        """Bars whose columns were stored."""
        return await self._indicators.run(await self.judged(clock))

    async def emit(self, clock: Clock) -> Emitted:
        """Signals issued and open ones followed, from candles read now."""
        return await self._emit.run(await self.judged(clock), clock.now())

    async def run(self, clock: Clock) -> tuple[int, Emitted]:
        """Both from one reading: bars with new columns, and what was issued."""
        judged = await self.judged(clock)
        return await self._indicators.run(judged), await self._emit.run(judged, clock.now())
