"""Candles on which the default rules decide something, found by search in seeded walks and moved to end at `NOW`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np

from signals.analysis import Moment, analyse
from signals.backtest.run import ensemble_orders
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.model import Action, Candles, PlanRules, Series
from tests.builders import ETH_1H, NOW, random_walk

MOMENT = Moment(NOW, SignalRules(), PlanRules(), Decimal("0.01"))


@cache
def trade_candles(direction: int, *, violent: bool = False) -> Candles:
    """Bars whose newest is a BUY (+1) or SELL (-1) that pays; `violent` asks for a 5-bar move beyond 10 %."""
    for seed in range(60):
        walk = random_walk(1500, seed=seed, volatility=0.05 if violent else 0.02)
        orders, _, _ = ensemble_orders(walk, SignalRules(), PlanRules())
        for bar in np.flatnonzero(orders == direction):
            candles = ending_now(walk.part(0, int(bar) + 1))
            judged = analyse(candles, MOMENT)
            if judged.plan is not None and bool(judged.signal.warnings) == violent:
                return candles
    raise AssertionError("no such trade in sixty walks")


def hold_candles() -> Candles:
    """Bars of a quiet market."""
    candles = random_walk(500, seed=2, volatility=0.004)
    assert analyse(candles, MOMENT).signal.action is Action.HOLD
    return candles


def ending_now(candles: Candles, series: Series = ETH_1H) -> Candles:
    """The same bars, moved so that the newest closes at `NOW`, under another series if asked."""
    shift = to_ms(NOW) - series.timeframe.ms - int(candles.open_ms[-1])
    return replace(candles, series=series, open_ms=candles.open_ms + shift)
