"""Candle and equity pictures: the bytes, and what can be read on them."""

from __future__ import annotations

import asyncio
import io
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bot.charts import ChartRequest, EquityRequest, Overlay, Study, Theme, candle_chart, equity_chart
from bot.pictures.candle_picture import draw_candles
from bot.pictures.equity_picture import draw_equity
from bot.pictures.sheet import HEIGHT, WIDTH, Sheet
from signals.errors import DataError
from signals.indicators import compute
from signals.model import Action, Candles, Series, Timeframe
from tests.builders import NOW, a_backtest, a_plan, a_signal, an_issued, candles_from, random_walk

ROOT = Path(__file__).parents[2]
ALL = tuple(Overlay)
BOTH = tuple(Study)


def a_request(candles: Candles | None = None, **changes: object) -> ChartRequest:
    built = ChartRequest(compute(random_walk(400) if candles is None else candles))
    return replace(built, **changes)  # type: ignore[arg-type]


def an_equity(bars: int = 300, **changes: object) -> EquityRequest:
    candles = random_walk(bars)
    built = EquityRequest(candles, 1.0 + 0.1 * np.sin(np.arange(bars) / 20), a_backtest())
    return replace(built, **changes)  # type: ignore[arg-type]


def scaled(candles: Candles, factor: float) -> Candles:
    """The same bars at other prices, with seven significant digits as exchanges quote them."""
    columns = (candles.open, candles.high, candles.low, candles.close)
    made = (np.array([float(f"{v * factor:.7g}") for v in column]) for column in columns)
    return Candles(candles.series, candles.open_ms, *made, candles.volume)


def without(candles: Candles, *spans: slice) -> Candles:
    kept = np.ones(len(candles), dtype=bool)
    for span in spans:
        kept[span] = False
    columns = (candles.open_ms, candles.open, candles.high, candles.low, candles.close, candles.volume)
    return Candles(candles.series, *(c[kept] for c in columns))  # type: ignore[arg-type]


def texts_of(sheet: Sheet) -> list[str]:
    return [text for text, _ in sheet.placed_texts()]


def pixels(png: bytes) -> np.ndarray:
    from matplotlib.image import imread

    return imread(io.BytesIO(png), format="png")


FLAT = replace(candles_from(np.full(60, 2.0), spread=0.0), volume=np.zeros(60))
MARKS = (an_issued(bar_open_at=NOW - timedelta(hours=9)), an_issued(bar_open_at=NOW - timedelta(hours=30)))
ODD = {
    "plain": a_request(),
    "with a plan": a_request(plan=a_plan(), issued=MARKS, headline="BUY, 61 % (n = 43)"),
    "a plan from before": a_request(plan=a_plan(expires_at=NOW - timedelta(days=40)), bars=30),
    "a plan to come": a_request(plan=a_plan(expires_at=NOW + timedelta(hours=30))),
    "everything, dark": a_request(plan=a_plan(), overlays=ALL, studies=BOTH, theme=Theme.DARK, simulated=True),
    "one bar": a_request(random_walk(1), overlays=ALL, studies=BOTH),
    "one bar with a plan": a_request(random_walk(1), plan=a_plan()),
    "two bars": a_request(random_walk(2)),
    "twenty bars": a_request(random_walk(20), overlays=ALL, studies=BOTH),
    "five hundred bars": a_request(random_walk(700), bars=500, overlays=ALL),
    "more than is drawn": a_request(random_walk(700), bars=10_000),
    "fewer than one": a_request(bars=-3),
    "flat": a_request(FLAT, studies=BOTH),
    "tiny prices": a_request(scaled(random_walk(300), 1e-9), studies=BOTH),
    "huge prices": a_request(scaled(random_walk(300), 1e7), studies=BOTH),
    "warming up": a_request(random_walk(130), overlays=ALL, studies=BOTH),
    "gaps": a_request(without(random_walk(400), slice(300, 345), slice(360, 361), slice(380, 384)), studies=BOTH),
    "15 minutes": a_request(random_walk(400, series=Series("binance", "ETH/USDT", Timeframe.M15))),
    "4 hours": a_request(random_walk(400, series=Series("binance", "ETH/USDT", Timeframe.H4))),
    "days": a_request(random_walk(400, series=Series("binance", "ETH/USDT", Timeframe.D1)), bars=365),
    "long texts": a_request(headline="$x^2$ & <b>bold</b> " * 20, simulated=True),
}
EQUITY = {
    "plain": an_equity(),
    "dark": an_equity(theme=Theme.DARK),
    "one bar": an_equity(1),
    "nothing moved": EquityRequest(FLAT, np.ones(60), a_backtest(trades=0, return_pct=0.0, buy_hold_pct=0.0)),
    "many bars": an_equity(20_000),
    "without a comparison": an_equity(result=a_backtest(buy_hold_pct=None, trades=1)),
    "simulated": an_equity(candles=random_walk(300, series=Series("simulated", "ETH/USDT", Timeframe.H1))),
}


