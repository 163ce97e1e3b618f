"""Lessons: what earlier signals of the same setup came to. Counted from stored outcomes, never written by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rag.recommendation import Fact
from signals.calibration import PRIOR_CASES
from signals.model import Action, Signal
from signals.setups import LABELS
from signals.universe import base_of, names_of
from storage.shared_tallies import RecordFilter, SignalCount
from storage.stores import Stores

LEAST = 8  # ended signals, below which a share says more about chance than about the setup
_ACTIONS = {1: (Action.BUY, Action.STRONG_BUY), -1: (Action.SELL, Action.STRONG_SELL)}


@dataclass(frozen=True, slots=True)
class Lesson:
    """How `n` ended signals of a setup and side did: `reached` of them came to the first target before the stop.

    `where` is a market ("SOL 4h") or a timeframe over all symbols ("4h, all symbols"). `base_reached` of `base_n` is
    the same for all setups of that side and timeframe.
    """

    setup: str
    side: str
    where: str
    reached: int
    n: int
    base_reached: int
    base_n: int

    @property
    def base_rate(self) -> float:
        """The share of all setups, in [0, 1]."""
        return self.base_reached / self.base_n

    @property
    def rate(self) -> float:
        """The share shrunk towards the base rate by 20 imagined cases (beta-binomial mean), in [0, 1]."""
        return (self.reached + PRIOR_CASES * self.base_rate) / (self.n + PRIOR_CASES)

    @property
    def text(self) -> str:
        """`The breakout setup, BUY, on SOL 4h: 3 of 11 reached the first target (27 %); ...`."""
        share = 100 * self.reached / self.n
        return (
            f"The {LABELS.get(self.setup, self.setup)} setup, {self.side}, on {self.where}: {self.reached} of {self.n} "
            f"ended signals reached the first target before the stop ({share:.0f} %); shrunk towards the "
            f"{100 * self.base_rate:.0f} % of all {self.base_n} {self.side} signals on this timeframe it is "
            f"{100 * self.rate:.0f} %"
        )


async def lessons_of(stores: Stores, signal: Signal, as_of: datetime) -> tuple[Lesson, ...]:
    """What was known at `as_of` about signals like this one: of its market, else of its timeframe; () for too few.

    Only outcomes that had happened by then count. A HOLD has no plan and so no lesson.
    """
    if not signal.direction or not signal.setup:
        return ()
    timeframe, actions = signal.series.timeframe.value, tuple(a.value for a in _ACTIONS[signal.direction])
    every = RecordFilter(None, as_of, timeframes=(timeframe,), actions=actions)
    alike = RecordFilter(None, as_of, timeframes=(timeframe,), actions=actions, setups=(signal.setup,))
    groups = await stores.shared_tallies.signals(alike, "symbol")
    today = names_of(signal.series.symbol)
    own = [one for one in groups if one.key in today]
    where, chosen = f"{base_of(signal.series.symbol)} {timeframe}", own
    if sum(one.ended for one in own) < LEAST:
        where, chosen = f"{timeframe}, all symbols", list(groups)
    n = sum(one.ended for one in chosen)
    if n < LEAST:
        return ()
    base = (await stores.shared_tallies.signals(every))[0]
    return (_lesson(signal, where, chosen, base),)


def lesson_facts(lessons: Sequence[Lesson]) -> tuple[Fact, ...]:
    """The lessons as facts: the value is the shrunk rate, the text says the count behind it."""
    return tuple(
        Fact("lesson", "what earlier signals of this setup came to", round(one.rate, 4), one.text) for one in lessons
    )


def _lesson(signal: Signal, where: str, chosen: Sequence[SignalCount], base: SignalCount) -> Lesson:
    return Lesson(
        setup=signal.setup,
        side="BUY" if signal.direction > 0 else "SELL",
        where=where,
        reached=sum(one.reached for one in chosen),
        n=sum(one.ended for one in chosen),
        base_reached=base.reached,
        base_n=base.ended,
    )
