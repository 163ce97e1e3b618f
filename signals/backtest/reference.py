"""A well-known simple strategy run by the same kernel: what the ensemble, and other engines, are measured against.

The close crosses above its simple mean of M bars: buy at the next open, stop 2 ATR below that close, target 3 ATR above
it (M, both distances and the ATR of 14 bars are the plan's). Long only, no time limit, one position at a time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from signals.backtest.orders import Orders, levels
from signals.indicators import compute, moving_average
from signals.model import Candles, PlanRules

NAME = "sma_atr"


def reference_orders(candles: Candles, plan: PlanRules) -> Orders:
    """A buy at each bar whose close is above its mean while the former close was not above the former mean."""
    mean, atr, close = moving_average(candles, plan.trend_sma), compute(candles)["atr_14"], candles.close
    crossed = np.zeros(len(candles), dtype=np.int8)
    crossed[1:] = (close[1:] > mean[1:]) & (close[:-1] <= mean[:-1]) & np.isfinite(atr[1:])
    return levels(crossed, close, atr, plan)


def without_horizon(candles: Candles, plan: PlanRules) -> PlanRules:
    """The plan with a time limit that no trade over these candles can reach."""
    return replace(plan, horizon_bars=len(candles) + 1)
