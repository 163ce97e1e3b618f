"""Bars with the columns that alerts compare: computed once per series, in a thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from signals import catalogue
from signals.alerts import Condition, Look, look, sources_of
from signals.errors import DataError, UserError
from signals.indicators import IndicatorFrame, compute
from signals.model import Candles, FloatArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """One alert's question to a series: what, from which bar on (epoch ms of its opening), and the state until then."""

    key: str
    condition: Condition
    since_ms: int
    state: int


def looks(candles: Candles, wanted: Iterable[Wanted]) -> dict[str, Look | str]:
    """What the bars show each alert; a text says why one cannot be answered. CPU work, for a thread."""
    frame, columns = compute(candles), dict[str, FloatArray]()
    found: dict[str, Look | str] = {}
    for one in wanted:
        try:
            for source in sources_of(one.condition):
                if source not in columns:
                    columns[source] = column_of(source, frame)
            found[one.key] = look(one.condition, frame, columns, one.since_ms, one.state)
        except (DataError, UserError) as e:
            found[one.key] = str(e)
    return found


def column_of(source: str, frame: IndicatorFrame) -> FloatArray:
    """A line of a catalogue indicator over all bars, begun anew after each gap; UserError when it has no such line."""
    name, _, line = source.partition(".")
    values = np.full(len(frame), np.nan)
    starts = [*np.flatnonzero(frame.age == 0).tolist(), len(frame)]
    failed: DataError | None = None
    for start, stop in pairwise(starts):
        try:
            values[start:stop] = _line(line, catalogue.read(name, frame.candles.part(start, stop)))
        except DataError as e:  # too few bars in this run
            failed = e
    if failed is not None and not np.isfinite(values).any():
        raise failed
    return values


def _line(line: str, reading: catalogue.Reading) -> FloatArray:
    columns: Mapping[str, FloatArray] = {name.lower(): values for name, values in reading.columns.items()}
    if not line:
        return next(iter(reading.columns.values()))
    if line not in columns:
        raise UserError(f"{reading.name} has no line {line[:40]!r}; possible: {', '.join(columns)}")
    return columns[line]
