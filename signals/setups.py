"""What the chart looks like at the newest bar, in one of a few well-known words."""

from __future__ import annotations

from signals.features import FeatureFrame
from signals.voters import breakout

LABELS = {
    "breakout": "upside breakout",
    "breakdown": "downside breakdown",
    "oversold_bounce": "oversold bounce",
    "overbought_fade": "overbought fade",
    "golden_cross": "golden cross",
    "death_cross": "death cross",
    "pullback": "trend pullback",
    "trend": "trend continuation",
    "squeeze": "volatility squeeze",
    "range": "range-bound",
}
CROSS_WITHIN_BARS = 10


def setup_of(features: FeatureFrame, direction: int) -> str:
    """The key of `LABELS` that describes the newest bar, given the decision there (+1, -1, 0)."""
    if direction == 0:
        return "squeeze" if features.squeeze[-1] else "range"
    event = breakout.score(features)[-1]
    if event * direction > 0:
        return "breakout" if direction > 0 else "breakdown"
    if -direction * features["rsi_zone"][-1] > 0:
        return "oversold_bounce" if direction > 0 else "overbought_fade"
    gap = (features["sma_50"] - features["sma_200"])[-CROSS_WITHIN_BARS:] * direction
    if gap[-1] > 0 and (gap < 0).any():
        return "golden_cross" if direction > 0 else "death_cross"
    if direction * features["alignment_long"][-1] > 0 and direction * features["alignment_short"][-1] <= 0:
        return "pullback"
    return "trend"
