"""The account picture: what it was worth beside what was put in, and how far it stood below its best."""

from __future__ import annotations

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.panel import Header, KeyItem, Level, Panel
from bot.pictures.request import AccountRequest
from bot.pictures.scale import extremes, roomy, tick_texts, time_ticks, value_ticks
from bot.pictures.sheet import Box, Fill, Lettering, Sheet, Stroke
from bot.pictures.theme import DASHED, Palette, palette
from signals.errors import DataError
from signals.model import FloatArray

BUCKETS = 700
MOST_TIMES = 6
NARROWEST = 0.01  # of the equity: a flat account is not blown up into a mountain range


def draw_account(request: AccountRequest) -> Sheet:
    """The finished sheet; DataError with fewer than two points."""
    ms, equity, put_in = request.ms, request.equity, request.put_in
    if len(ms) < 2:
        raise DataError("an account's picture needs two points in time")
    colours = palette(request.theme)
    sheet = Sheet(colours.paper)
    low, high = _range(equity, put_in)
    ticks = value_ticks(low, high, 6)
    texts = tick_texts(ticks)
    levels = [Level(float(equity[-1]), f"{equity[-1]:,.2f}", colours.entry)]
    right = parts.gutter(sheet, [level.text for level in levels], [*texts, "−100.0 %"])
    upper, lower = parts.stack([1.0, 0.45], right)
    x = _x(request, upper)
    moments = _times(sheet, colours, request, (x, lower))
    parts.header(sheet, colours, Header(request.what, request.subtitle))
    parts.key(sheet, colours, [KeyItem("equity, USDT", _own(colours)), KeyItem("money put in", _paid(colours))])
    main = Panel(upper, low, high)
    parts.grid(sheet, colours, main, [float(t) for t in ticks], moments)
    steps_x, steps_y = np.repeat(x, 2)[1:], np.repeat(put_in, 2)[:-1]
    sheet.line(steps_x, main.y(steps_y), _paid(colours), upper)
    kept = extremes(equity, BUCKETS)
    sheet.line(x[kept], main.y(equity[kept]), _own(colours), upper)
    taken = parts.tags(sheet, colours, main, levels)
    labelled = list(zip((float(t) for t in ticks), texts, strict=True))
    parts.axis(sheet, colours, main, parts.clear_of(labelled, main, taken))
    _drawdown(sheet, colours, 100 * request.drawdown, (lower, x, moments))
    return sheet


def _range(equity: FloatArray, put_in: FloatArray) -> tuple[float, float]:
    low, high = float(min(equity.min(), put_in.min())), float(max(equity.max(), put_in.max()))
    least = NARROWEST * max(abs(low), abs(high))
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    return roomy(low, high)


def _own(colours: Palette) -> Stroke:
    return Stroke(colours.entry, 6)


def _paid(colours: Palette) -> Stroke:
    return Stroke(colours.faint, 3, DASHED)


def _x(request: AccountRequest, box: Box) -> FloatArray:
    share = (request.ms - request.ms[0]) / float(request.ms[-1] - request.ms[0])
    x: FloatArray = box.left + share * (box.right - 12 - box.left)
    return x


def _times(sheet: Sheet, colours: Palette, request: AccountRequest, where: tuple[FloatArray, Box]) -> list[float]:
    x, box = where
    first, last = int(request.ms[0]), int(request.ms[-1])
    ticks = time_ticks(first, last, 1, MOST_TIMES)
    at = [float(np.round(np.interp(tick.ms, request.ms, x))) for tick in ticks]
    parts.times(sheet, colours, box, list(zip(at, ticks, strict=True)))
    return at


def _drawdown(sheet: Sheet, colours: Palette, fall: FloatArray, where: tuple[Box, FloatArray, list[float]]) -> None:
    box, x, moments = where
    strip = 50.0
    panel = Panel(Box(box.left, box.bottom, box.right, box.top - strip), min(-1.0, 1.08 * float(fall.min())), 0.0)
    ticks = value_ticks(panel.low, panel.high, 3)
    parts.grid(sheet, colours, panel, [float(t) for t in ticks], moments)
    kept = extremes(fall, BUCKETS)
    at, depth = x[kept], panel.y(fall[kept])
    top = np.full(len(at), panel.box.top)
    outline = np.concatenate([np.stack([at, depth], 1), np.stack([at, top], 1)[::-1]])
    sheet.shapes(outline[None], Fill(colours.falling, alpha=0.3), panel.box)
    sheet.line(at, depth, Stroke(colours.falling, 4), panel.box)
    said = f"Drawdown: now {_percent(fall[-1])}, deepest {_percent(fall.min())}"
    sheet.text(box.left, box.top - strip / 2, said, Lettering(colours.ink, parts.SMALL))
    texts = zip(ticks, tick_texts(ticks), strict=True)
    parts.axis(sheet, colours, panel, [(float(t), f"{text} %") for t, text in texts])


def _percent(value: float) -> str:
    text = f"{value:.1f} %".replace("-", "−")
    return "0.0 %" if text == "−0.0 %" else text
