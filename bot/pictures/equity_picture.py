"""The equity picture: the strategy beside buying and holding, and how far each stood below its best."""

from __future__ import annotations

import numpy as np

from bot.pictures import panel as parts
from bot.pictures.panel import Header, KeyItem, Level, Panel
from bot.pictures.request import EquityRequest
from bot.pictures.scale import extremes, roomy, tick_texts, time_ticks, value_ticks
from bot.pictures.sheet import Box, Fill, Lettering, Sheet, Stroke
from bot.pictures.theme import Palette, palette
from signals.errors import DataError
from signals.market.simulated import SimulatedSource
from signals.model import Backtest, FloatArray, IntArray

FEW_TRADES = 30
BUCKETS = 700
MOST_TIMES = 7
Curve = tuple[FloatArray, FloatArray]


def draw_equity(request: EquityRequest) -> Sheet:
    """The finished sheet. DataError when there is not one bar, or not one value of equity for each."""
    candles, equity = request.candles, request.equity
    if not len(candles) or len(equity) != len(candles):
        raise DataError(f"{candles.series}: {len(equity)} values of equity for {len(candles)} bars")
    colours = palette(request.theme)
    sheet = Sheet(colours.paper)
    won = 100.0 * (np.concatenate([[1.0], equity]) - 1.0)
    held = 100.0 * (np.concatenate([[1.0], candles.close / candles.close[0]]) - 1.0)
    levels = _levels(float(won[-1]), float(held[-1]), colours)
    low, high = roomy(float(min(won.min(), held.min())), float(max(won.max(), held.max())))
    ticks = value_ticks(low, high, 6)
    texts = [f"{text} %" for text in tick_texts(ticks)]
    right = parts.gutter(sheet, [level.text for level in levels], texts)
    upper, lower = parts.stack([1.0, 0.4], right)
    until = np.concatenate([candles.open_ms[:1], candles.open_ms + candles.series.timeframe.ms])
    moments = _times(sheet, colours, until, lower)
    parts.header(sheet, colours, _header(request))
    parts.key(sheet, colours, _key(colours))
    main = Panel(upper, low, high)
    parts.grid(sheet, colours, main, [float(t) for t in ticks], moments)
    parts.rules(sheet, main, [Level(0.0, "", colours.faint, Stroke(colours.faint, 3, alpha=0.6))])
    x = _x(until, upper)
    _curves(sheet, (x, won), (x, held), main, colours)
    taken = parts.tags(sheet, colours, main, levels)
    labelled = list(zip((float(t) for t in ticks), texts, strict=True))
    parts.axis(sheet, colours, main, parts.clear_of(labelled, main, taken))
    _drawdown(sheet, colours, (_fall(won), _fall(held)), (lower, x, moments))
    return sheet


def _header(request: EquityRequest) -> Header:
    candles, result = request.candles, request.result
    simulated = request.simulated or candles.series.exchange == SimulatedSource.exchange
    return Header(
        title=f"{result.symbol} {result.timeframe} backtest",
        subtitle=verdict(result),
        warning="SIMULATED" if simulated else "",
    )


def verdict(result: Backtest) -> str:
    """The result in one line with what it must be measured against, and a warning when the trades are too few."""
    said = [f"{signed(result.return_pct)} after costs"]
    if result.buy_hold_pct is not None:
        ahead = result.return_pct - result.buy_hold_pct
        said.append(f"{abs(ahead):.1f} points {'better' if ahead > 0 else 'worse'} than holding")
    trades = f"{result.trades} trade{'' if result.trades == 1 else 's'}"
    said.append(f"{trades}: too few to judge" if result.trades < FEW_TRADES else trades)
    return ", ".join(said)


def signed(percent: float) -> str:
    """`+3.2 %`, `−12.5 %`, and `0.0 %` without a sign."""
    text = f"{percent:+,.1f} %".replace("-", "−")
    return text[1:] if text[1:] == "0.0 %" else text


def _levels(won: float, held: float, colours: Palette) -> list[Level]:
    return [
        Level(won, f"Strategy {signed(won)}", colours.entry),
        Level(held, f"Holding {signed(held)}", colours.falling),
    ]


def _key(colours: Palette) -> list[KeyItem]:
    return [
        KeyItem("strategy, after costs", _strategy(colours)),
        KeyItem("buy and hold", _holding(colours)),
    ]


def _strategy(colours: Palette) -> Stroke:
    return Stroke(colours.entry, 6)


def _holding(colours: Palette) -> Stroke:
    return Stroke(colours.falling, 2.5)


def _x(ms: IntArray, box: Box) -> FloatArray:
    share = (ms - ms[0]) / float(ms[-1] - ms[0])
    x: FloatArray = box.left + share * (box.right - 12 - box.left)
    return x


def _times(sheet: Sheet, colours: Palette, ms: IntArray, box: Box) -> list[float]:
    ticks = time_ticks(int(ms[0]), int(ms[-1]), int(ms[1] - ms[0]), MOST_TIMES)
    at = [float(np.round(np.interp(tick.ms, ms, _x(ms, box)))) for tick in ticks]
    parts.times(sheet, colours, box, list(zip(at, ticks, strict=True)))
    return at


def _thinned(curve: Curve) -> Curve:
    x, values = curve
    kept = extremes(values, BUCKETS)
    return x[kept], values[kept]


def _curves(sheet: Sheet, won: Curve, held: Curve, panel: Panel, colours: Palette) -> None:
    for curve, stroke in ((held, _holding(colours)), (won, _strategy(colours))):
        x, values = _thinned(curve)
        sheet.line(x, panel.y(values), stroke, panel.box)


def _fall(percent: FloatArray) -> FloatArray:
    worth = 1.0 + percent / 100.0
    fall: FloatArray = 100.0 * (worth / np.maximum.accumulate(worth) - 1.0)
    return fall


def _drawdown(
    sheet: Sheet, colours: Palette, falls: tuple[FloatArray, FloatArray], where: tuple[Box, FloatArray, list[float]]
) -> None:
    box, x, moments = where
    mine, holding = falls
    strip = 50.0
    panel = Panel(
        Box(box.left, box.bottom, box.right, box.top - strip),
        min(-1.0, 1.08 * float(min(mine.min(), holding.min()))),
        0.0,
    )
    ticks = value_ticks(panel.low, panel.high, 3)
    parts.grid(sheet, colours, panel, [float(t) for t in ticks], moments)
    at, depth = _thinned((x, mine))
    top = np.full(len(at), panel.box.top)
    outline = np.concatenate([np.stack([at, panel.y(depth)], 1), np.stack([at, top], 1)[::-1]])
    sheet.shapes(outline[None], Fill(colours.entry, alpha=0.3), panel.box)
    sheet.line(at, panel.y(depth), Stroke(colours.entry, 4), panel.box)
    at, depth = _thinned((x, holding))
    sheet.line(at, panel.y(depth), _holding(colours), panel.box)
    named = f"Drawdown: worst {signed(float(mine.min()))}, holding {signed(float(holding.min()))}"
    sheet.text(box.left, box.top - strip / 2, named, Lettering(colours.ink, parts.SMALL))
    parts.axis(
        sheet, colours, panel, [(float(t), f"{text} %") for t, text in zip(ticks, tick_texts(ticks), strict=True)]
    )
