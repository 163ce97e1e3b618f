"""The pictures as people see them: golden files to look at, compared with tolerance (fonts differ by a pixel).

`python -m tests.bot.test_golden_pictures` draws them anew.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.charts import ChartRequest, EquityRequest, Overlay, Study, Theme, candle_chart, equity_chart
from signals.analysis import Moment, analyse
from signals.backtest.run import Rules, backtest
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.market.simulated import simulate
from signals.model import Candles, Market, PlanRules, Timeframe
from signals.universe import default_rules

GOLDEN = Path(__file__).parents[1] / "golden" / "pictures"
ETH = Market("ETH/USDT", Timeframe.H1)
END = datetime(2026, 10, 31, 19, tzinfo=UTC)
HOUR_MS = Timeframe.H1.ms


def bars(count: int) -> Candles:
    return simulate(7, ETH, to_ms(END) - count * HOUR_MS, to_ms(END))


def candles(theme: Theme) -> bytes:
    moment = Moment(END, SignalRules(), PlanRules(), default_rules("ETH/USDT").tick)
    judged = analyse(bars(600), moment)
    assert judged.frame is not None
    overlays, studies = (Overlay.BOLLINGER, Overlay.SMA_50), (Study.RSI,)
    headline = judged.signal.action.value
    return candle_chart(ChartRequest(judged.frame, overlays, studies, judged.plan, (), headline, theme))


def equity(theme: Theme) -> bytes:
    tested = backtest(bars(3000), Rules(SignalRules(), PlanRules(), shorts=True), END)
    return equity_chart(EquityRequest(tested.candles, tested.ledger.equity, tested.result, theme))


PICTURES: dict[str, Callable[[], bytes]] = {
    "candles-dark": lambda: candles(Theme.DARK),
    "candles-light": lambda: candles(Theme.LIGHT),
    "equity-dark": lambda: equity(Theme.DARK),
    "equity-light": lambda: equity(Theme.LIGHT),
}


def pixels(png: bytes) -> np.ndarray:
    """The picture at a quarter of its size, so that a pixel's shift of a letter hardly counts."""
    from matplotlib.image import imread

    full = imread(io.BytesIO(png), format="png")[..., :3]
    height, width = (side // 4 * 4 for side in full.shape[:2])
    return full[:height, :width].reshape(height // 4, 4, width // 4, 4, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_it_was_agreed(name: str) -> None:
    drawn, agreed = pixels(PICTURES[name]()), pixels((GOLDEN / f"{name}.png").read_bytes())

    assert drawn.shape == agreed.shape
    assert np.abs(drawn - agreed).mean() < 0.02


def test_another_picture_would_be_noticed() -> None:
    dark, light = (pixels((GOLDEN / f"candles-{theme}.png").read_bytes()) for theme in ("dark", "light"))

    assert np.abs(dark - light).mean() > 0.2


if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (GOLDEN / f"{name}.png").write_bytes(draw())
