"""A squeeze, then a close outside the band on volume."""

from __future__ import annotations

import numpy as np

from signals.features import FeatureFrame
from signals.model import FloatArray

RECENT_BARS = 6
MIN_VOLUME_RATIO = 1.5


def score(features: FeatureFrame) -> FloatArray:
    """0.7 to 1 in the direction of the breakout, growing with the volume; abstains at every other bar."""
    before = np.concatenate([np.zeros(RECENT_BARS), features.squeeze])
    squeezed = sum(before[RECENT_BARS - k : len(before) - k] for k in range(1, RECENT_BARS + 1)) > 0
    position, volume = features["band_position"], features["volume_ratio"]
    side = np.where(position > 1.0, 1.0, np.where(position < 0.0, -1.0, 0.0))
    size = 0.7 + 0.3 * np.clip((volume - MIN_VOLUME_RATIO) / MIN_VOLUME_RATIO, 0.0, 1.0)
    happened = squeezed & (side != 0) & (volume > MIN_VOLUME_RATIO)
    return np.where(happened, side * size, np.nan)


def explain(features: FeatureFrame, i: int) -> str:
    """The numbers behind bar `i`'s score, or why there is none."""
    where = (
        f"{100 * features['band_position'][i]:.0f} % of the Bollinger band, volume {features['volume_ratio'][i]:.2f} x"
    )
    if np.isnan(score(features)[i]):
        state = "squeezed" if features.squeeze[i] else "no squeeze"
        return f"no breakout ({state}; {where})"
    return f"left a squeeze with a close at {where} its 20-bar mean"
