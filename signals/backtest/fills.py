"""Orders filled by the kernel and accounted for, costs included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.backtest import kernel
from signals.backtest.orders import Orders
from signals.model import Candles, FloatArray, PlanRules

NO_LEGS = np.empty((0, len(kernel.THIRD_FIELDS)))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The trades of a run (rows of `kernel.TRADE_FIELDS`), the net return and R of each, and the equity per bar.

    `equity` is the capital after each bar, 1.0 before the first, the whole of it in one position at a time. R is the
    net result over the distance that was planned from the signal's close to the stop.
    """

    rows: FloatArray
    returns: FloatArray
    r: FloatArray
    equity: FloatArray

    @property
    def drawdown(self) -> FloatArray:
        """How far each bar's equity lies below its best so far, the start included: 0 to 1."""
        fall: FloatArray = 1.0 - self.equity / np.maximum.accumulate(np.maximum(self.equity, 1.0))
        return fall


def run(candles: Candles, orders: Orders, plan: PlanRules, *, shorts: bool, ladder: bool = False) -> Ledger:
    """Fill the orders over the candles and account for each trade, the whole capital in one position at a time.

    Without `ladder` all of a position is closed at the final target, as the life of a signal counts it; with it a third
    at each of the three targets. The trades begin and end at the same bars either way.
    """
    direction, stops, targets = orders
    engine = kernel.engine(len(candles))
    bars = tuple(np.ascontiguousarray(prices) for prices in (candles.open, candles.high, candles.low, candles.close))
    limits = np.array([plan.horizon_bars, int(shorts)], dtype=np.int64)
    rows: FloatArray = engine.simulate(bars, direction, stops, targets, limits)
    legs = engine.thirds(bars, rows, targets) if ladder else NO_LEGS
    returns, equity = engine.account(bars[3], rows, legs, plan.fee_rate + plan.slippage_rate)
    planned_risk = np.abs(candles.close[rows[:, 0].astype(np.int64) - 1] - rows[:, 5])
    return Ledger(rows, returns, returns * rows[:, 3] / planned_risk, equity)
