"""What the model is asked to foresee: where the close stands five bars later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signals.model import Candles

SELL, HOLD, BUY, UNLABELED = 0, 1, 2, -1
CLASSES = ("sell", "hold", "buy")
LabelArray = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class LabelRule:
    """Return of the close over `horizon_bars`, beyond +-`threshold` (a fraction: 0.002 is 0.2 %)."""

    horizon_bars: int = 5
    threshold: float = 0.002


def label(candles: Candles, rule: LabelRule) -> LabelArray:
    """A class per bar: BUY above the threshold, SELL below its negative, HOLD between.

    UNLABELED where the future is not known yet (the last bars) or lies beyond a gap.
    """
    ahead = rule.horizon_bars
    out = np.full(len(candles), UNLABELED, dtype=np.int8)
    if len(candles) <= ahead:
        return out
    change = candles.close[ahead:] / candles.close[:-ahead] - 1.0
    whole = candles.open_ms[ahead:] - candles.open_ms[:-ahead] == ahead * candles.series.timeframe.ms
    found = np.where(change > rule.threshold, BUY, np.where(change < -rule.threshold, SELL, HOLD))
    out[:-ahead] = np.where(whole, found, UNLABELED)
    return out
