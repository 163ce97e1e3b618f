"""Return in units of volatility, confirmed by volume and trend alignment."""

from __future__ import annotations

import numpy as np

from signals.features import FeatureFrame
from signals.model import FloatArray
from signals.voters.sharpen import sharpened


def score(features: FeatureFrame) -> FloatArray:
    """The 10-bar move and the alignment of the means; a move on thin volume counts for less. Sharpened."""
    move = np.clip(features["return_10"] / 1.8, -1.0, 1.0)
    trend = 0.6 * features["alignment_short"] + 0.4 * features["alignment_long"]
    confirmed = 0.75 + 0.25 * np.clip(features["volume_trend"] - 0.5, 0.0, 1.0)
    return sharpened((0.67 * move + 0.50 * trend) * confirmed)


def explain(features: FeatureFrame, i: int) -> str:
    """The numbers behind bar `i`'s score."""
    return (
        f"10-bar move {features['return_10'][i]:+.1f} standard deviations ({features['momentum_10'][i]:+.1f} ATR), "
        f"5-bar volume {features['volume_trend'][i]:.2f} x its 20-bar mean, trend alignment "
        f"{features['alignment_short'][i]:+.1f} short and {features['alignment_long'][i]:+.1f} long term"
    )
