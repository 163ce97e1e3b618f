"""The candle chart: candles with overlays and a plan's levels, volume, and studies below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.levels import plan_levels, plan_zones, signal_marks
from bot.pictures.overlays import draw_overlays, key_items, overlay_range
from bot.pictures.panel import Header, Level, Panel
from bot.pictures.place import Places, places
from bot.pictures.request import MOST_BARS, ChartRequest
from bot.pictures.scale import compact, decimals, price_text, roomy, tick_texts, time_ticks, value_ticks
from bot.pictures.sheet import Box, Fill, Lettering, Sheet, Stroke, points
from bot.pictures.studies import draw_study, tick_labels
from bot.pictures.theme import Palette, palette
from bot.wording import when
from signals.errors import DataError
from signals.indicators import IndicatorFrame
from signals.market.simulated import SimulatedSource
from signals.model import Candles

MAIN_SHARE, VOLUME_SHARE, STUDY_SHARE = 1.0, 0.2, 0.3
MOST_TIMES = 7
NARROWEST_HOLLOW = 5.0  # pixels of a body below which an outline leaves no hole


@dataclass(frozen=True, slots=True)
class _Chart:
    request: ChartRequest
    sheet: Sheet
    colours: Palette
    frame: IndicatorFrame
    levels: tuple[Level, ...]


def draw_candles(request: ChartRequest) -> Sheet:
    """The finished sheet. DataError when there is not one bar."""
    frame = _newest(request)
    colours = palette(request.theme)
    sheet = Sheet(colours.paper)
    levels = _levels(request, frame.candles, colours)
    chart = _Chart(request, sheet, colours, frame, levels)
    low, high = _price_range(chart)
    ticks = value_ticks(low, high, 6)
    texts = tick_texts(ticks)
    beside = [*texts, _volume_text(frame.candles), *(t for s in request.studies for t in tick_labels(s, frame))]
    right = parts.gutter(sheet, [level.text for level in levels], beside)
    boxes = parts.stack([MAIN_SHARE, VOLUME_SHARE, *(STUDY_SHARE for _ in request.studies)], right)
    at = places(frame.candles, boxes[0], ahead=request.plan is not None)
    main = Panel(boxes[0], low, high)
    parts.header(sheet, colours, _header(request, frame.candles, at))
    parts.key(sheet, colours, key_items(frame, request.overlays, main, colours))
    _gaps(chart, at, Box(boxes[0].left, boxes[-1].bottom, right, boxes[0].top))
    moments = _times(chart, at, boxes[-1])
    _main(chart, at, main, (list(zip((float(t) for t in ticks), texts, strict=True)), moments))
    _volume(chart, at, boxes[1], moments)
    for study, box in zip(request.studies, boxes[2:], strict=True):
        draw_study(sheet, colours, (study, frame), at, (box, moments))
    return sheet


def _newest(request: ChartRequest) -> IndicatorFrame:
    frame = request.frame
    if not len(frame):
        raise DataError(f"{frame.candles.series} has no bars to draw")
    start = max(0, len(frame) - min(max(request.bars, 1), MOST_BARS))
    columns = {name: values[start:] for name, values in frame.columns.items()}
    return replace(frame, candles=frame.candles.part(start), columns=columns, age=frame.age[start:])


def _levels(request: ChartRequest, candles: Candles, colours: Palette) -> tuple[Level, ...]:
    last = float(candles.close[-1])
    prices = [] if request.plan is None else [*request.plan.entries, request.plan.stop, *request.plan.targets]
    digits = max(decimals(price) for price in (last, *prices))
    planned = () if request.plan is None else plan_levels(request.plan, digits, colours)
    if any(level.value == last for level in planned):
        return planned
    name = "Last " if planned else ""
    return (
        *planned,
        Level(last, name + price_text(last, digits), colours.ink, Stroke(colours.ink, 2, (1.0, 3.0), 0.6)),
    )


def _price_range(chart: _Chart) -> tuple[float, float]:
    candles = chart.frame.candles
    low, high = float(candles.low.min()), float(candles.high.max())
    levels = [level.value for level in chart.levels]
    low, high = min(low, *levels), max(high, *levels)
    return roomy(*overlay_range(chart.frame, chart.request.overlays, low, high))


def _header(request: ChartRequest, candles: Candles, at: Places) -> Header:
    series = candles.series
    simulated = request.simulated or series.exchange == SimulatedSource.exchange
    missing = sum(bars for _, _, bars in at.gaps)
    lacking = f", {missing} bar{'' if missing == 1 else 's'} missing" if missing else ""
    return Header(
        title=f"{series.symbol} {series.timeframe}",
        subtitle=f"{series.exchange}, last close {when(candles.closed_at())}{lacking}",
        headline=request.headline,
        warning="SIMULATED" if simulated else "",
    )


def _times(chart: _Chart, at: Places, lowest: Box) -> list[float]:
    candles, timeframe = chart.frame.candles, chart.frame.candles.series.timeframe
    ticks = time_ticks(int(candles.open_ms[0]), int(candles.open_ms[-1]), timeframe.ms, MOST_TIMES)
    placed = [(at.of(tick.ms), tick) for tick in ticks]
    parts.times(chart.sheet, chart.colours, lowest, placed)
    return [x for x, _ in placed]


def _gaps(chart: _Chart, at: Places, area: Box) -> None:
    if not at.gaps:
        return
    strips = points(*((start, area.bottom, stop, area.top) for start, stop, _ in at.gaps))
    chart.sheet.boxes(strips, Fill(chart.colours.grid, alpha=0.6))
    letters = Lettering(chart.colours.faint, parts.SMALL, align="center")
    for start, stop, missing in at.gaps:
        text = next((t for t in (f"no data: {missing} bars", "no data", "gap") if _fits(chart, t, stop - start)), None)
        if text is not None:
            chart.sheet.text((start + stop) / 2, area.top - 30, text, letters)


def _fits(chart: _Chart, text: str, room: float) -> bool:
    return chart.sheet.width(text, Lettering("", parts.SMALL)) < room - 10


def _main(chart: _Chart, at: Places, panel: Panel, marks: tuple[list[tuple[float, str]], list[float]]) -> None:
    sheet, colours, request = chart.sheet, chart.colours, chart.request
    ticks, moments = marks
    parts.grid(sheet, colours, panel, [value for value, _ in ticks], moments)
    if request.plan is not None:
        plan_zones(sheet, colours, request.plan, panel, at)
    parts.rules(sheet, panel, chart.levels)
    draw_overlays(sheet, colours, (chart.frame, request.overlays), panel, at)
    _candles(chart, at, panel)
    signal_marks(sheet, colours, request.issued, chart.frame.candles, (panel, at))
    taken = parts.tags(sheet, colours, panel, chart.levels)
    parts.axis(sheet, colours, panel, parts.clear_of(ticks, panel, taken))


def _candles(chart: _Chart, at: Places, panel: Panel) -> None:
    candles, colours = chart.frame.candles, chart.colours
    top, bottom = (np.round(panel.y(edge(candles.open, candles.close))) for edge in (np.maximum, np.minimum))
    high, low = np.round(panel.y(candles.high)), np.round(panel.y(candles.low))
    up = candles.close >= candles.open
    edge = 3.0 if at.body > 12 else 2.0
    for rising, colour in ((True, colours.rising), (False, colours.falling)):
        mine = up == rising
        x = at.x[mine]
        wicks = np.concatenate(
            [np.stack([x, top[mine], x, high[mine]], 1), np.stack([x, low[mine], x, bottom[mine]], 1)]
        )
        chart.sheet.segments(wicks, Stroke(colour, edge), panel.box)
        hollow = rising and at.body >= NARROWEST_HOLLOW
        body = np.stack([x - at.body / 2, bottom[mine], x + at.body / 2, np.maximum(top[mine], bottom[mine] + 2)], 1)
        fill = Fill(colours.paper if hollow else colour, colour, edge if hollow else 1.0)
        chart.sheet.boxes(body, fill, panel.box)


def _volume(chart: _Chart, at: Places, box: Box, moments: list[float]) -> None:
    candles, colours, sheet = chart.frame.candles, chart.colours, chart.sheet
    most = float(candles.volume.max())
    panel = Panel(box, 0.0, most * 1.12 if most > 0 else 1.0)
    parts.grid(sheet, colours, panel, [most], moments)
    height = np.round(panel.y(candles.volume))
    up = candles.close >= candles.open
    for rising, colour in ((True, colours.rising), (False, colours.falling)):
        x = at.x[up == rising]
        bars = np.stack([x - at.body / 2, np.full(len(x), box.bottom), x + at.body / 2, height[up == rising]], 1)
        hollow = rising and at.body >= NARROWEST_HOLLOW
        sheet.boxes(bars, Fill(colours.paper if hollow else colour, colour, 2.0 if hollow else 1.0, 0.85), box)
    parts.axis(sheet, colours, panel, [(most, _volume_text(candles))])


def _volume_text(candles: Candles) -> str:
    return f"Vol {compact(float(candles.volume.max()))}"
