"""The record of all issued signals, losses included: counted by symbol, strength and source, beside the base rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from rag.followed import RULES_ONLY, WITH_MODEL, WITHOUT_MODEL, by_how
from rag.followed import ended as ended_advice
from rag.model_added import ModelAdded, model_added
from signals.calibration_fit import Calibration
from signals.case import Case, case_of
from signals.model import Issued, Strength, Timeframe, Transition
from signals.scores import Band, Quality, bands, quality, wilson
from storage.stores import Stores

LEARNED = "learned model"


@dataclass(frozen=True, slots=True)
class Line:
    """Ended signals of one kind: how many, how many reached the first target before the stop, their mean R after costs.

    `low` and `high` bound the hit rate (Wilson, 95 %). Rates and means of nothing are None.
    """

    what: str
    n: int
    hits: int
    hit_rate: float | None
    low: float | None
    high: float | None
    mean_r: float | None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Everything issued by `as_of`: `issued` plans to trade, of which `still_open` have not ended; the rest in `total`.

    `confidence` scores the probabilities that were shown (`uncalibrated` signals showed none) beside the rate that only
    hindsight knows, in `bands`. `by_answer` is about recommendations given in talks, and `model` compares those
    that a model had a word in with what they would have been without it (None: none ended). `seeded` counts backtested
    cases, which are in none of the others, and `calibrations` are fitted to both.
    """

    as_of: datetime
    issued: int
    still_open: int
    total: Line
    by_symbol: tuple[Line, ...]
    by_strength: tuple[Line, ...]
    by_source: tuple[Line, ...]
    by_answer: tuple[Line, ...]
    uncalibrated: int
    confidence: Quality | None
    bands: tuple[Band, ...]
    seeded: tuple[Line, ...]
    calibrations: tuple[Calibration, ...]
    model: ModelAdded | None = None


async def track_record(stores: Stores, now: datetime, symbols: Sequence[str] = ()) -> TrackRecord:
    """The record at `now`, of these names or of everything."""
    ended = [pair for pair in await stores.signals.resolved(now) if _is_meant(pair[0], symbols)]
    still_open = [one for one in await stores.signals.open_signals(now) if _is_meant(one, symbols)]
    reached = await stores.signals.reached_first_target(now)
    cases = [(issued, _case(issued, final, reached)) for issued, final in ended]
    shown = [(issued.confidence, case.reached) for issued, case in cases if issued.confidence is not None]
    predicted, happened = (
        (np.array(column, dtype=np.float64) for column in zip(*shown, strict=True))
        if shown
        else (
            np.empty(0),
            np.empty(0),
        )
    )
    rate = np.full(len(happened), happened.mean() if len(happened) else 0.0)
    advice = await ended_advice(stores, now, symbols)
    answers = by_how(advice)
    return TrackRecord(
        as_of=now,
        issued=len(ended) + len(still_open),
        still_open=len(still_open),
        total=line("all issued", [case for _, case in cases]),
        by_symbol=_grouped(cases, lambda issued: issued.signal.series.symbol),
        by_strength=_grouped(cases, lambda issued: str(issued.signal.strength or Strength.WEAK)),
        by_source=_grouped(cases, source_of),
        by_answer=tuple(line(how, answers.get(how, ())) for how in (RULES_ONLY, WITH_MODEL, WITHOUT_MODEL)),
        uncalibrated=len(cases) - len(shown),
        confidence=quality(predicted, rate, happened),
        bands=bands(predicted, happened) if shown else (),
        seeded=await _seeded(stores, now, symbols),
        calibrations=await _calibrations(stores, now),
        model=model_added(advice),
    )


def line(what: str, cases: Sequence[Case]) -> Line:
    """The figures of some ended cases."""
    n, hits = len(cases), sum(c.reached for c in cases)
    if not n:
        return Line(what, 0, 0, None, None, None, None)
    low, high = wilson(hits, n)
    r = [c.realised_r for c in cases if c.realised_r is not None]
    return Line(what, n, hits, hits / n, low, high, sum(r) / len(r) if r else None)


def source_of(issued: Issued) -> str:
    """Whether the learned model had cast a vote."""
    learned = any(vote.voter == LEARNED and vote.score is not None for vote in issued.signal.votes)
    return "rules and learned model" if learned else "rules"


def _is_meant(issued: Issued, symbols: Sequence[str]) -> bool:
    return not symbols or issued.signal.series.symbol in symbols


def _case(issued: Issued, final: Transition, reached: frozenset[str]) -> Case:
    return case_of(issued, final.at, reached=issued.signal_id in reached, realised_r=final.realised_r)


def _grouped(cases: Iterable[tuple[Issued, Case]], key: Callable[[Issued], str]) -> tuple[Line, ...]:
    groups: dict[str, list[Case]] = {}
    for issued, case in cases:
        groups.setdefault(key(issued), []).append(case)
    return tuple(line(what, groups[what]) for what in sorted(groups))


async def _seeded(stores: Stores, now: datetime, symbols: Sequence[str]) -> tuple[Line, ...]:
    found = []
    for timeframe in Timeframe:
        cases = await stores.seeds.known(timeframe, now)
        own = [c for c in cases if not symbols or c.symbol in symbols]
        if own:
            found.append(line(f"backtested, {timeframe}", own))
    return tuple(found)


async def _calibrations(stores: Stores, now: datetime) -> tuple[Calibration, ...]:
    found = [await stores.calibrations.newest(timeframe, now) for timeframe in Timeframe]
    return tuple(one for one in found if one is not None)
