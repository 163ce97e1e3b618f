"""Panels below the candles: RSI and MACD."""

from __future__ import annotations

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.panel import Panel
from bot.pictures.place import Places
from bot.pictures.request import Study
from bot.pictures.scale import tick_texts, value_ticks
from bot.pictures.sheet import Box, Fill, Lettering, Sheet, Stroke, points
from bot.pictures.theme import DASHED, Palette
from signals.indicators import IndicatorFrame
from signals.model import FloatArray

OVERSOLD, OVERBOUGHT = 30.0, 70.0
NAME_STRIP = 46.0
MACD_LINES = ("macd_12_26_9", "macd_signal_12_26_9")
MACD_BARS = "macd_hist_12_26_9"


def draw_study(
    sheet: Sheet, colours: Palette, what: tuple[Study, IndicatorFrame], at: Places, where: tuple[Box, list[float]]
) -> None:
    """Draw the study into the box, with grid lines at these pixels of time."""
    study, frame = what
    box, moments = where
    if study is Study.RSI:
        _rsi(sheet, colours, frame, at, (box, moments))
    else:
        _macd(sheet, colours, frame, at, (box, moments))


def tick_labels(study: Study, frame: IndicatorFrame) -> list[str]:
    """What is written beside the study's panel."""
    if study is Study.RSI:
        return [f"{value:.0f}" for value in (OVERSOLD, OVERBOUGHT)]
    return [text for _, text in _macd_ticks(_macd_reach(frame))]


def _rsi(sheet: Sheet, colours: Palette, frame: IndicatorFrame, at: Places, where: tuple[Box, list[float]]) -> None:
    box, moments = where
    panel = Panel(_below_name(box), 5.0, 95.0)
    parts.grid(sheet, colours, panel, [OVERSOLD, OVERBOUGHT], moments)
    middle = points((box.left, float(panel.y(OVERSOLD)), box.right, float(panel.y(OVERBOUGHT))))
    sheet.boxes(middle, Fill(colours.grid, alpha=0.5))
    _line(sheet, panel, at, frame["rsi_14"], Stroke(colours.entry, 5))
    parts.axis(sheet, colours, panel, [(value, f"{value:.0f}") for value in (OVERSOLD, OVERBOUGHT)])
    last = float(frame["rsi_14"][-1])
    _name(sheet, colours, box, f"RSI 14: {last:.1f}" if np.isfinite(last) else "RSI 14: too few bars")


def _macd(sheet: Sheet, colours: Palette, frame: IndicatorFrame, at: Places, where: tuple[Box, list[float]]) -> None:
    box, moments = where
    bars = frame[MACD_BARS]
    most = _macd_reach(frame)
    panel = Panel(_below_name(box), -most, most)
    parts.grid(sheet, colours, panel, [0.0], moments)
    zero, heights = float(np.round(panel.y(0.0))), np.round(panel.y(np.nan_to_num(bars)))
    for rising, colour in ((True, colours.rising), (False, colours.falling)):
        mine = np.isfinite(bars) & ((bars >= 0) == rising)
        x = at.x[mine]
        if len(x):
            ends = np.stack([x - at.body / 2, np.full(len(x), zero), x + at.body / 2, heights[mine]], 1)
            sheet.boxes(ends, Fill(colours.paper if rising else colour, colour, 2, 0.7), box)
    _line(sheet, panel, at, frame[MACD_LINES[0]], Stroke(colours.entry, 5))
    _line(sheet, panel, at, frame[MACD_LINES[1]], Stroke(colours.warning, 4, DASHED))
    parts.axis(sheet, colours, panel, _macd_ticks(most))
    _name(sheet, colours, box, "MACD 12, 26, 9" if np.isfinite(bars).any() else "MACD 12, 26, 9: too few bars")


def _macd_reach(frame: IndicatorFrame) -> float:
    every = np.concatenate([frame[name] for name in (MACD_BARS, *MACD_LINES)])
    return float(np.abs(every[np.isfinite(every)]).max(initial=0.0)) * 1.15 or 1.0


def _macd_ticks(reach: float) -> list[tuple[float, str]]:
    step = value_ticks(-reach, reach, 4)[-1]
    values = [0 * step, step, -step]
    return list(zip((float(v) for v in values), tick_texts(values), strict=True))


def _line(sheet: Sheet, panel: Panel, at: Places, values: FloatArray, stroke: Stroke) -> None:
    x, y = at.unbroken(panel.y(values))
    if np.isfinite(y).any():
        sheet.line(x, y, stroke, panel.box)


def _name(sheet: Sheet, colours: Palette, box: Box, text: str) -> None:
    letters = Lettering(colours.ink, parts.SMALL)
    sheet.text(box.left, box.top - NAME_STRIP / 2, text, letters)


def _below_name(box: Box) -> Box:
    return Box(box.left, box.bottom, box.right, box.top - NAME_STRIP)
