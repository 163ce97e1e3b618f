"""How a range of bars is asked for in pages, and how the whole answer is judged. Knows no vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from signals.clock import from_ms, iso
from signals.errors import DataError, DeskmateError, TemporaryError, UnavailableError
from signals.market.checks import TIME, Checked, Finding, FindingKind, candles_of, check
from signals.market.resample import aggregate
from signals.model import Candles, FloatArray, Series, Timeframe

Reader = Callable[[int, int], Awaitable[FloatArray]]  # (since_ms, limit) -> rows
WORTH_ASKING_AGAIN = (
    FindingKind.GAP,
    FindingKind.OUTLIER,
    FindingKind.CONFLICT,
    FindingKind.OFF_GRID,
    FindingKind.OUT_OF_RANGE,
    FindingKind.HELD_BACK,
)
STALE_BARS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """Bars of `series` opening in [`first_ms`, `stop_ms`), to be read as bars of length `step`.

    `newest` says that the range reaches up to the newest closed bar.
    """

    series: Series
    step: Timeframe
    now_ms: int
    first_ms: int
    stop_ms: int
    newest: bool

    @classmethod
    def of(cls, series: Series, step: Timeframe, now_ms: int, wanted: tuple[int | None, int]) -> Ask | None:
        """The range that a (since_ms, limit) stands for at `now_ms`; None when it holds no closed bar."""
        since_ms, limit = wanted
        length = series.timeframe.ms
        last = series.timeframe.open_ms_of(now_ms) - length
        first = last - (limit - 1) * length if since_ms is None else -(-since_ms // length) * length
        end = min(last, first + (limit - 1) * length)
        return cls(series, step, now_ms, first, end + length, end == last) if first <= end else None

    @property
    def from_ms(self) -> int:
        """Where reading begins: one bar early, so that the first bar wanted has a predecessor to be compared with."""
        return self.first_ms - self.series.timeframe.ms


def empty(series: Series) -> Candles:
    """No bars at all."""
    return candles_of(series, np.empty((0, 6)))


async def read_pages(ask: Ask, page_size: int, read: Reader) -> FloatArray:
    """All rows of the range, in pages; an empty page (before a listing, within an outage) is stepped over."""
    pages, since = [], ask.from_ms
    while since < ask.stop_ms:
        wanted = min(page_size, (ask.stop_ms - since) // ask.step.ms)
        rows = await read(since, wanted)
        pages.append(rows)
        times = rows[:, TIME]
        times = times[np.isfinite(times)]
        newest = int(times.max()) if len(times) else 0
        since = newest + ask.step.ms if newest >= since else since + wanted * ask.step.ms
    return np.concatenate(pages)


def judge(ask: Ask, rows: FloatArray) -> Checked:
    """The checked bars of the range, at the timeframe asked for.

    Raises DataError as `check` does, and when the newest bar closed more than two bars ago.
    """
    read_as = Series(ask.series.exchange, ask.series.symbol, ask.step)
    found = check(read_as, rows, now_ms=ask.now_ms)
    inside = (found.candles.open_ms >= ask.from_ms) & (found.candles.open_ms < ask.stop_ms)
    said = list(found.findings)
    candles = found.candles
    if not inside.all():
        strange = candles.open_ms[~inside]
        text = f"{len(strange)} bars outside the range asked for, first {iso(from_ms(int(strange[0])))}, left out"
        said.append(Finding(FindingKind.OUT_OF_RANGE, len(strange), from_ms(int(strange[0])), text))
        within = np.flatnonzero(inside)
        candles = candles.part(int(within[0]), int(within[-1]) + 1) if len(within) else candles.part(0, 0)
    if ask.newest and not found.held_back:
        _refuse_stale(ask, candles)
    if ask.step is not ask.series.timeframe:
        candles = aggregate(candles, ask.series.timeframe)
    return Checked(candles, tuple(said))


async def best_of_two(answer: Callable[[], Awaitable[Checked]]) -> Checked:
    """An answer without blemish; else the better of two, since most defects are gone when one asks again.

    Raises what the last try raised when neither is of use; UnavailableError at once.
    """
    best: Checked | None = None
    failure: DeskmateError | None = None
    for _ in range(2):
        try:
            found = await answer()
        except UnavailableError:
            raise
        except (DataError, TemporaryError) as e:
            failure = e
            if isinstance(e, TemporaryError):
                break
            continue
        if best is None or _blemishes(found) < _blemishes(best):
            best = found
        if not _blemishes(best):
            break
    if best is None:
        raise failure or AssertionError("asked, yet neither answered nor failed")
    return best


def _blemishes(found: Checked) -> int:
    return sum(f.count for f in found.findings if f.kind in WORTH_ASKING_AGAIN)


def _refuse_stale(ask: Ask, candles: Candles) -> None:
    newest_ms = int(candles.open_ms[-1]) if len(candles) else ask.first_ms - ask.step.ms
    missing = (ask.stop_ms - newest_ms) // ask.step.ms - 1
    if missing >= STALE_BARS:
        closed = candles.closed_at() if len(candles) else None
        newest = (
            f"its newest bar closed at {iso(closed)}" if closed else f"it has no bar since {iso(from_ms(ask.first_ms))}"
        )
        raise DataError(f"{ask.series} is stale: {newest}, {missing} bars are missing.", last_good_at=closed)
