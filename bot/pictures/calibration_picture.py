"""The reliability picture: how often what was said came true, with its uncertainty, over how many cases each has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.panel import Header, KeyItem, Panel
from bot.pictures.request import CalibrationRequest
from bot.pictures.sheet import Fill, Lettering, Sheet, Stroke, points
from bot.pictures.theme import Palette, palette
from signals.scores import Band, Quality, wilson

TENTHS = tuple(float(t) for t in range(0, 101, 20))
DOT = 13.0
UNCALIBRATED = "uncalibrated: too few cases have been resolved"


def draw_calibration(request: CalibrationRequest) -> Sheet:
    """The picture on a sheet; without bands it shows the diagonal and says that nothing is calibrated."""
    colours = palette(request.theme)
    sheet = Sheet(colours.paper)
    texts = [f"{t:.0f} %" for t in TENTHS]
    upper, lower = parts.stack([1.0, 0.28], parts.gutter(sheet, [], [*texts, "1,000"]))
    main = Panel(upper, 0.0, 100.0)
    across = upper.left + np.array(TENTHS) / 100.0 * (upper.right - upper.left)
    parts.header(sheet, colours, Header(f"Calibration: {request.what}", verdict(request)))
    parts.key(sheet, colours, _key(colours))
    parts.grid(sheet, colours, main, TENTHS, [float(x) for x in across])
    parts.axis(sheet, colours, main, list(zip(TENTHS, texts, strict=True)))
    sheet.line(across[[0, -1]], main.y(np.array([0.0, 100.0])), _ideal(colours), upper)
    for band in request.bands:
        _band(sheet, colours, main, band)
    _counts(sheet, colours, Panel(lower, 0.0, max([1.1 * b.n for b in request.bands], default=1.0)), request.bands)
    letters = Lettering(colours.faint, parts.AXIS, align="center")
    for x, text in list(zip(across, texts, strict=True))[1:-1]:
        sheet.text(float(x), lower.bottom - 44, text, letters)
    return sheet


def verdict(request: CalibrationRequest) -> str:
    """The scores in one line beside those of the base rate, or that there are too few cases."""
    silent = f", {request.uncalibrated} without a confidence" if request.uncalibrated else ""
    q: Quality | None = request.quality
    if q is None or not request.bands:
        return UNCALIBRATED + silent
    return (
        f"calibration error {q.error:.3f}, Brier {q.brier:.4f} against {q.brier_base:.4f} of the base rate, "
        f"n = {q.n}{silent}"
    )


def _key(colours: Palette) -> list[KeyItem]:
    return [
        KeyItem("came true, with 95 % interval", Stroke(colours.entry, 6)),
        KeyItem("as often as said", _ideal(colours)),
        KeyItem("below: cases per band", None),
    ]


def _ideal(colours: Palette) -> Stroke:
    return Stroke(colours.faint, 3, (5.0, 3.0))


def _x(panel: Panel, share: float) -> float:
    return panel.box.left + share * (panel.box.right - panel.box.left)


def _band(sheet: Sheet, colours: Palette, panel: Panel, band: Band) -> None:
    low, high = wilson(round(band.observed * band.n), band.n)
    x, y = _x(panel, band.predicted), float(panel.y(100.0 * band.observed))
    ends = panel.y(100.0 * np.array([low, high]))
    sheet.line(np.array([x, x]), ends, Stroke(colours.entry, 4, alpha=0.7), panel.box)
    sheet.boxes(points((x - DOT, y - DOT, x + DOT, y + DOT)), Fill(colours.entry), panel.box)


def _counts(sheet: Sheet, colours: Palette, panel: Panel, found: Sequence[Band]) -> None:
    parts.grid(sheet, colours, panel, [], [])
    letters = Lettering(colours.ink, 30.0, align="center")
    for band in found:
        left, right, top = _x(panel, band.low) + 2, _x(panel, band.high) - 2, float(panel.y(band.n))
        sheet.boxes(points((left, panel.box.bottom, right, top)), Fill(colours.entry, alpha=0.35), panel.box)
        sheet.text((left + right) / 2, max(top - 22, panel.box.bottom + 22), f"{band.n:,}", letters)
