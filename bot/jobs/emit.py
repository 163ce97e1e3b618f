"""Judgements that are news become issued signals, and open signals are followed to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.broadcasts import Broadcasts
from bot.delivery.live import Told
from rag.desk import Judgement
from signals.clock import to_ms
from signals.emission import should_emit
from signals.lifecycle import follow
from signals.model import Candles, Issued, Series, Transition
from storage.delivery_values import Outgoing
from storage.stores import Stores


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
    """Follows open signals first, so that an ended one makes room for the next; both steps may be repeated.

    What listeners are told is made by `broadcasts` and written in the transaction of what it tells of.
    """

    def __init__(self, stores: Stores, broadcasts: Broadcasts | None = None) -> None:
        self._stores = stores
        self._broadcasts = broadcasts

    async def run(self, judged: Sequence[Judgement], now: datetime) -> Emitted:
        """Issue what is news and record new steps of open signals, all from candles known at `now`."""
        candles = {j.candles.series: j.candles for j in judged}
        open_before = await self._stores.signals.open_signals(now)
        followed = await self._follow(open_before, candles, now)
        still_open = await self._stores.signals.open_signals(now) if followed else open_before
        issued = await self._emit(judged, still_open, now)
        replaced = {(i.signal.series.symbol, i.signal.series.timeframe) for i in issued}
        former = [i for i in still_open if (i.signal.series.symbol, i.signal.series.timeframe) in replaced]
        return Emitted(issued, followed + await self._follow(former, candles, now))

    async def _emit(
        self, judged: Sequence[Judgement], still_open: Sequence[Issued], now: datetime
    ) -> tuple[Issued, ...]:
        open_ids = {issued.signal_id for issued in still_open}
        open_markets = {i.signal.series.market for i in still_open}
        fresh: list[tuple[Issued, int | None]] = []
        for j in judged:
            signal = j.analysis.signal
            if signal.direction == 0 and j.candles.series.market not in open_markets:
                continue
            former = await self._newest(j.candles.series, now)
            ended = former is not None and former.signal_id not in open_ids
            if should_emit(signal, former, ended):
                confidence = j.confidence.value if j.confidence.calibrated else None
                fresh.append((Issued(signal, j.analysis.plan, now, confidence), j.confidence.n))
        if not fresh:
            return ()
        outgoing = await self._told_of(fresh, still_open, now)
        return await self._stores.signals.emit_many([issued for issued, _ in fresh], outgoing)

    async def _told_of(
        self, fresh: Sequence[tuple[Issued, int | None]], still_open: Sequence[Issued], now: datetime
    ) -> list[Outgoing]:
        """New messages, and edits of those that the new signals take back."""
        if self._broadcasts is None:
            return []
        told = list(await self._broadcasts.of_issued(fresh, now))
        for newer, _ in fresh:
            for former in still_open:
                if _takes_back(newer, former):
                    steps = await self._stores.signals.transitions(former.signal_id)
                    told += await self._broadcasts.of_taken_back(former, newer, steps)
        return told

    async def _newest(self, series: Series, now: datetime) -> Issued | None:
        """The last one issued for the market, whichever exchange it was read from."""
        return await self._stores.signals.newest([series.symbol], series.timeframe, now)

    async def _follow(self, open_signals: Sequence[Issued], candles: Mapping[Series, Candles], now: datetime) -> int:
        steps: list[Transition] = []
        told: list[Outgoing] = []
        for issued in open_signals:
            bars = await self._bars_since(issued, candles, now)
            if bars is None:
                continue
            newest = await self._newest(issued.signal.series, now)
            found = follow(issued, bars, _opposed_at(issued, newest))
            steps += found
            told += await self._told_steps(issued, found, newest)
        return len(await self._stores.signals.add_transitions(steps, told)) if steps else 0

    async def _told_steps(
        self, issued: Issued, found: Sequence[Transition], newest: Issued | None
    ) -> Sequence[Outgoing]:
        """Edits for the steps that are not stored yet."""
        if self._broadcasts is None or not found:
            return ()
        stored = {step.state for step in await self._stores.signals.transitions(issued.signal_id)}
        new = [step for step in found if step.state not in stored]
        if not new:
            return ()
        opposing = newest if newest is not None and _takes_back(newest, issued) else None
        return await self._broadcasts.of_steps(Told(issued, None, tuple(found), opposing), new)

    async def _bars_since(self, issued: Issued, candles: Mapping[Series, Candles], now: datetime) -> Candles | None:
        """The bars from the signal on: those at hand, or more of them after a long pause."""
        series, known_ms = issued.signal.series, to_ms(issued.signal.known_at)
        bars = candles.get(series)
        if bars is None or not len(bars) or bars.open_ms[0] <= known_ms:
            return bars
        wanted = (to_ms(now) - known_ms) // series.timeframe.ms + 1
        return await self._stores.candles.newest(series, wanted, until_ms=to_ms(now))


def _opposed_at(issued: Issued, newest: Issued | None) -> datetime | None:
    """When the market's newest signal turned against this one or took it back, if it did."""
    if newest is None or newest.signal.direction == issued.signal.direction:
        return None
    return newest.signal.known_at


def _takes_back(newer: Issued, former: Issued) -> bool:
    """Whether a newer decision on the same market turns against a trade, or takes it back."""
    return newer.signal.series.market == former.signal.series.market and (
        newer.signal.direction != former.signal.direction
    )
