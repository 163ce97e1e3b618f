"""The look-ahead check: cut the future off, or poison it, and see whether any value of the past changes.

A value of bar t may depend on bars up to t only. Cuts lie at random over the candles, inside the warm-up at their
beginning, and inside the warm-up after gaps: a fault such as filling the warm-up backwards shows nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.model import Candles, IntArray, Series
from signals.proofs.pipelines import Columns, Pipeline

CUT_OFF, POISONED = "cut off", "poisoned"
WARM_UP_BARS = 250
FIRST_BARS = 1000
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Cuts:
    """How many cuts are drawn over all bars, inside the first warm-up, and inside those after gaps; and the seed."""

    anywhere: int = 10
    warm_up: int = 20
    after_gaps: int = 6
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the past that its future changed: the first such bar of a column at one cut; `bars` changed in all."""

    pipeline: str
    column: str
    bar: int
    opened_at: datetime
    cut: int
    future: str
    was: float
    became: float
    bars: int

    def __str__(self) -> str:
        more = f" (and {self.bars - 1} more bars)" if self.bars > 1 else ""
        return (
            f"{self.pipeline}: {self.column} of bar {self.bar} ({self.opened_at:%Y-%m-%d %H:%M}) is {self.was:.10g}; "
            f"with the future {self.future} from bar {self.cut} on it is {self.became:.10g}{more}"
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was compared, and every change that was found: none is the proof."""

    series: Series
    bars: int
    columns: int
    cuts: int
    values: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Candles with all columns of all pipelines, and the cuts to make in them."""

    candles: Candles
    wholes: tuple[tuple[Pipeline, Columns], ...]
    cuts: IntArray


def check(
    candles: Candles, pipelines: Sequence[Pipeline], cuts: Cuts | None = None, tell: Tell | None = None
) -> Checked:
    """Compare every column of every pipeline at every cut; `tell` gets how many of how many cuts are done."""
    wanted = cuts or Cuts()
    head = candles.part(0, FIRST_BARS)
    parts = [
        _Part(head, _computed(head, pipelines), _in_warm_up(head, wanted)),
        _Part(candles, _computed(candles, pipelines), _later(candles, wanted)),
    ]
    changes: list[Change] = []
    total, done, values = sum(len(part.cuts) for part in parts), 0, 0
    for part in parts:
        for cut in part.cuts.tolist():
            changes += _changes(part, cut)
            values += 2 * sum(len(whole) * max(0, cut - p.ahead) for p, whole in part.wholes)
            done += 1
            if tell is not None:
                tell(done, total)
    columns = sum(len(whole) for _, whole in parts[-1].wholes)
    return Checked(candles.series, len(candles), columns, total, values, tuple(changes))


def poisoned(candles: Candles, cut: int) -> Candles:
    """The same bars up to `cut`, then a wild and different market (the same one for the same cut)."""
    rng = np.random.default_rng(cut)
    later = len(candles) - cut
    price, volume = np.ones(len(candles)), np.ones(len(candles))
    price[cut:] = 3.7 * np.exp(rng.normal(0.0, 0.3, later))
    volume[cut:] = 9.0 * np.exp(rng.normal(0.0, 1.0, later))
    return replace(
        candles,
        open=candles.open * price,
        high=candles.high * price,
        low=candles.low * price,
        close=candles.close * price,
        volume=candles.volume * volume,
    )


def _computed(candles: Candles, pipelines: Sequence[Pipeline]) -> tuple[tuple[Pipeline, Columns], ...]:
    return tuple((pipeline, pipeline.compute(candles)) for pipeline in pipelines)


def _in_warm_up(head: Candles, cuts: Cuts) -> IntArray:
    until = min(WARM_UP_BARS, len(head))
    rng = np.random.default_rng(cuts.seed)
    drawn: IntArray = np.sort(
        rng.choice(np.arange(2, max(3, until)), min(cuts.warm_up, max(1, until - 2)), replace=False)
    )
    return drawn[drawn < len(head)]


def _later(candles: Candles, cuts: Cuts) -> IntArray:
    """Cuts anywhere, and shortly after gaps."""
    rng = np.random.default_rng(cuts.seed + 1)
    n = len(candles)
    gaps = np.flatnonzero(np.diff(candles.open_ms) != candles.series.timeframe.ms) + 1
    chosen = rng.choice(gaps, min(cuts.after_gaps, len(gaps)), replace=False) if len(gaps) else gaps
    after = chosen + rng.integers(1, WARM_UP_BARS, len(chosen))
    drawn: IntArray = np.unique(np.concatenate([rng.integers(2, max(3, n), cuts.anywhere), after]))
    return drawn[drawn < n]


def _changes(part: _Part, cut: int) -> Iterator[Change]:
    futures = ((CUT_OFF, part.candles.part(0, cut)), (POISONED, poisoned(part.candles, cut)))
    for future, candles in futures:
        for pipeline, whole in part.wholes:
            known = max(0, cut - pipeline.ahead)
            for column, values in pipeline.compute(candles).items():
                was, became = _numbers(whole[column], known), _numbers(values, known)
                differs = np.flatnonzero((was != became) & ~(np.isnan(was) & np.isnan(became)))
                if not len(differs):
                    continue
                bar = int(differs[0])
                yield Change(
                    pipeline.name,
                    column,
                    bar,
                    candles.opened_at(bar),
                    cut,
                    future,
                    float(was[bar]),
                    float(became[bar]),
                    len(differs),
                )


def _numbers(values: NDArray[Any], known: int) -> NDArray[np.float64]:
    return np.asarray(values[:known], dtype=np.float64)
