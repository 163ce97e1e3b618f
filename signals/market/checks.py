"""What raw bars must be before anything is computed on them: pure functions over arrays of rows.

Rows are a float array of shape (n, 6): open time (epoch ms), open, high, low, close, volume. Values that no market
can have refuse the whole answer (`DataError`, naming the bar); everything else is mended and said in a `Finding`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from signals.clock import from_ms, iso
from signals.errors import DataError
from signals.model import Candles, FloatArray, Series

JUMP = 0.5  # of the previous close, inside one bar
FUTURE_TOLERANCE_MS = 60_000  # the largest clock skew that is let through
TIME, OPEN, HIGH, LOW, CLOSE, VOLUME = range(6)


class FindingKind(StrEnum):
    """What was found in the bars; all but `held_back` and `gap` have been mended."""

    OPEN_BAR = "open_bar"
    OFF_GRID = "off_grid"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    OUTLIER = "outlier"
    HELD_BACK = "held_back"
    GAP = "gap"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of defect: how many bars, the open time of the first one, and a sentence without its full stop."""

    kind: FindingKind
    count: int
    first_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """`missing` bars between two neighbours, which are named by their open times."""

    after: datetime
    before: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Bars fit for use, and everything that was found on the way."""

    candles: Candles
    findings: tuple[Finding, ...] = ()

    @property
    def held_back(self) -> Finding | None:
        """The newest bar's quarantine, if it jumped and no later bar has confirmed it yet."""
        return next((f for f in self.findings if f.kind is FindingKind.HELD_BACK), None)

    @property
    def status(self) -> str:
        """`quarantined`, `gap` or `ok`, as `storage.values.SeriesState.status` writes it."""
        if self.held_back:
            return "quarantined"
        return "gap" if any(f.kind is FindingKind.GAP for f in self.findings) else "ok"

    @property
    def note(self) -> str:
        """The findings as one line; empty when there are none."""
        return "; ".join(f.text for f in self.findings)


def check(series: Series, rows: FloatArray, *, now_ms: int | None) -> Checked:
    """Closed, ordered, unique bars on the grid, and what was found wrong.

    `now_ms` is the source's time; None skips what depends on it. An unconfirmed jump of the newest bar is held back;
    an older bar whose jump the next bar took back is left out. Raises DataError for bars from the future, values no
    market can have, and when more than half of the bars are off the grid.
    """
    said: list[Finding] = []
    _real_times(series, rows)
    if now_ms is not None:
        rows = _without_open(series, rows, now_ms, said)
    rows = _on_grid(series, rows, said)
    if fault := first_fault(rows):
        raise DataError(f"{series}: {fault[1]}")
    rows = _without_outliers(_unique(_ascending(rows, said), said), said)
    candles = candles_of(series, rows)
    held = hold_back(candles)
    said += [*held.findings, *gap_findings(held.candles)]
    return Checked(held.candles, tuple(said))


def rows_of(answer: Sequence[Sequence[object]]) -> FloatArray:
    """Rows of a feed as an (n, 6) array; missing values become NaN, short rows and text that is no number are refused.

    Raises DataError when the answer is not a table of bars (a maintenance page, JSON that was cut).
    """
    try:
        rows = np.array(answer, dtype=np.float64).reshape(len(answer), -1) if len(answer) else np.empty((0, 6))
    except (TypeError, ValueError) as e:
        raise DataError(f"the answer is not a table of bars: {str(answer)[:80]}") from e
    if rows.shape[1] < 6:
        raise DataError(f"the bars have {rows.shape[1]} values instead of 6: {str(answer[0])[:80]}")
    return rows[:, :6].copy()


def candles_of(series: Series, rows: FloatArray) -> Candles:
    """The rows as `Candles`, unchecked."""
    columns = [np.ascontiguousarray(rows[:, i]) for i in range(OPEN, VOLUME + 1)]
    return Candles(series, rows[:, TIME].astype(np.int64), *columns)


