"""Distance from the mean in bands, weaker when volatility or trend is strong, silent where it would fade the trend."""

from __future__ import annotations

import numpy as np

from signals.features import FeatureFrame
from signals.model import FloatArray
from signals.voters.technical import rsi_extreme

MIN_CALM = 0.25


def score(features: FeatureFrame) -> FloatArray:
    """Against the distance from the 20-bar mean and RSI extremes, times the calm.

    Abstains where there is no calm, and where it would fade the alignment of close, SMA 50 and SMA 200: on the recorded
    hours such fades did worse than a coin in every year (`bench/evidence.py`).
    """
    sigmas = (features["band_position"] - 0.5) * 4.0
    against_mean = -np.clip(sigmas / 2.5, -1.0, 1.0)
    fade = np.clip(0.8 * against_mean + 0.4 * rsi_extreme(features), -1.0, 1.0) * features.calm
    silent = (features.calm < MIN_CALM) | (fade * features["alignment_long"] < 0)
    return np.where(silent, np.nan, fade)


def explain(features: FeatureFrame, i: int) -> str:
    """The numbers behind bar `i`'s score."""
    sigmas = (features["band_position"][i] - 0.5) * 4.0
    if features.calm[i] < MIN_CALM:
        return f"{sigmas:+.1f} standard deviations from the 20-bar mean, but trend or volatility is too strong to fade"
    if np.isnan(score(features)[i]):
        return f"{sigmas:+.1f} standard deviations from the 20-bar mean, but that would fade the long trend"
    return (
        f"{sigmas:+.1f} standard deviations from the 20-bar mean, RSI {features['rsi_14'][i]:.1f}, "
        f"weighted {features.calm[i]:.2f} for calm"
    )
