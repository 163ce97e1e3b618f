"""Where each bar of a chart stands from left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.pictures.scale import positions
from bot.pictures.sheet import Box
from signals.model import Candles, FloatArray, IntArray

WIDEST_BAR = 64.0
LONGEST_GAP = 12  # bars' room that a gap may take
AHEAD = 0.12  # of the width is left free at the right where a plan looks ahead


@dataclass(frozen=True, slots=True)
class Places:
    """`x`: pixel of the middle of each bar; `slot`, `body`: pixels of a bar with and without the space beside it.

    `gaps` are (left, right, bars missing) of the stretches without data; `open_ms` are the times of the bars.
    """

    x: FloatArray
    slot: float
    body: float
    gaps: tuple[tuple[float, float, int], ...]
    open_ms: IntArray
    step_ms: int

    def of(self, ms: int) -> float:
        """Pixel of a moment; before the first bar and after the last one it goes on at the width of a bar."""
        if ms > self.open_ms[-1]:
            return float(self.x[-1]) + (ms - int(self.open_ms[-1])) / self.step_ms * self.slot
        if ms < self.open_ms[0]:
            return float(self.x[0]) - (int(self.open_ms[0]) - ms) / self.step_ms * self.slot
        return float(np.round(np.interp(ms, self.open_ms, self.x)))

    def unbroken(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The points (pixel, value) of a line that is broken (NaN) at every gap."""
        cuts = np.flatnonzero(np.diff(self.open_ms) != self.step_ms) + 1
        return np.insert(self.x, cuts, np.nan), np.insert(values, cuts, np.nan)


def places(candles: Candles, box: Box, *, ahead: bool) -> Places:
    """Bars side by side with the newest at the right, each gap up to `LONGEST_GAP` bars wide."""
    step = candles.series.timeframe.ms
    place, gaps = positions(candles.open_ms, step, LONGEST_GAP)
    room = (box.right - box.left) * (1 - (AHEAD if ahead else 0.01))
    slot = min(room / (place[-1] + 1), WIDEST_BAR)
    x = np.round(box.left + room - (place[-1] - place + 0.5) * slot)
    strips = tuple((float(x[i] + slot / 2), float(x[i + 1] - slot / 2), missing) for i, missing in gaps)
    body = max(1.0, 2 * round(slot * 0.35))
    return Places(x, slot, body, strips, candles.open_ms, step)
