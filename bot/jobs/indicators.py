"""The 13 indicator columns of bars that have none yet, into `indicator_values`."""

from __future__ import annotations

import numpy as np

from rag.desk import Judgement
from signals.indicators import IndicatorFrame
from signals.model import Series
from storage.indicators import IndicatorRows
from storage.stores import Stores

FIRST_BARS = 20
AT_ONCE = 50  # series in one transaction, so that other writers get their turn
OVERLAP_BARS = 3  # bars that a sync may have revised


class UpdateIndicators:
    """Stores what the judged frames hold beyond the last stored bar; at first the newest 20 bars of a series.

    Remembers the last stored bar of each series, for it alone writes them; a repeated write changes nothing.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._last: dict[Series, int | None] = {}

    async def run(self, judged: tuple[Judgement, ...]) -> int:
        """Bars whose columns were stored."""
        frames = {j.candles.series: j.analysis.frame for j in judged if j.analysis.frame is not None}
        if not frames:
            return 0
        for series in frames.keys() - self._last.keys():
            self._last[series] = await self._stores.indicators.last_open_ms(series)
        rows = [part for series, frame in frames.items() if (part := _beyond(frame, self._last[series])) is not None]
        for start in range(0, len(rows), AT_ONCE):
            await self._stores.indicators.save_many(rows[start : start + AT_ONCE])
        self._last |= {part.series: int(part.open_ms[-1]) for part in rows}
        return sum(len(part.open_ms) for part in rows)


def _beyond(frame: IndicatorFrame, last_ms: int | None) -> IndicatorRows | None:
    open_ms = frame.candles.open_ms
    start = max(0, len(open_ms) - FIRST_BARS)
    if last_ms is not None:
        if last_ms >= open_ms[-1]:
            return None
        start = max(0, int(np.searchsorted(open_ms, last_ms, side="right")) - OVERLAP_BARS)
    columns = {name: values[start:] for name, values in frame.columns.items()}
    return IndicatorRows(frame.candles.series, open_ms[start:], columns)
