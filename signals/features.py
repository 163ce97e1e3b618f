"""The 16 derived features that voters and the learned model share, for all bars at once.

Price distances are measured in ATRs or standard deviations, never in percent, so that a chart turned upside down gives
exactly the negated features. Every value depends on bars up to its own only; warm-up is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from signals.indicators import IndicatorFrame
from signals.model import FloatArray

FEATURES = (
    "return_5",
    "return_10",
    "return_20",
    "volatility_5",
    "volatility_10",
    "volume_ratio",
    "volume_trend",
    "band_position",
    "band_width",
    "rsi_level",
    "rsi_zone",
    "macd_strength",
    "macd_cross",
    "alignment_short",
    "alignment_long",
    "momentum_10",
)
OVERSOLD, OVERBOUGHT = 30.0, 70.0
SQUEEZE_BARS, SQUEEZE_SHARE = 120, 0.20
CROSS_BARS = 3


@dataclass(frozen=True, slots=True)
class FeatureFrame:
    """The indicator frame with its features, and three conditions that are no features: divergence, squeeze, calm.

    `divergence` is +1 (bullish), -1 or 0; `squeeze` is 1 where the band width is in the lowest 20 % of 120 bars;
    `calm` falls from 1 to 0.2 as volatility or trend grows strong.
    """

    frame: IndicatorFrame
    values: dict[str, FloatArray]
    divergence: FloatArray
    squeeze: FloatArray
    calm: FloatArray

    def __getitem__(self, name: str) -> FloatArray:
        return self.values[name] if name in self.values else self.frame[name]

    def __len__(self) -> int:
        return len(self.frame)


def derive(frame: IndicatorFrame) -> FeatureFrame:
    """All features of all bars (float64, NaN while warming up, finite on flat price and zero volume)."""
    close, atr = frame.close, frame["atr_14"]
    steps = np.diff(close, prepend=close[:1])
    width = 4.0 * frame.band_sigma
    values = {
        "return_5": _ratio(_change(close, 5), _typical_step(steps, 20) * np.sqrt(5)),
        "return_10": _ratio(_change(close, 10), _typical_step(steps, 20) * np.sqrt(10)),
        "return_20": _ratio(_change(close, 20), _typical_step(steps, 20) * np.sqrt(20)),
        "volatility_5": _ratio(_typical_step(steps, 5), atr),
        "volatility_10": _ratio(_typical_step(steps, 10), atr),
        **_volume(frame.candles.volume),
        "band_position": _ratio(close - frame["bb_lower_20_2"], width, empty=0.5),
        "band_width": _ratio(width, atr),
        "rsi_level": (frame["rsi_14"] - 50.0) / 50.0,
        "rsi_zone": _rsi_zone(frame["rsi_14"]),
        "macd_strength": _ratio(frame["macd_hist_12_26_9"], atr),
        "macd_cross": _crossing(frame["macd_hist_12_26_9"]),
        "alignment_short": _alignment(close, frame["sma_20"], frame["sma_50"]),
        "alignment_long": _alignment(close, frame["sma_50"], frame["sma_200"]),
        "momentum_10": _ratio(_change(close, 10), atr),
    }
    young = frame.age < SQUEEZE_BARS  # any window that could still reach across the last gap
    values = {name: np.where(young, np.nan, column) for name, column in values.items()}
    divergence = np.where(young, 0.0, _divergence(close, frame["rsi_14"]))
    squeeze = np.where(young, 0.0, _squeeze(width))
    return FeatureFrame(frame, values, divergence, squeeze, _calm(frame))


def _windows(values: FloatArray, bars: int) -> FloatArray:
    """Row i holds the `bars` values that end at bar i; rows that would begin before the first bar are NaN."""
    padded = np.concatenate([np.full(bars - 1, np.nan), values])
    return sliding_window_view(padded, bars)


def _lagged(values: FloatArray, bars: int) -> FloatArray:
    return np.concatenate([np.full(min(bars, len(values)), np.nan), values[:-bars]])


def _change(values: FloatArray, bars: int) -> FloatArray:
    change: FloatArray = values - _lagged(values, bars)
    return change


def _typical_step(steps: FloatArray, bars: int) -> FloatArray:
    """Root mean square of the last bar-to-bar changes: volatility around no drift."""
    mean_square: FloatArray = _windows(steps * steps, bars).mean(axis=1)
    root: FloatArray = np.sqrt(mean_square)
    return root


def _ratio(top: FloatArray, bottom: FloatArray, *, empty: float = 0.0) -> FloatArray:
    """`top / bottom`; `empty` where the bottom is zero (a price that does not move), NaN where either is NaN."""
    known = np.isfinite(top) & np.isfinite(bottom)
    out = np.where(known, empty, np.nan)
    np.divide(top, bottom, out=out, where=known & (np.abs(bottom) > 1e-12))
    return out


def _volume(volume: FloatArray) -> dict[str, FloatArray]:
    mean_20, mean_5 = _windows(volume, 20).mean(axis=1), _windows(volume, 5).mean(axis=1)
    return {"volume_ratio": _ratio(volume, mean_20, empty=1.0), "volume_trend": _ratio(mean_5, mean_20, empty=1.0)}


def _rsi_zone(rsi: FloatArray) -> FloatArray:
    zone = np.where(rsi <= OVERSOLD, -1.0, np.where(rsi >= OVERBOUGHT, 1.0, 0.0))
    return np.where(np.isnan(rsi), np.nan, zone)


def _crossing(histogram: FloatArray) -> FloatArray:
    """+1 when the histogram turned positive within the last three bars and still is, -1 for the mirror."""
    side = np.sign(histogram)
    was_other = (_windows(_lagged(side, 1), CROSS_BARS) * side[:, None] < 0).any(axis=1)
    return np.where(np.isnan(histogram), np.nan, side * was_other)


def _alignment(close: FloatArray, fast: FloatArray, slow: FloatArray) -> FloatArray:
    """Mean of two signs: close against the fast mean, the fast mean against the slow one."""
    aligned: FloatArray = (np.sign(close - fast) + np.sign(fast - slow)) / 2.0
    return aligned


def _divergence(close: FloatArray, rsi: FloatArray) -> FloatArray:
    """Lower low in price with a higher low in RSI is +1, the mirror -1; the newest bar confirms, it is no pivot."""
    recent_close, recent_rsi = _windows(_lagged(close, 1), 5), _windows(_lagged(rsi, 1), 5)
    before_close, before_rsi = _windows(_lagged(close, 6), 20), _windows(_lagged(rsi, 6), 20)
    bullish: NDArray[np.bool_] = (recent_close.min(axis=1) < before_close.min(axis=1)) & (
        recent_rsi.min(axis=1) > before_rsi.min(axis=1) + 2.0
    )
    bearish: NDArray[np.bool_] = (recent_close.max(axis=1) > before_close.max(axis=1)) & (
        recent_rsi.max(axis=1) < before_rsi.max(axis=1) - 2.0
    )
    return bullish.astype(np.float64) - bearish.astype(np.float64)


def _squeeze(width: FloatArray) -> FloatArray:
    """1 where the band width is within the lowest fifth of its last 120 values."""
    share_below = (_windows(width, SQUEEZE_BARS) < width[:, None]).mean(axis=1)
    narrow: NDArray[np.bool_] = (share_below < SQUEEZE_SHARE) & np.isfinite(width)
    return narrow.astype(np.float64)


def _calm(frame: IndicatorFrame) -> FloatArray:
    """1 in a quiet, trendless market; 0.2 when the means are 2 ATRs apart or the ATR is twice its 50-bar mean."""
    atr = frame["atr_14"]
    trend = np.abs(_ratio(frame["sma_20"] - frame["sma_50"], atr)) / 2.0
    surge = _ratio(atr, _windows(atr, 50).mean(axis=1), empty=1.0) - 1.0
    calm: FloatArray = 1.0 - 0.8 * np.clip(np.maximum(trend, surge), 0.0, 1.0)
    return calm
