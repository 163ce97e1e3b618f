"""The parts that all pictures share: header, key, panels with their grid, labelled levels, and the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.pictures.scale import Tick, spread
from bot.pictures.sheet import HEIGHT, WIDTH, Box, Fill, Lettering, Sheet, Stroke, points
from bot.pictures.theme import Palette
from signals.model import FloatArray

MARGIN = 36.0
HEADER = 236.0
FOOTER = 84.0
BETWEEN = 26.0
GUTTER = 26.0  # between a panel and its labels
TAG_HEIGHT = 54.0
AXIS, SMALL, TITLE, SUBTITLE = 38.0, 34.0, 60.0, 38.0


@dataclass(frozen=True, slots=True)
class Panel:
    """A box of the sheet that shows the values from `low` (its bottom) to `high` (its top)."""

    box: Box
    low: float
    high: float

    def y(self, values: FloatArray | float) -> FloatArray:
        """Pixels of values."""
        scale = (self.box.top - self.box.bottom) / (self.high - self.low)
        pixels: FloatArray = self.box.bottom + (np.asarray(values, dtype=np.float64) - self.low) * scale
        return pixels


@dataclass(frozen=True, slots=True)
class Header:
    """Title and subtitle at the left, a headline at the right, and a warning in a frame behind the title."""

    title: str
    subtitle: str
    headline: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class KeyItem:
    """A line of the key: its name and how it is drawn (None: words only); `band` draws a filled strip."""

    text: str
    stroke: Stroke | None = None
    band: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A value named beside a panel. `stroke` None draws no line across the panel."""

    value: float
    text: str
    colour: str
    stroke: Stroke | None = None


def stack(shares: Sequence[float], right: float) -> list[Box]:
    """Boxes from top to bottom between header and footer, their heights in these proportions."""
    room = HEIGHT - HEADER - FOOTER - BETWEEN * (len(shares) - 1)
    top, boxes = HEIGHT - HEADER, []
    for share in shares:
        bottom = top - room * share / sum(shares)
        boxes.append(Box(MARGIN, round(bottom), round(right), round(top)))
        top = bottom - BETWEEN
    return boxes


def gutter(sheet: Sheet, levels: Sequence[str], ticks: Sequence[str]) -> float:
    """The right edge of the panels: what level and tick labels leave."""
    widest = max([sheet.width(t, _tag_letters("")) for t in levels], default=0.0) + 28
    axis = max([sheet.width(t, Lettering("", AXIS)) for t in ticks], default=0.0)
    return float(np.floor(WIDTH - max(widest, axis) - GUTTER - 20))


def header(sheet: Sheet, colours: Palette, said: Header) -> None:
    """Write the three texts, shortened to the room they have, and the warning in full."""
    y, x, right = HEIGHT - 62.0, MARGIN, WIDTH - MARGIN
    title = Lettering(colours.ink, TITLE, bold=True)
    warning = Lettering(colours.warning, SUBTITLE, bold=True)
    wide = sheet.width(said.warning, warning) + 60 if said.warning else 0.0
    shown = sheet.fitted(said.title, title, right - x - wide)
    sheet.text(x, y, shown, title)
    x += sheet.width(shown, title) + 30
    if said.warning:
        frame = points((x, y - 34, x + wide - 30, y + 34))
        sheet.boxes(frame, Fill(edge=colours.warning, width=4))
        sheet.text(x + 15, y, said.warning, warning)
        x += wide
    beside = Lettering(colours.ink, 44, bold=True, align="right")
    headline = sheet.fitted(said.headline, beside, right - x - 20)
    if headline:
        sheet.text(right, y, headline, beside)
    below = Lettering(colours.faint, SUBTITLE)
    sheet.text(MARGIN, HEIGHT - 132, sheet.fitted(said.subtitle, below, WIDTH - 2 * MARGIN), below)


def key(sheet: Sheet, colours: Palette, items: Sequence[KeyItem]) -> None:
    """One row that names the lines, smaller where it would not fit otherwise."""
    sample, gap, size = 56.0, 34.0, SMALL
    letters = Lettering(colours.ink, size)
    widths = [sheet.width(item.text, letters) for item in items]
    total = sum(widths) + sum(gap + (sample + 12 if item.stroke else 0) for item in items)
    shrink = min(1.0, (WIDTH - 2 * MARGIN + gap) / total) if items else 1.0
    letters = Lettering(colours.ink, float(np.floor(size * shrink)))
    x, y = MARGIN, HEIGHT - 194.0
    for item, width in zip(items, widths, strict=True):
        if item.stroke:
            _sample(sheet, item.stroke, Box(x, y - 12, x + sample * shrink, y + 12), band=item.band)
            x += (sample + 12) * shrink
        sheet.text(x, y, item.text, letters)
        x += (width + gap) * shrink


