"""The 13 indicator columns of bars that have none yet, and of those computed from bars that have changed since."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

import numpy as np

from rag.desk import Judgement
from signals.indicators import IndicatorFrame, compute
from signals.model import IntArray, Series
from storage.indicators import IndicatorRows
from storage.stores import Stores

FIRST_BARS = 20
AT_ONCE = 50  # series in one transaction, so that other writers get their turn
OVERLAP_BARS = 3  # bars that a sync may have revised
FRAME_BARS = 500  # before the first bar that is computed anew, as many as a frame of the desk has
FARTHEST_BARS = 3_000  # an older bar no signal, chart or answer reads any more


class UpdateIndicators:
    """Stores what the judged frames hold beyond the last stored bar; at first the newest 20 bars of a series.

    A bar that was revised, or came late into a gap, changes every value from it on: those are computed anew.
    Remembers the last stored bar of each series, for it alone writes them; a repeated write changes nothing.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._last: dict[Series, int | None] = {}
        self._revised: dict[Series, Counter[int]] = {}
        self._bars: dict[Series, IntArray] = {}

    async def run(self, judged: tuple[Judgement, ...]) -> int:
        """Bars whose columns were stored."""
        frames = {j.candles.series: j.analysis.frame for j in judged if j.analysis.frame is not None}
        if not frames:
            return 0
        for series in frames.keys() - self._last.keys():
            self._last[series] = await self._stores.indicators.last_open_ms(series)
        rows = [part for series, frame in frames.items() if (part := _beyond(frame, self._last[series])) is not None]
        rows += [await self._anew(series, since_ms) for series, since_ms in (await self._changed(frames)).items()]
        for start in range(0, len(rows), AT_ONCE):
            await self._stores.indicators.save_many(rows[start : start + AT_ONCE])
        for part in rows:
            if len(part.open_ms):
                self._last[part.series] = max(self._last[part.series] or 0, int(part.open_ms[-1]))
        return sum(len(part.open_ms) for part in rows)

    async def _changed(self, frames: dict[Series, IndicatorFrame]) -> dict[Series, int]:
        """Open time (ms) of the first bar that has changed below the last one stored, of each series with any."""
        counts = await self._stores.candles.revision_counts()
        changed: dict[Series, int] = {}
        for series, frame in frames.items():
            last_ms, known = self._last[series], self._revised.get(series)
            found = list(_came_late(frame.candles.open_ms, self._bars.get(series)))
            if counts.get(series, 0) != (0 if known is None else known.total()):
                now_known = Counter((await self._stores.candles.revisions(series)).open_ms.tolist())
                found += now_known if known is None else now_known - known
                self._revised[series] = now_known
            self._bars[series] = frame.candles.open_ms
            reach = FRAME_BARS if known is None else FARTHEST_BARS  # a new process does not know what was mended before
            floor_ms = int(frame.candles.open_ms[-1]) - reach * series.timeframe.ms
            found = [ms for ms in found if last_ms is not None and floor_ms <= ms <= last_ms]
            if found:
                changed[series] = min(found)
        return changed

    async def _anew(self, series: Series, since_ms: int) -> IndicatorRows:
        """The columns from a bar on, as far back as values are stored, over as many bars before as a frame has."""
        first_ms = await self._stores.indicators.first_open_ms(series)
        since_ms = since_ms if first_ms is None else max(since_ms, first_ms)
        last_ms = await self._stores.candles.last_open_ms(series) or since_ms
        wanted = (last_ms - since_ms) // series.timeframe.ms + 1 + FRAME_BARS
        frame = await asyncio.to_thread(compute, await self._stores.candles.newest(series, wanted))
        stored = self._last[series]
        open_ms = frame.candles.open_ms
        start = int(np.searchsorted(open_ms, since_ms))
        stop = len(open_ms) if stored is None else int(np.searchsorted(open_ms, stored, side="right"))
        return IndicatorRows(series, open_ms[start:stop], {n: v[start:stop] for n, v in frame.columns.items()})


def _came_late(open_ms: IntArray, before: IntArray | None) -> Iterable[int]:
    """Bars that fill a gap among those that were there before."""
    if before is None or not len(before):
        return ()
    return (int(ms) for ms in np.setdiff1d(open_ms, before) if before[0] < ms < before[-1])


def _beyond(frame: IndicatorFrame, last_ms: int | None) -> IndicatorRows | None:
    open_ms = frame.candles.open_ms
    start = max(0, len(open_ms) - FIRST_BARS)
    if last_ms is not None:
        if last_ms >= open_ms[-1]:
            return None
        start = max(0, int(np.searchsorted(open_ms, last_ms, side="right")) - OVERLAP_BARS)
    columns = {name: values[start:] for name, values in frame.columns.items()}
    return IndicatorRows(frame.candles.series, open_ms[start:], columns)
