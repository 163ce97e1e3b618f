"""Lines over the candles: averages and Bollinger bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.pictures.panel import KeyItem, Panel
from bot.pictures.place import Places
from bot.pictures.request import Overlay
from bot.pictures.sheet import Fill, Sheet, Stroke
from bot.pictures.theme import DASHES, Palette
from signals.indicators import IndicatorFrame
from signals.model import FloatArray

MOST_EXTRA = {Overlay.BOLLINGER: 0.3}  # of the candles' range that a line may add to it; beyond, it leaves the picture
ELSE_EXTRA = 0.15
BAND = ("bb_lower_20_2", "bb_upper_20_2")
NAMES = {
    Overlay.BOLLINGER: "Bollinger 20/2",
    Overlay.SMA_20: "SMA 20",
    Overlay.SMA_50: "SMA 50",
    Overlay.SMA_200: "SMA 200",
    Overlay.EMA_12: "EMA 12",
    Overlay.EMA_26: "EMA 26",
}


def overlay_range(frame: IndicatorFrame, overlays: Sequence[Overlay], low: float, high: float) -> tuple[float, float]:
    """[low, high] widened for the overlays, as far as the candles stay readable."""
    height = high - low
    for overlay in overlays:
        extra = height * MOST_EXTRA.get(overlay, ELSE_EXTRA)
        for values in _columns(frame, overlay):
            known = values[np.isfinite(values) & (values > low - extra) & (values < high + extra)]
            if len(known):
                low, high = min(low, float(known.min())), max(high, float(known.max()))
    return low, high


def draw_overlays(
    sheet: Sheet, colours: Palette, chosen: tuple[IndicatorFrame, Sequence[Overlay]], panel: Panel, at: Places
) -> None:
    """Draw each overlay once, in the order of `Overlay`."""
    frame, overlays = chosen
    for overlay in sorted(set(overlays), key=list(Overlay).index):
        stroke = _stroke(overlay, colours)
        lines = [at.unbroken(panel.y(values)) for values in _columns(frame, overlay)]
        if overlay is Overlay.BOLLINGER:
            _band(sheet, colours, lines, panel)
        for x, y in lines:
            if np.isfinite(y).any():
                sheet.line(x, y, stroke, panel.box)


def key_items(frame: IndicatorFrame, overlays: Sequence[Overlay], panel: Panel, colours: Palette) -> list[KeyItem]:
    """What each line is; and in words which are not seen: still warming up, or above or below the picture."""
    shown, absent = [], dict[str, list[str]]()
    for overlay in sorted(set(overlays), key=list(Overlay).index):
        reason = _absence(frame, overlay, panel)
        if reason:
            absent.setdefault(reason, []).append(NAMES[overlay])
        else:
            shown.append(KeyItem(NAMES[overlay], _stroke(overlay, colours), band=overlay is Overlay.BOLLINGER))
    return [*shown, *(KeyItem(f"{reason}: {', '.join(names)}") for reason, names in absent.items())]


def _columns(frame: IndicatorFrame, overlay: Overlay) -> list[FloatArray]:
    names = BAND if overlay is Overlay.BOLLINGER else (overlay.value,)
    return [frame[name] for name in names]


def _stroke(overlay: Overlay, colours: Palette) -> Stroke:
    width = 3.0 if overlay is Overlay.BOLLINGER else 5.0
    return Stroke(colours.line(overlay), width, DASHES[overlay])


def _absence(frame: IndicatorFrame, overlay: Overlay, panel: Panel) -> str:
    values = np.concatenate(_columns(frame, overlay))
    known = values[np.isfinite(values)]
    if not len(known):
        return "too few bars"
    if (known > panel.high).all():
        return "above"
    return "below" if (known < panel.low).all() else ""


def _band(sheet: Sheet, colours: Palette, lines: list[tuple[FloatArray, FloatArray]], panel: Panel) -> None:
    (x, low), (_, high) = lines
    known = np.isfinite(low) & np.isfinite(high)
    for run in np.split(np.arange(len(x)), np.flatnonzero(~known)):
        inside = run[known[run]]
        if len(inside) > 1:
            there = np.stack([x[inside], low[inside]], 1)
            back = np.stack([x[inside], high[inside]], 1)[::-1]
            fill = Fill(colours.line(Overlay.BOLLINGER), alpha=0.10)
            sheet.shapes(np.concatenate([there, back])[None], fill, panel.box)