def rows_from(candles: Candles) -> FloatArray:
    """The candles as rows: the inverse of `candles_of`."""
    times = candles.open_ms.astype(np.float64)
    return np.column_stack((times, candles.open, candles.high, candles.low, candles.close, candles.volume))


def first_fault(rows: FloatArray) -> tuple[int, str] | None:
    """Index and description of the first row that no market can have, None when there is none.

    Prices are finite and above zero, volume is finite and not below zero, high and low enclose open and close.
    """
    if not len(rows):
        return None
    prices, volume = rows[:, OPEN:VOLUME], rows[:, VOLUME]
    body_high, body_low = np.maximum(rows[:, OPEN], rows[:, CLOSE]), np.minimum(rows[:, OPEN], rows[:, CLOSE])
    real = np.isfinite(prices).all(axis=1) & (prices > 0).all(axis=1)
    bad = ~real | ~np.isfinite(volume) | (volume < 0) | (rows[:, HIGH] < body_high) | (rows[:, LOW] > body_low)
    if not bad.any():
        return None
    i = int(np.argmax(bad))
    return i, f"the bar of {_name(rows[i, TIME])} {_fault_of(rows[i])}"


def gaps(candles: Candles) -> tuple[Gap, ...]:
    """Every hole in the grid between the first and the last bar, oldest first."""
    steps = np.diff(candles.open_ms) // candles.series.timeframe.ms
    return tuple(
        Gap(candles.opened_at(int(i)), candles.opened_at(int(i) + 1), int(steps[i]) - 1)
        for i in np.flatnonzero(steps > 1)
    )


def gap_findings(candles: Candles) -> tuple[Finding, ...]:
    """The gaps as one finding, with their number, the bars missing and the largest; nothing when there is none."""
    found = gaps(candles)
    if not found:
        return ()
    missing, largest = sum(g.missing for g in found), max(found, key=lambda g: g.missing)
    holes = "1 gap" if len(found) == 1 else f"{len(found)} gaps"
    bars = "1 bar" if missing == 1 else f"{missing} bars"
    text = f"{holes}, {bars} missing; the largest between {iso(largest.after)} and {iso(largest.before)}"
    return (Finding(FindingKind.GAP, missing, found[0].after, text),)


def hold_back(candles: Candles) -> Checked:
    """Without the newest bar if it moved more than 50 % from the previous close: only the next bar can confirm it."""
    if len(candles) < 2 or not _jumps(candles.close[-2], candles.high[-1], candles.low[-1]):
        return Checked(candles)
    at, before = candles.opened_at(), candles.close[-2]
    text = (
        f"the bar of {iso(at)} jumped more than {JUMP:.0%} (from {before:g} to {candles.low[-1]:g}-"
        f"{candles.high[-1]:g}) and is held back until the next bar confirms it"
    )
    return Checked(candles.part(None, -1), (Finding(FindingKind.HELD_BACK, 1, at, text),))


def _name(ms: float) -> str:
    return iso(from_ms(int(ms)))


def _fault_of(row: FloatArray) -> str:
    names = dict(zip(("open", "high", "low", "close"), row[OPEN:VOLUME].tolist(), strict=True))
    for name, value in names.items():
        if not math.isfinite(value) or value <= 0:
            return f"has a {name} of {value:g}"
    if not (math.isfinite(row[VOLUME]) and row[VOLUME] >= 0):
        return f"has a volume of {row[VOLUME]:g}"
    return f"has a high of {names['high']:g} and a low of {names['low']:g} that do not enclose its open and close"


def _real_times(series: Series, rows: FloatArray) -> None:
    times = rows[:, TIME]
    with np.errstate(invalid="ignore"):
        bad = ~((times >= 0) & (times < 4e12) & (times == np.floor(times)))  # 4e12 ms is the year 2096
    if bad.any():
        i = int(np.argmax(bad))
        raise DataError(f"{series}: row {i + 1} has no usable open time ({times[i]:g})")