@pytest.mark.parametrize(("kind", "name"), [*(("candles", n) for n in ODD), *(("equity", n) for n in EQUITY)])
def test_no_two_texts_touch_and_none_leaves_the_picture(kind: str, name: str) -> None:
    placed = (draw_candles(ODD[name]) if kind == "candles" else draw_equity(EQUITY[name])).placed_texts()

    touching = [
        (a, b)
        for (a, p), (b, q) in combinations(placed, 2)
        if p.left < q.right and q.left < p.right and p.bottom < q.top and q.bottom < p.top
    ]
    outside = [t for t, p in placed if p.left < 0 or p.bottom < 0 or p.right > WIDTH or p.top > HEIGHT]
    assert (touching, outside) == ([], [])


@pytest.mark.parametrize("name", ["plain", "everything, dark", "one bar", "flat", "gaps", "tiny prices"])
def test_a_candle_chart_is_a_png_of_double_density(name: str) -> None:
    png = candle_chart(ODD[name])

    assert struct.unpack(">II", png[16:24]) == struct.unpack(">II", equity_chart(an_equity())[16:24]) == (1800, 1400)
    assert pixels(png).shape == (1400, 1800, 3)
    assert b"pHYs" in png[:64]


def test_the_same_request_gives_the_same_bytes() -> None:
    request = ODD["with a plan"]

    assert candle_chart(request) == candle_chart(request)


def test_pictures_drawn_at_once_in_threads_equal_those_drawn_alone() -> None:
    requests = [ODD["plain"], ODD["everything, dark"], ODD["flat"], ODD["with a plan"]]
    alone = [candle_chart(request) for request in requests]

    async def together() -> list[bytes]:
        return await asyncio.gather(*(asyncio.to_thread(candle_chart, request) for request in requests))

    assert asyncio.run(together()) == alone


