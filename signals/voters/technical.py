"""RSI extremes, MACD, position within the Bollinger bands, divergence."""

from __future__ import annotations

import numpy as np

from signals.features import FeatureFrame
from signals.model import FloatArray
from signals.voters.sharpen import sharpened


def rsi_extreme(features: FeatureFrame) -> FloatArray:
    """+1 deep in oversold (RSI 20 and below), -1 deep in overbought, 0 between 30 and 70."""
    rsi = features["rsi_14"]
    extreme: FloatArray = np.clip((30.0 - rsi) / 10.0, 0.0, 1.0) - np.clip((rsi - 70.0) / 10.0, 0.0, 1.0)
    return extreme


def score(features: FeatureFrame) -> FloatArray:
    """Sharpened sum of MACD histogram and crossover (with the move) and extremes and divergence (against it)."""
    macd = np.clip(features["macd_strength"] / 0.27, -1.0, 1.0)
    outside = np.clip(np.abs(features["band_position"] - 0.5) - 0.55, 0.0, 0.25) / 0.25
    against_band = -np.sign(features["band_position"] - 0.5) * outside
    total = (
        0.82 * macd
        + 0.25 * features["macd_cross"]
        + 0.60 * rsi_extreme(features)
        + 0.25 * against_band
        + 0.40 * features.divergence
    )
    return sharpened(total)


def explain(features: FeatureFrame, i: int) -> str:
    """The numbers behind bar `i`'s score."""
    text = (
        f"RSI {features['rsi_14'][i]:.1f}, MACD histogram {features['macd_strength'][i]:+.2f} ATR, "
        f"{100 * features['band_position'][i]:.0f} % of the Bollinger band"
    )
    if features["macd_cross"][i]:
        text += f", MACD just crossed {'up' if features['macd_cross'][i] > 0 else 'down'}"
    if features.divergence[i]:
        text += f", {'bullish' if features.divergence[i] > 0 else 'bearish'} RSI divergence"
    return text
