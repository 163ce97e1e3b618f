"""Judgements: advice only on sound data; an error is never HOLD."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from signals.analysis import analyse
from signals.backtest.run import ensemble_orders
from signals.ensemble import SignalRules
from signals.model import Action, Candles, PlanRules
from signals.setups import LABELS
from tests.builders import NOW, random_walk
from tests.markets import MOMENT, hold_candles, trade_candles


@pytest.mark.parametrize("direction", [1, -1])
def test_votes_that_agree_get_a_trade_with_its_plan(direction: int):
    judged = analyse(trade_candles(direction), MOMENT)

    signal, plan = judged.signal, judged.plan
    assert plan is not None
    assert plan.direction == direction == signal.direction
    assert plan.reward_risk >= 1.2
    assert signal.conviction >= 0.65
    assert signal.strength is not None
    assert signal.price == plan.entries[0] or abs(signal.price - plan.entries[0]) <= 0.005
    assert signal.known_at == judged.frame.candles.closed_at()
    assert signal.setup in LABELS


def test_a_quiet_market_is_hold_and_says_what_would_change_it():
    judged = analyse(hold_candles(), MOMENT)

    assert judged.signal.action is Action.HOLD
    assert "0.65" in judged.signal.reason
    assert "0.65" in judged.signal.change
    assert judged.plan is None


def test_costs_that_eat_the_plan_make_it_a_hold():
    costly = replace(MOMENT, plan_rules=PlanRules(fee_rate=0.02))
    candles = trade_candles(1)

    judged = analyse(candles, replace(costly, now=candles.closed_at()))

    assert judged.signal.action is Action.HOLD
    assert "after fees" in judged.signal.reason
    assert judged.signal.strength is None


def test_a_violent_move_halves_the_size_and_says_so():
    signal = analyse(trade_candles(1, violent=True), MOMENT).signal

    assert signal.size_factor == 0.5
    assert "halved" in signal.warnings[0]


def test_no_candles_are_no_data():
    signal = analyse(random_walk(10).part(0, 0), MOMENT).signal

    assert signal.action is Action.NO_DATA
    assert signal.last_good_at is None
    assert "sync" in signal.reason


def test_old_candles_are_stale_with_the_last_good_time():
    signal = analyse(random_walk(500, end=NOW - timedelta(days=3)), MOMENT).signal

    assert signal.action is Action.STALE
    assert signal.last_good_at == NOW - timedelta(days=3)


def test_a_gap_before_now_is_no_signal():
    whole = random_walk(500)
    keep = np.r_[0:400, 402:500]
    columns = (whole.open_ms, whole.open, whole.high, whole.low, whole.close, whole.volume)
    broken = Candles(whole.series, *(c[keep] for c in columns))

    signal = analyse(broken, MOMENT).signal

    assert signal.action is Action.NO_SIGNAL
    assert "2 bars are missing" in signal.reason
    assert signal.last_good_at == whole.closed_at(399)


def test_too_few_bars_are_no_signal():
    signal = analyse(random_walk(249), MOMENT).signal

    assert signal.action is Action.NO_SIGNAL
    assert "249" in signal.reason


def test_a_tick_too_coarse_for_the_plan_is_no_signal():
    candles = trade_candles(1)

    judged = analyse(candles, replace(MOMENT, now=candles.closed_at(), tick=Decimal(1000)))

    assert judged.signal.action is Action.NO_SIGNAL
    assert "tick" in judged.signal.reason
    assert judged.plan is None


def test_live_and_history_are_one_code_path():
    """What the whole history decides at a bar is what was decided when that bar was the newest."""
    candles = random_walk(1200, volatility=0.02, seed=9)
    direction, stops, _ = ensemble_orders(candles, SignalRules(), PlanRules())
    bars = [int(b) for b in np.flatnonzero(direction)[:10]] + [700, 900, 1100]

    for bar in bars:
        live = analyse(
            candles.part(0, bar + 1), replace(MOMENT, now=candles.closed_at(bar), tick=Decimal("0.00000001"))
        )
        assert live.signal.direction == direction[bar]
        if live.plan is not None:
            assert live.plan.stop == pytest.approx(stops[bar], abs=1e-7)
