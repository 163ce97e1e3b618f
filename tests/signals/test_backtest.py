"""The kernel's fill rules, one by one; its ledger; and the life of a signal read by the same rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.backtest import kernel
from signals.backtest.run import backtest_ensemble, ensemble_orders, run
from signals.ensemble import SignalRules
from signals.errors import DataError
from signals.lifecycle import follow
from signals.model import Candles, Issued, PlanRules, SignalState
from tests.builders import ETH_1H, NOW, a_plan, a_signal, random_walk

LONG = {"direction": 1, "stop": 95.0, "first": 103.0, "final": 106.0}


def one_trade(bars: list[tuple[float, float, float, float]], horizon: int = 24, shorts: int = 1, **order: float):
    """Simulate bars after a signal bar that closes at 100; returns the rows."""
    wanted = LONG | order
    ohlc = np.array([(100.0, 100.0, 100.0, 100.0), *bars]).T
    n = ohlc.shape[1]
    direction = np.zeros(n, dtype=np.int8)
    direction[0] = wanted["direction"]
    if "opposite_at" in wanted:
        direction[int(wanted["opposite_at"])] = -wanted["direction"]
    targets = np.array([np.full(n, wanted["first"]), np.full(n, wanted["final"])])
    return kernel.simulate(ohlc, direction, np.full(n, wanted["stop"]), targets, np.array([horizon, shorts]))


def ended(row) -> tuple[int, float, int]:
    return int(row[1]), float(row[4]), int(row[7])


FLAT = (100.0, 101.0, 99.0, 100.0)


def test_the_fill_is_the_next_open():
    row = one_trade([(100.5, 101.0, 100.0, 100.0), FLAT])[0]

    assert (row[0], row[3]) == (1, 100.5)


def test_a_bar_that_touches_both_counts_as_stopped():
    row = one_trade([(100.0, 107.0, 94.0, 100.0), FLAT])[0]

    assert ended(row) == (1, 95.0, kernel.STOPPED)
    assert row[8] == 0.0


def test_the_entry_bar_can_already_reach_the_target():
    row = one_trade([(100.0, 106.5, 99.0, 106.0), FLAT])[0]

    assert ended(row) == (1, 106.0, kernel.TARGET)
    assert row[8] == 1.0


def test_a_gap_through_the_stop_fills_at_the_open():
    row = one_trade([FLAT, (92.0, 93.0, 91.0, 92.0)])[0]

    assert ended(row) == (2, 92.0, kernel.STOPPED)


def test_a_gap_through_the_target_fills_at_the_open():
    row = one_trade([FLAT, (108.0, 109.0, 107.0, 108.0)])[0]

    assert ended(row) == (2, 108.0, kernel.TARGET)


def test_an_entry_beyond_the_stop_is_closed_where_it_was_opened():
    row = one_trade([(94.0, 96.0, 93.0, 95.0)])[0]

    assert (row[3], *ended(row)) == (94.0, 1, 94.0, kernel.STOPPED)


def test_the_first_target_is_remembered_when_the_stop_comes_later():
    row = one_trade([(100.0, 104.0, 99.0, 100.0), (100.0, 101.0, 94.0, 95.0)])[0]

    assert ended(row) == (2, 95.0, kernel.STOPPED)
    assert row[8] == 1.0


def test_after_the_horizon_the_position_closes_at_the_close():
    row = one_trade([FLAT, FLAT, (100.0, 101.0, 99.0, 100.7)], horizon=3)[0]

    assert ended(row) == (3, 100.7, kernel.EXPIRED)


def test_an_opposite_signal_closes_and_turns_at_the_next_open():
    rows = one_trade([FLAT, FLAT, (100.2, 101.0, 99.0, 100.0), FLAT], opposite_at=2, stop=200.0 * 0 + 95.0)

    assert ended(rows[0]) == (3, 100.2, kernel.REVERSED)
    assert (rows[1][0], rows[1][2]) == (3, -1)


def test_what_is_open_at_the_end_is_marked_at_the_last_close():
    row = one_trade([FLAT, (100.0, 101.0, 99.0, 100.3)])[0]

    assert ended(row) == (2, 100.3, kernel.OPEN)


def test_shorts_mirror_longs_and_can_be_forbidden():
    down = [(100.0, 101.0, 93.5, 94.0), FLAT]

    row = one_trade(down, direction=-1, stop=105.0, first=97.0, final=94.0)[0]
    none = one_trade(down, shorts=0, direction=-1, stop=105.0, first=97.0, final=94.0)

    assert ended(row) == (1, 94.0, kernel.TARGET)
    assert len(none) == 0


def test_compiled_and_plain_kernel_agree_trade_by_trade():
    candles = random_walk(3000, volatility=0.02, seed=4)
    direction, stops, targets = ensemble_orders(candles, SignalRules(), PlanRules())
    bars = np.stack([candles.open, candles.high, candles.low, candles.close])
    args = (bars, direction, np.nan_to_num(stops), np.nan_to_num(targets), np.array([24, 1]))

    plain, fast = kernel.simulate(*args), kernel.compiled().simulate(*args)

    assert len(plain) > 10
    np.testing.assert_array_equal(plain, fast)


def test_the_ledger_adds_up():
    candles = random_walk(3000, volatility=0.02, seed=4)
    plan = PlanRules()

    ledger = run(candles, ensemble_orders(candles, SignalRules(), plan), plan, shorts=True)

    assert ledger.equity[-1] == pytest.approx(np.prod(1 + ledger.returns))
    row = ledger.rows[0]
    gross = row[2] * (row[4] / row[3] - 1)
    assert ledger.returns[0] == pytest.approx(gross - 0.0012 * (1 + row[4] / row[3]))
    stopped = ledger.rows[:, 7] == kernel.STOPPED
    assert (ledger.r[stopped] < 0).all()


def test_a_backtest_tells_its_losses_and_the_market_beside_it():
    candles = random_walk(3000, volatility=0.02, seed=4)

    result = backtest_ensemble(candles, SignalRules(), PlanRules(), NOW)

    assert result.trades > 10
    assert 0 <= result.target_first <= result.resolved <= result.trades
    assert result.buy_hold_pct == pytest.approx(100 * (candles.close[-1] / candles.close[0] - 1))
    assert result.max_drawdown_pct >= 0
    assert result.return_pct > -100
    assert result.fees_pct > 0


def test_too_few_bars_for_a_backtest_say_how_many_it_needs():
    with pytest.raises(DataError, match="needs 274"):
        backtest_ensemble(random_walk(260), SignalRules(), PlanRules(), NOW)


def bars_after(rows: list[tuple[float, float, float, float]]) -> Candles:
    """Bars from `NOW` on, the first being the entry bar of `a_signal`."""
    o, h, low, c = (np.array(x) for x in zip(*rows, strict=True))
    start = int(NOW.timestamp() * 1000)
    return Candles(ETH_1H, start + 3_600_000 * np.arange(len(rows)), o, h, low, c, np.ones(len(rows)))


ISSUED = Issued(a_signal(), a_plan(), NOW)
QUIET = (1500.0, 1510.0, 1490.0, 1500.0)


def states(steps) -> list[SignalState]:
    return [s.state for s in steps]


def test_a_signal_lives_from_entry_through_targets_to_the_last():
    steps = follow(ISSUED, bars_after([QUIET, (1500.0, 1545.0, 1499.0, 1540.0), (1540.0, 1561.0, 1539.0, 1560.0)]))

    assert states(steps) == [SignalState.ENTERED, SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET]
    assert steps[0].price == 1500.0
    assert steps[1].at == NOW + timedelta(hours=2)
    assert steps[-1].realised_r == pytest.approx((60 - 0.0012 * 3060) / 40)


def test_a_stop_ends_it_with_its_loss():
    steps = follow(ISSUED, bars_after([QUIET, (1480.0, 1550.0, 1455.0, 1460.0)]))

    assert states(steps) == [SignalState.ENTERED, SignalState.STOPPED]
    assert steps[-1].price == 1460.0
    assert steps[-1].realised_r == pytest.approx((-40 - 0.0012 * 2960) / 40)


def test_it_expires_after_the_horizon():
    assert states(follow(ISSUED, bars_after([QUIET] * 30)))[-1] is SignalState.EXPIRED
    assert states(follow(ISSUED, bars_after([QUIET] * 23))) == [SignalState.ENTERED]


def test_an_opposite_signal_invalidates_it_at_the_next_open():
    steps = follow(ISSUED, bars_after([QUIET] * 6), opposed_at=NOW + timedelta(hours=3))

    assert states(steps) == [SignalState.ENTERED, SignalState.INVALIDATED]
    assert steps[-1].at == NOW + timedelta(hours=3)


def test_nothing_is_known_before_the_next_bar_closed_and_for_a_hold():
    assert follow(ISSUED, bars_after([QUIET]).part(0, 0)) == ()
    assert follow(replace(ISSUED, plan=None), bars_after([QUIET])) == ()
    late = bars_after([QUIET, QUIET]).part(1)
    assert follow(ISSUED, late) == ()
