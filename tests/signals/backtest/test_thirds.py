"""The ladder by hand: a third at each of three targets, the stop where it was, the equity marked in between."""

from __future__ import annotations

import numpy as np
import pytest

from signals.backtest import kernel
from signals.backtest.fills import run
from signals.backtest.orders import ensemble_orders, levels, plan_orders
from signals.ensemble import SignalRules
from signals.model import PlanRules
from tests.builders import candles_from, random_walk

NO_COST = PlanRules(fee_rate=0.0, slippage_rate=0.0)
FLAT = (100.0, 101.0, 99.0, 100.0)
LEVELS = {1: (95.0, (105.0, 107.0, 109.0)), -1: (105.0, (95.0, 93.0, 91.0))}


def traded(bars: list[tuple[float, float, float, float]], side: int = 1, opposite_at: int | None = None):
    """The ledger, and the legs, of one ladder trade after a signal bar that closes at 100."""
    candles = candles_from(np.full(len(bars) + 1, 100.0))
    for name, values in zip(("open", "high", "low", "close"), np.array([FLAT, *bars]).T, strict=True):
        getattr(candles, name)[:] = values
    n = len(candles)
    direction = np.zeros(n, dtype=np.int8)
    direction[0] = side
    if opposite_at is not None:
        direction[opposite_at] = -side
    stop, targets = LEVELS[side]
    orders = (direction, np.full(n, stop), np.repeat(np.array(targets)[:, None], n, axis=1))
    ledger = run(candles, orders, NO_COST, shorts=side < 0, ladder=True)
    ohlc = np.stack([candles.open, candles.high, candles.low, candles.close])
    return ledger, kernel.thirds(ohlc, ledger.rows, orders[2])


def test_each_third_closes_at_its_own_target():
    up = [(100.0, 105.5, 99.0, 105.0), (105.0, 107.5, 104.0, 107.0), (107.0, 110.0, 106.0, 109.0)]

    ledger, legs = traded(up)

    assert legs[0].tolist() == [1.0, 105.0, 2.0, 107.0]
    assert ledger.returns[0] == pytest.approx((0.05 + 0.07 + 0.09) / 3)
    assert ledger.equity.tolist() == pytest.approx([1.0, 1.05, 1.0 + (0.05 + 0.07 + 0.07) / 3, 1.07])


def test_a_stop_takes_what_is_left_and_comes_before_a_target_in_its_bar():
    ledger, legs = traded([(100.0, 105.5, 99.0, 105.0), (105.0, 107.5, 94.0, 95.0)])

    assert legs[0].tolist() == [1.0, 105.0, -1.0, 0.0]
    assert ledger.returns[0] == pytest.approx((0.05 - 0.05 - 0.05) / 3)
    assert ledger.rows[0, 7] == kernel.STOPPED


def test_a_gap_through_two_targets_fills_both_at_the_open():
    ledger, legs = traded([FLAT, (108.0, 108.5, 107.0, 108.0), FLAT])

    assert legs[0].tolist() == [2.0, 108.0, 2.0, 108.0]
    assert ledger.returns[0] == pytest.approx((0.08 + 0.08 + 0.0) / 3)


def test_a_short_ladder_is_the_mirror():
    ledger, legs = traded([(100.0, 101.0, 94.5, 95.0), (95.0, 96.0, 90.0, 91.0)], side=-1)

    assert legs[0].tolist() == [1.0, 95.0, 2.0, 93.0]
    assert ledger.returns[0] == pytest.approx((0.05 + 0.07 + 0.09) / 3)


def test_nothing_is_taken_on_the_bar_that_a_reversal_opens():
    ledger, legs = traded([FLAT, FLAT, (100.5, 120.0, 100.0, 110.0)], opposite_at=2)

    assert legs[0].tolist() == [-1.0, 0.0, -1.0, 0.0]
    assert ledger.returns[0] == pytest.approx(0.005)


def test_costs_are_charged_on_each_third():
    candles = random_walk(3000, volatility=0.02, seed=4)
    plan = PlanRules(fee_rate=0.002, slippage_rate=0.0)
    orders = ensemble_orders(candles, SignalRules(), plan)

    ledger = run(candles, orders, plan, shorts=True, ladder=True)

    ohlc = np.stack([candles.open, candles.high, candles.low, candles.close])
    legs = kernel.thirds(ohlc, ledger.rows, orders[2])
    for row, leg, net in zip(ledger.rows, legs, ledger.returns, strict=True):
        exits = [leg[1] if leg[0] >= 0 else row[4], leg[3] if leg[2] >= 0 else row[4], row[4]]
        by_hand = sum(row[2] * (x / row[3] - 1) - 0.002 * (1 + x / row[3]) for x in exits) / 3
        assert net == pytest.approx(by_hand)
    assert ledger.equity[-1] == pytest.approx(np.prod(1 + ledger.returns))


def test_trades_begin_and_end_alike_whole_and_in_thirds():
    candles = random_walk(3000, volatility=0.02, seed=4)
    orders = ensemble_orders(candles, SignalRules(), PlanRules())

    whole, ladder = (run(candles, orders, PlanRules(), shorts=True, ladder=on) for on in (False, True))

    np.testing.assert_array_equal(whole.rows, ladder.rows)
    assert not np.array_equal(whole.returns, ladder.returns)


def test_compiled_and_plain_engines_agree_to_the_last_digit():
    candles = random_walk(3000, volatility=0.02, seed=4)
    direction, stops, targets = ensemble_orders(candles, SignalRules(), PlanRules())
    bars = np.stack([candles.open, candles.high, candles.low, candles.close])
    plain, fast = kernel.Engine(kernel.simulate, kernel.thirds, kernel.account), kernel.compiled()

    rows = plain.simulate(bars, direction, stops, targets, np.array([24, 1]))
    legs = plain.thirds(bars, rows, targets)

    assert len(rows) > 10
    np.testing.assert_array_equal(rows, fast.simulate(bars, direction, stops, targets, np.array([24, 1])))
    np.testing.assert_array_equal(legs, fast.thirds(bars, rows, targets))
    booked = (engine.account(candles.close, rows, legs, 0.001) for engine in (plain, fast))
    for a, b in zip(*booked, strict=True):
        np.testing.assert_array_equal(a, b)
    assert kernel.engine(10) == fast  # once compiled, everything runs compiled


def test_the_ladder_of_a_backtest_is_that_of_a_plan():
    close, atr = np.array([100.0, 100.0]), np.array([2.0, 2.0])

    _, stops, targets = levels(np.array([1, -1], dtype=np.int8), close, atr, PlanRules())
    near = levels(np.array([1, 0], dtype=np.int8), close, atr, PlanRules(sl_atr=3.0, tp_atr=2.0))[2]

    assert stops.tolist() == [96.0, 104.0]
    assert targets.T.tolist() == [[104.0, 105.0, 106.0], [96.0, 95.0, 94.0]]
    assert near.T.tolist() == [[104.0, 104.0, 104.0], [0.0, 0.0, 0.0]]


def test_a_plan_that_does_not_pay_is_no_order():
    direction = np.array([1, 1], dtype=np.int8)

    side, _, _ = plan_orders(direction, np.array([100.0, 100.0]), np.array([2.0, 0.05]), PlanRules())

    assert side.tolist() == [1, 0]
