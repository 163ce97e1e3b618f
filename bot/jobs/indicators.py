"""The 13 indicator columns of bars that have none yet, into `indicator_values`."""

from __future__ import annotations

import numpy as np
from storage.stores import Stores

from bot.jobs.judge import Judged
from signals.indicators import IndicatorFrame

FIRST_BARS = 100
OVERLAP_BARS = 3  # bars that a sync may have revised


class UpdateIndicators:
    """Stores what the judged frames hold beyond the last stored bar; at first the newest 100 bars of a series."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def run(self, judged: tuple[Judged, ...]) -> int:
        """Bars whose columns were stored."""
        frames = {j.candles.series: j.analysis.frame for j in judged if j.analysis.frame is not None}
        if not frames:
            return 0
        last = await self._stores.indicators.last_open_ms_of_all()
        rows = {s: part for s, frame in frames.items() if (part := _beyond(frame, last.get(s))) is not None}
        if rows:
            await self._stores.indicators.save_many(rows)
        return sum(len(open_ms) for open_ms, _ in rows.values())


def _beyond(frame: IndicatorFrame, last_ms: int | None) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    open_ms = frame.candles.open_ms
    start = max(0, len(open_ms) - FIRST_BARS)
    if last_ms is not None:
        if last_ms >= open_ms[-1]:
            return None
        start = max(0, int(np.searchsorted(open_ms, last_ms, side="right")) - OVERLAP_BARS)
    return open_ms[start:], {name: values[start:] for name, values in frame.columns.items()}