def grid(sheet: Sheet, colours: Palette, panel: Panel, values: Sequence[float], times: Sequence[float]) -> None:
    """Faint lines at the values and at the pixels of the times, and the panel's lower edge."""
    box = panel.box
    rows = [(box.left, y, box.right, y) for y in np.round(panel.y(np.array(values, dtype=np.float64)))]
    columns = [(x, box.bottom, x, box.top) for x in times]
    if rows or columns:
        sheet.segments(points(*rows, *columns), Stroke(colours.grid, 2))
    sheet.segments(points((box.left, box.bottom, box.right, box.bottom)), Stroke(colours.faint, 2, alpha=0.5))


def axis(sheet: Sheet, colours: Palette, panel: Panel, ticks: Sequence[tuple[float, str]]) -> None:
    """Labels of values beside a panel, the first ones before the later: one without room is left out."""
    room, taken = AXIS * 0.4, list[float]()
    for value, text in ticks:
        y = float(panel.y(value))
        inside = panel.box.bottom + room <= y <= panel.box.top - room or len(ticks) == 1
        if inside and all(abs(y - other) > AXIS for other in taken):
            taken.append(y)
            sheet.text(panel.box.right + GUTTER, y, text, Lettering(colours.faint, AXIS))


def rules(sheet: Sheet, panel: Panel, levels: Sequence[Level]) -> None:
    """Draw the lines of the levels across the panel."""
    for level in levels:
        if level.stroke is not None:
            y = np.round(panel.y(np.array([level.value, level.value])))
            sheet.line(np.array([panel.box.left, panel.box.right]), y, level.stroke, panel.box)


def tags(sheet: Sheet, colours: Palette, panel: Panel, levels: Sequence[Level]) -> list[float]:
    """Name the levels beside a panel, moved apart where they would overlap; their middles in pixels, in order."""
    box = panel.box
    wide = max([sheet.width(level.text, _tag_letters("")) for level in levels], default=0.0) + 28
    true = [float(np.clip(panel.y(level.value), box.bottom, box.top)) for level in levels]
    placed = spread(true, TAG_HEIGHT, box.bottom, box.top)
    for level, y, middle in zip(levels, true, placed, strict=True):
        start, edge = box.right, box.right + GUTTER - 14
        sheet.line(np.array([start, edge]), np.array([y, middle]), Stroke(level.colour, 3))
        half = TAG_HEIGHT / 2 - 2
        sheet.boxes(points((edge, round(middle - half), edge + wide, round(middle + half))), Fill(level.colour))
        sheet.text(edge + 14, middle, level.text, _tag_letters(colours.on_tag))
    return placed


def clear_of(ticks: Sequence[tuple[float, str]], panel: Panel, taken: Sequence[float]) -> list[tuple[float, str]]:
    """The ticks whose labels do not touch a tag at one of these middles."""
    reach = TAG_HEIGHT / 2 + AXIS * 0.4
    return [tick for tick in ticks if all(abs(float(panel.y(tick[0])) - y) > reach for y in taken)]


def times(sheet: Sheet, colours: Palette, box: Box, ticks: Sequence[tuple[float, Tick]]) -> None:
    """Labels of moments (pixel and tick) under the lowest panel, skipping any that would touch another, and `UTC`."""
    y, free = box.bottom - 44, MARGIN
    zone = Lettering(colours.faint, SMALL, align="right")
    sheet.text(WIDTH - MARGIN, y, "UTC", zone)
    end = WIDTH - MARGIN - sheet.width("UTC", zone) - 20
    for x, tick in ticks:
        letters = Lettering(colours.ink if tick.major else colours.faint, AXIS, bold=tick.major, align="center")
        half = sheet.width(tick.label, letters) / 2
        middle = max(x, MARGIN + half) if x - half > MARGIN - 30 else x
        if middle - half >= free and middle + half <= end:
            sheet.text(middle, y, tick.label, letters)
            free = middle + half + 24


def _sample(sheet: Sheet, stroke: Stroke, box: Box, *, band: bool) -> None:
    edges = [box.bottom, box.top] if band else [(box.bottom + box.top) / 2]
    if band:
        sheet.boxes(points((box.left, box.bottom, box.right, box.top)), Fill(stroke.colour, alpha=0.25))
    for y in edges:
        sheet.line(np.array([box.left, box.right]), np.array([y, y]), stroke)


def _tag_letters(colour: str) -> Lettering:
    return Lettering(colour, SMALL, bold=True)
