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

from bot.charts import (
    AccountRequest,
    AllocationRequest,
    ChartRequest,
    EquityRequest,
    Overlay,
    Study,
    Theme,
    account_chart,
    allocation_chart,
    candle_chart,
    equity_chart,
)
from signals.analysis import Moment, analyse
from signals.backtest.run import Rules, backtest
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.market.simulated import simulate
from signals.model import Candles, Market, PlanRules, Timeframe
from signals.portfolio.performance import drawdowns
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


def account(theme: Theme) -> bytes:
    """Three months of an account with money put in on the way."""
    days = 90
    returns = np.random.default_rng(4).normal(0.001, 0.012, days)
    put_in = np.where(np.arange(days + 1) < 50, 10_000.0, 12_000.0)
    equity = [10_000.0]
    for day, made in enumerate(returns, start=1):
        equity.append(equity[-1] * (1 + made) + put_in[day] - put_in[day - 1])
    ms = to_ms(END) - np.arange(days, -1, -1, dtype=np.int64) * 24 * HOUR_MS
    request = AccountRequest(ms, np.array(equity), put_in, drawdowns(returns), subtitle="12,345.67 USDT", theme=theme)
    return account_chart(request)


def allocation(theme: Theme) -> bytes:
    """Longs, a short, and cash."""
    shares = (
        ("BTC", 0.31),
        ("ETH", 0.22),
        ("SOL short", -0.08),
        ("ADA", 0.04),
        ("kept for shorts", 0.16),
        ("free cash", 0.35),
    )
    named = tuple((name, share, f"{100 * abs(share):.1f} % · {abs(share) * 10_000:,.2f}") for name, share in shares)
    return allocation_chart(AllocationRequest(named, subtitle="Share of 10,000.00 USDT of equity", theme=theme))


PICTURES: dict[str, Callable[[], bytes]] = {
    "account-dark": lambda: account(Theme.DARK),
    "account-light": lambda: account(Theme.LIGHT),
    "allocation-dark": lambda: allocation(Theme.DARK),
    "allocation-light": lambda: allocation(Theme.LIGHT),
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
