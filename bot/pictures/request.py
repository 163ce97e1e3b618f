"""What a picture is made from. No drawing here, and nothing slow to import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from signals.model import Backtest, Candles, FloatArray, IntArray, Issued, Plan
from signals.scores import Band, Quality

if TYPE_CHECKING:
    from signals.indicators import IndicatorFrame

DEFAULT_BARS = 120
MOST_BARS = 500


class Theme(StrEnum):
    """The background that the picture is looked at on."""

    LIGHT = "light"
    DARK = "dark"


class Overlay(StrEnum):
    """What can be drawn over the candles, by the name a person types."""

    BOLLINGER = "bollinger"
    SMA_20 = "sma_20"
    SMA_50 = "sma_50"
    SMA_200 = "sma_200"
    EMA_12 = "ema_12"
    EMA_26 = "ema_26"


class Study(StrEnum):
    """What can be drawn in a panel below the candles, by the name a person types. Volume is always there."""

    RSI = "rsi"
    MACD = "macd"


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """A candle chart: the newest `bars` (1 to `MOST_BARS`, else the nearer end) of `frame`, with what to draw on them.

    Compute `frame` over more bars than are shown, so that the averages have warmed up. `issued` are signals to mark,
    those outside the picture are left out. `headline` is plain text at the top right, shortened to fit. A series of
    the simulated market is labelled so whether `simulated` is set or not.
    """

    frame: IndicatorFrame
    overlays: tuple[Overlay, ...] = (Overlay.BOLLINGER, Overlay.SMA_50)
    studies: tuple[Study, ...] = ()
    plan: Plan | None = None
    issued: tuple[Issued, ...] = ()
    headline: str = ""
    theme: Theme = Theme.LIGHT
    bars: int = DEFAULT_BARS
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class EquityRequest:
    """An equity picture: `equity` is the capital after each bar of `candles`, 1.0 before the first, costs paid.

    `result` gives the figures in the title; the curve of buying at the first close and holding is made from `candles`.
    """

    candles: Candles
    equity: FloatArray
    result: Backtest
    theme: Theme = Theme.LIGHT
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """A reliability picture: what was said beside what came true, in `bands`, lowest first.

    `what` names the forecasts in the title; `uncalibrated` signals showed no confidence and are only counted.
    """

    what: str
    bands: tuple[Band, ...]
    quality: Quality | None
    uncalibrated: int = 0
    theme: Theme = Theme.LIGHT


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """An account's equity and drawdown: epoch ms ascending, worth and money put in at each, in USDT, and the drawdown
    as a fraction (0 or below). `what` is the title, `subtitle` one line below it.
    """

    ms: IntArray
    equity: FloatArray
    put_in: FloatArray
    drawdown: FloatArray
    what: str = "Paper account"
    subtitle: str = ""
    theme: Theme = Theme.LIGHT


@dataclass(frozen=True, slots=True)
class AllocationRequest:
    """Where an account's money is: (name, share of equity, words beside the bar), in the order they are shown; shares
    below zero are shorts.
    """

    parts: tuple[tuple[str, float, str], ...]
    what: str = "Allocation"
    subtitle: str = ""
    theme: Theme = Theme.LIGHT
