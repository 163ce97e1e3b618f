"""The allocation picture: a bar for each part of an account, as long as its share of the equity."""

from __future__ import annotations

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.panel import MARGIN, Header
from bot.pictures.request import AllocationRequest
from bot.pictures.sheet import HEIGHT, WIDTH, Fill, Lettering, Sheet, Stroke, points
from bot.pictures.theme import palette
from signals.errors import DataError

MOST = 12
TOP, BOTTOM = HEIGHT - 190.0, 50.0
TALLEST = 130.0
LETTERS = 44.0


def draw_allocation(request: AllocationRequest) -> Sheet:
    """The finished sheet; DataError without a part. Longs are full, shorts (to the left of zero) are outlined."""
    if not request.parts:
        raise DataError("an allocation needs something to show")
    colours = palette(request.theme)
    sheet = Sheet(colours.paper)
    parts.header(sheet, colours, Header(request.what, request.subtitle))
    rows = shortened(request.parts)
    tall = min(TALLEST, (TOP - BOTTOM) / len(rows))
    size = min(LETTERS, tall * 0.5)
    name, beside = Lettering(colours.ink, size, bold=True), Lettering(colours.ink, size)
    left = MARGIN + max(sheet.width(text, name) for text, _, _ in rows) + 30
    right = WIDTH - MARGIN - max(sheet.width(words, beside) for _, _, words in rows) - 30
    shares = np.array([share for _, share, _ in rows])
    low, high = min(0.0, float(shares.min())), max(float(shares.max()), 0.01)
    scale = (right - left) / (high - low)
    zero = left - low * scale
    for i, (text, share, words) in enumerate(rows):
        middle = TOP - (i + 0.5) * tall
        half, end = tall * 0.32, zero + share * scale
        box = points((min(zero, end), middle - half, max(zero, end, min(zero, end) + 2), middle + half))
        full = Fill(colours.entry) if share >= 0 else Fill(edge=colours.falling, width=5)
        sheet.boxes(box, full)
        sheet.text(MARGIN, middle, text, name)
        sheet.text(right + 30, middle, words, beside)
    ends = points((zero, TOP, zero, TOP - len(rows) * tall))
    sheet.segments(ends, Stroke(colours.faint, 3))
    return sheet


def shortened(found: tuple[tuple[str, float, str], ...]) -> tuple[tuple[str, float, str], ...]:
    """At most `MOST` parts: the last line stands for all that follow."""
    if len(found) <= MOST:
        return found
    rest = found[MOST - 1 :]
    share = sum(part[1] for part in rest)
    return (*found[: MOST - 1], (f"{len(rest)} more", share, f"{100 * share:.1f} %"))