def test_drawing_leaves_matplotlib_as_it_was_and_never_loads_pyplot() -> None:
    code = """
import sys
import bot.charts
assert "matplotlib" not in sys.modules, "loaded at import"
import matplotlib
before = dict(matplotlib.rcParams)
from tests.builders import random_walk
from signals.indicators import compute
bot.charts.candle_chart(bot.charts.ChartRequest(compute(random_walk(60))))
assert dict(matplotlib.rcParams) == before, "settings changed"
assert "matplotlib.pyplot" not in sys.modules, "pyplot loaded"
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_title_says_what_where_and_when_the_last_bar_closed() -> None:
    texts = texts_of(draw_candles(a_request()))

    assert "ETH/USDT 1h" in texts
    assert "replay, last close 2022-11-08 12:00 UTC" in texts
    assert "SIMULATED" not in texts
    assert "UTC" in texts


def test_a_simulated_series_is_labelled_even_when_nobody_asks_for_it() -> None:
    candles = random_walk(60, series=Series("simulated", "ETH/USDT", Timeframe.H1))

    assert "SIMULATED" in texts_of(draw_candles(a_request(candles)))
    assert "SIMULATED" in texts_of(draw_equity(EQUITY["simulated"]))


def test_every_level_of_the_plan_is_named_with_its_price() -> None:
    candles = candles_from(np.linspace(1480, 1501, 40))
    plan = a_plan(invalidation=1470.5, targets=(1540.0, 1560.25))

    texts = texts_of(draw_candles(a_request(candles, plan=plan)))

    entries = {"Entry 1,500.00", "Limit 1,490.00", "Stop 1,460.00", "Invalid 1,470.50"}
    assert entries | {"T1 1,540.00", "T2 1,560.25", "Last 1,501.00"} < set(texts)


def test_a_single_target_is_called_target_and_a_price_at_the_entry_is_not_repeated() -> None:
    candles = candles_from(np.linspace(1480, 1500, 40))

    texts = texts_of(draw_candles(a_request(candles, plan=a_plan(targets=(1560.0,)))))

    assert "Target 1,560" in texts
    assert not any(text.startswith("Last") for text in texts)


def test_tiny_prices_keep_their_digits() -> None:
    candles = candles_from(np.linspace(1.2e-6, 1.2345e-6, 40))

    texts = texts_of(draw_candles(a_request(candles)))

    assert "0.0000012345" in texts
    assert not any("e-" in text for text in texts)


def test_huge_prices_are_written_in_full() -> None:
    assert "1,234,567,890" in texts_of(draw_candles(a_request(candles_from([1.2e9, 1_234_567_890.0]))))


def test_a_headline_is_plain_text_and_what_the_font_lacks_becomes_a_question_mark() -> None:
    texts = texts_of(draw_candles(a_request(headline="$\\frac{a}{b}$\n測 \u202eok")))

    assert "$\\frac{a}{b}$ ? ok" in texts


def test_a_long_headline_ends_in_an_ellipsis() -> None:
    assert any(text.endswith("…") for text in texts_of(draw_candles(ODD["long texts"])))


def test_missing_bars_are_counted_and_marked() -> None:
    texts = texts_of(draw_candles(ODD["gaps"]))

    assert "replay, last close 2022-11-08 12:00 UTC, 50 bars missing" in texts
    assert "gap" in texts


def test_lines_that_cannot_be_seen_are_named_with_the_reason() -> None:
    few = texts_of(draw_candles(a_request(random_walk(30), overlays=ALL)))
    falling = compute(candles_from(np.concatenate([np.full(300, 900.0), np.linspace(101, 100, 60)])))
    rising = compute(candles_from(np.concatenate([np.full(300, 10.0), np.linspace(101, 100, 60)])))

    assert "too few bars: SMA 50, SMA 200" in few
    for frame, reason in ((falling, "above: SMA 200"), (rising, "below: SMA 200")):
        assert reason in texts_of(draw_candles(ChartRequest(frame, overlays=(Overlay.SMA_200,), bars=40)))


def test_a_rising_bar_is_hollow_and_a_falling_one_is_full() -> None:
    rising = pixels(candle_chart(a_request(candles_from([100.0, 110.0]), overlays=(), bars=1)))
    falling = pixels(candle_chart(a_request(candles_from([110.0, 100.0]), overlays=(), bars=1)))

    coloured = [int((np.ptp(picture[300:1000], axis=2) > 0.3).sum()) for picture in (rising, falling)]
    assert coloured[0] > 0
    assert coloured[0] * 3 < coloured[1]


@pytest.mark.parametrize("action", [Action.BUY, Action.SELL])
def test_an_issued_signal_is_marked_on_its_bar(action: Action) -> None:
    issued = replace(an_issued(), signal=a_signal(action=action), plan=None)

    assert candle_chart(a_request(issued=(issued,))) != candle_chart(a_request())


def test_a_signal_outside_the_picture_or_without_a_bar_or_direction_is_left_out() -> None:
    outside = an_issued(bar_open_at=NOW - timedelta(days=400))
    unnamed, holding = an_issued(bar_open_at=None), an_issued(action=Action.HOLD)

    assert candle_chart(a_request(issued=(outside, unnamed, holding))) == candle_chart(a_request())


def test_themes_differ_in_their_background() -> None:
    light, dark = (pixels(candle_chart(a_request(theme=theme))) for theme in Theme)

    assert light[0, 0].min() == 1.0
    assert dark[0, 0].max() < 0.2


def test_no_bars_make_no_picture() -> None:
    empty = compute(random_walk(5)).candles.part(5)
    frame = replace(compute(random_walk(5)), candles=empty)

    with pytest.raises(DataError, match="no bars to draw"):
        candle_chart(ChartRequest(frame))


def test_equity_must_have_a_value_for_each_bar() -> None:
    with pytest.raises(DataError, match="2 values of equity for 300 bars"):
        equity_chart(an_equity(equity=np.ones(2)))


def test_the_equity_title_is_honest() -> None:
    losing = texts_of(draw_equity(an_equity()))
    few = texts_of(draw_equity(an_equity(result=a_backtest(return_pct=3.0, buy_hold_pct=9.5, trades=1))))

    assert "ETH/USDT 1h backtest" in losing
    assert "−12.5 % after costs, 17.5 points better than holding, 40 trades" in losing
    assert "+3.0 % after costs, 6.5 points worse than holding, 1 trade: too few to judge" in few


def test_the_equity_picture_names_where_both_curves_end_and_their_worst_fall() -> None:
    candles = candles_from([100.0, 50.0, 80.0])

    texts = texts_of(draw_equity(an_equity(candles=candles, equity=np.array([1.0, 1.2, 0.9]))))

    assert "Strategy −10.0 %" in texts
    assert "Holding −20.0 %" in texts
    assert "Drawdown: worst −25.0 %, holding −50.0 %" in texts
