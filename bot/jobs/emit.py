"""Judgements that are news become issued signals, and open signals are followed to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.stores import Stores

from bot.jobs.judge import Judged
from signals.emission import should_emit
from signals.lifecycle import follow
from signals.model import Candles, Issued, Series, Transition


@dataclass(frozen=True, slots=True)
class Emitted:
    """What one run did."""

    issued: tuple[Issued, ...]
    transitions: int

    @property
    def signal_count(self) -> int:
        """How many signals were new."""
        return len(self.issued)


class EmitSignals:
    """Follows open signals first, so that an ended one makes room for the next; both steps may be repeated."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def run(self, judged: Sequence[Judged], now: datetime) -> Emitted:
        """Issue what is news and record new steps of open signals, all from candles known at `now`."""
        candles = {j.candles.series: j.candles for j in judged}
        newest = await self._stores.signals.newest_of_all(tuple(candles), now)
        followed = await self._follow(await self._stores.signals.open_signals(now), candles, newest)
        still_open = await self._stores.signals.open_signals(now)
        issued = await self._emit(judged, newest, {i.signal_id for i in still_open}, now)
        opposed = {i.signal.series: i for i in issued}
        former = [i for i in still_open if i.signal.series in opposed]
        return Emitted(issued, followed + await self._follow(former, candles, opposed))

    async def _emit(
        self, judged: Sequence[Judged], newest: Mapping[Series, Issued], still_open: set[str], now: datetime
    ) -> tuple[Issued, ...]:
        fresh = []
        for j in judged:
            former = newest.get(j.candles.series)
            ended = former is not None and former.signal_id not in still_open
            if should_emit(j.analysis.signal, former, ended):
                confidence = j.confidence.value if j.confidence.calibrated else None
                fresh.append(Issued(j.analysis.signal, j.analysis.plan, now, confidence))
        new = await self._stores.signals.emit_many(fresh) if fresh else ()
        return tuple(issued for issued in fresh if issued.signal_id in new)

    async def _follow(
        self, open_signals: Sequence[Issued], candles: Mapping[Series, Candles], newest: Mapping[Series, Issued]
    ) -> int:
        steps: list[Transition] = []
        for issued in open_signals:
            bars = candles.get(issued.signal.series)
            if bars is not None:
                steps += follow(issued, bars, _opposed_at(issued, newest.get(issued.signal.series)))
        return sum([await self._stores.signals.add_transition(step) for step in steps])


def _opposed_at(issued: Issued, later: Issued | None) -> datetime | None:
    if later is None or later.signal.direction != -issued.signal.direction or later.signal.direction == 0:
        return None
    return later.signal.known_at