def _without_open(series: Series, rows: FloatArray, now_ms: int, said: list[Finding]) -> FloatArray:
    times = rows[:, TIME]
    future = times > now_ms + FUTURE_TOLERANCE_MS
    if future.any():
        first = _name(times[future].min())
        raise DataError(f"{series}: the bar of {first} lies in the future: it is {iso(from_ms(now_ms))} there")
    is_open = times + series.timeframe.ms > now_ms
    if is_open.any():
        said.append(_finding(FindingKind.OPEN_BAR, times[is_open], "still open, left out"))
    return rows[~is_open]


def _on_grid(series: Series, rows: FloatArray, said: list[Finding]) -> FloatArray:
    times = rows[:, TIME]
    off = times % series.timeframe.ms != 0
    if not off.any():
        return rows
    if off.sum() * 2 > len(rows):
        first = _name(times[off].min())
        raise DataError(f"{series}: {off.sum()} of {len(rows)} bars are off the {series.timeframe} grid, first {first}")
    said.append(_finding(FindingKind.OFF_GRID, times[off], f"off the {series.timeframe} grid, left out"))
    kept: FloatArray = rows[~off]
    return kept


def _ascending(rows: FloatArray, said: list[Finding]) -> FloatArray:
    times = rows[:, TIME]
    late = np.flatnonzero(np.diff(times) < 0) + 1
    if not len(late):
        return rows
    said.append(_finding(FindingKind.OUT_OF_ORDER, times[late], "out of order, sorted"))
    ordered: FloatArray = rows[np.argsort(times, kind="stable")]
    return ordered


def _unique(rows: FloatArray, said: list[Finding]) -> FloatArray:
    times = rows[:, TIME]
    again = np.flatnonzero(np.diff(times) == 0)
    if not len(again):
        return rows
    differs = (rows[again] != rows[again + 1]).any(axis=1)
    if not differs.all():
        said.append(_finding(FindingKind.DUPLICATE, times[again[~differs]], "given twice, kept once"))
    if differs.any():
        text = "given twice with different values, the last one counts"
        said.append(_finding(FindingKind.CONFLICT, times[again[differs]], text))
    return np.delete(rows, again, axis=0)


def _jumps(before: FloatArray | float, high: FloatArray | float, low: FloatArray | float) -> NDArray[np.bool_]:
    return np.asarray((high > np.multiply(before, 1 + JUMP)) | (low < np.multiply(before, 1 - JUMP)))


def _without_outliers(rows: FloatArray, said: list[Finding]) -> FloatArray:
    close, high, low = rows[:, CLOSE], rows[:, HIGH], rows[:, LOW]
    suspects = (np.flatnonzero(_jumps(close[:-1], high[1:], low[1:])) + 1).tolist()  # ascending: a heap already
    refused: list[int] = []
    before = 0
    while suspects and (i := heappop(suspects)) < len(rows) - 1:
        newest = refused[-1] if refused else -1
        if i == newest:
            continue
        before = before if i - 1 == newest else i - 1
        if _jumps(close[before], high[i], low[i]) and not _confirmed(close[before], rows[i], close[i + 1]):
            refused.append(i)
            heappush(suspects, i + 1)
    if refused:
        text = f"that jumped more than {JUMP:.0%} and came back with the next bar, left out"
        said.append(_finding(FindingKind.OUTLIER, rows[refused, TIME], text))
    return np.delete(rows, refused, axis=0)


def _confirmed(before: float, row: FloatArray, next_close: float) -> bool:
    """Whether the next close lies nearer (in ratio) to where the bar went than to where it came from."""
    went = max(row[HIGH], row[LOW], key=lambda price: abs(math.log(price / before)))
    return abs(math.log(next_close / went)) <= abs(math.log(next_close / before))


def _finding(kind: FindingKind, times: FloatArray, text: str) -> Finding:
    count, first = len(times), float(np.min(times))
    where = f"1 bar {text} ({_name(first)})" if count == 1 else f"{count} bars {text} (first {_name(first)})"
    return Finding(kind, count, from_ms(int(first)), where)
