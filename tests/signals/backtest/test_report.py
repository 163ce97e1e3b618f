"""The report's figures by hand, what chance would do, and honest words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.backtest.chance import Entries, mean_interval, random_returns
from signals.backtest.fills import Ledger
from signals.backtest.report import Run, report, verdict
from signals.backtest.run import Rules, backtest
from signals.ensemble import SignalRules
from signals.model import PlanRules, Timeframe
from tests.builders import ETH_1H, NOW, a_backtest, candles_from, random_walk

DAY = replace(ETH_1H, timeframe=Timeframe.D1)


def ledger_of(equity: list[float], rows: list[list[float]], returns: list[float], r: list[float]) -> Ledger:
    return Ledger(np.array(rows).reshape(-1, 9), np.array(returns), np.array(r), np.array(equity))


def figures(equity: list[float], rows=(), returns=(), r=()):
    candles = candles_from(np.linspace(100.0, 110.0, len(equity)), series=DAY)
    ledger = ledger_of(equity, list(rows), list(returns), list(r))
    return report(Run(candles, "ensemble", PlanRules(), NOW), ledger, ledger)


def test_the_curve_by_hand():
    equity = [1.0, 1.1, 0.99, 1.0, *[1.05] * 69]
    steps = np.diff(np.array([1.0, *equity])) / np.array([1.0, *equity[:-1]])

    found = figures(equity)

    assert found.return_pct == pytest.approx(5.0)
    assert found.max_drawdown_pct == pytest.approx(10.0)
    assert found.cagr_pct == pytest.approx(100 * (1.05 ** (365 / 73) - 1))
    assert found.volatility_pct == pytest.approx(100 * steps.std(ddof=1) * np.sqrt(365))
    assert found.sharpe == pytest.approx(steps.mean() / steps.std(ddof=1) * np.sqrt(365))
    downside = np.sqrt((np.minimum(steps, 0) ** 2).mean())
    assert found.sortino == pytest.approx(steps.mean() / downside * np.sqrt(365))
    assert found.buy_hold_pct == pytest.approx(10.0)


def test_a_first_loss_is_a_drawdown_too():
    assert figures([0.9, 0.9]).max_drawdown_pct == pytest.approx(10.0)


def test_no_trade_has_no_figures_of_trades_and_a_short_time_no_yearly_growth():
    found = figures([1.0] * 10)

    assert (found.trades, found.win_rate_pct, found.expectancy_r, found.random_share_pct) == (0, None, None, None)
    assert (found.sharpe, found.sortino, found.volatility_pct, found.cagr_pct) == (None, None, None, None)


def test_a_lost_capital_stays_lost():
    found = figures([1.0, 0.4, -0.2, -0.2, *[-0.2] * 40])

    assert found.cagr_pct == -100.0
    assert found.max_drawdown_pct == 100.0


def test_the_trades_by_hand():
    rows = [[2, 4, 1, 100, 104, 98, 102, 1, 1], [6, 6, -1, 100, 102, 102, 98, 0, 0], [8, 9, 1, 100, 101, 98, 102, 4, 0]]

    found = figures([1.0] * 10, rows, [0.03, -0.02, 0.01], [1.5, -1.0, 0.5])

    assert (found.trades, found.resolved, found.target_first) == (3, 2, 1)
    assert found.win_rate_pct == pytest.approx(200 / 3)
    assert found.profit_factor == pytest.approx(2.0)
    assert found.expectancy_r == pytest.approx(1 / 3)
    assert found.exposure_pct == pytest.approx(60.0)
    assert found.fees_pct == pytest.approx(0.1 * (2.04 + 2.02 + 2.01))
    assert found.mean_trade_pct == pytest.approx(2 / 3)
    assert -2.0 <= found.mean_trade_low_pct < found.mean_trade_pct < found.mean_trade_high_pct <= 3.0


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        low, high = mean_interval(rng.normal(0.5, 1.0, 60))
        hits += low <= 0.5 <= high

    assert 180 <= hits <= 198
    assert mean_interval(np.array([1.0])) is None
    assert mean_interval(np.arange(9.0)) == mean_interval(np.arange(9.0))


def test_random_entries_keep_the_trades_and_never_overlap():
    candles = candles_from(1.01 ** np.arange(400), spread=0.0)
    bars, direction = np.array([5, 10, 20, 1]), np.ones(4)

    found = random_returns(candles, Entries(bars, direction, 50, 0.0))

    held = 1.01 ** bars.sum()  # every bar gains 1 %, so any entry of that length gains the same
    assert len(found) == 1000
    assert found == pytest.approx(np.full(1000, held - 1))
    np.testing.assert_array_equal(found, random_returns(candles, Entries(bars, direction, 50, 0.0)))


def test_random_entries_pay_costs_and_need_room():
    flat = candles_from(np.full(100, 50.0))

    paid = random_returns(flat, Entries(np.array([3, 3]), np.array([1.0, -1.0]), 10, 0.001))
    crowded = random_returns(flat, Entries(np.array([80, 20]), np.ones(2), 10, 0.001))

    assert paid == pytest.approx(np.full(1000, 0.998**2 - 1))
    assert len(crowded) == 0


def test_most_random_entries_do_worse_than_a_strategy_that_knows_the_future():
    candles = random_walk(2000, seed=6)
    up = candles.close > candles.open
    starts = np.flatnonzero(up)[::6][:60]
    change = candles.close[starts] / candles.open[starts]
    rows = np.zeros((len(starts), 9))
    rows[:, 0] = rows[:, 1] = starts
    rows[:, 2], rows[:, 3], rows[:, 4], rows[:, 7] = 1, candles.open[starts], candles.close[starts], 1
    equity = np.full(2000, float(np.prod(change - 0.0012 * (1 + change))))
    ledger = Ledger(rows, change - 1 - 0.0012 * (1 + change), np.zeros(len(starts)), equity)

    found = report(Run(candles, "oracle", PlanRules(), NOW), ledger, ledger)

    assert found.random_share_pct == 0.0
    assert "More than chance would explain" in verdict(found)


def test_a_backtest_carries_its_ledger_and_both_ways_of_leaving():
    candles = random_walk(3000, volatility=0.02, seed=4)
    rules = Rules(SignalRules(), PlanRules())

    tested = backtest(candles, rules, NOW)
    reference = backtest(candles, replace(rules, strategy="sma_atr"), NOW)

    assert tested.result.return_pct == pytest.approx(100 * (tested.ledger.equity[-1] - 1))
    assert tested.result.ladder_return_pct not in (None, tested.result.return_pct)
    assert tested.ledger.drawdown.max() == pytest.approx(tested.result.max_drawdown_pct / 100)
    assert 0 <= tested.result.random_share_pct <= 100
    assert (reference.result.strategy, tested.result.strategy) == ("sma_atr", "ensemble")
    assert set(reference.ledger.rows[:, 2]) == {1.0}


BOUNDS = {"mean_trade_low_pct": -0.5, "mean_trade_high_pct": 0.4, "random_share_pct": 40.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trades": 0}, "made no trade on ETH/USDT 1h"),
        ({}, "The rules lost: -12.5 % over 40 trades, costs included; buying and holding made -30.0 %."),
        ({}, "No edge is shown: the mean trade lies between -0.50 % and +0.40 % (95 %); 40 % of random entries"),
        ({"trades": 29}, "too few trades to judge"),
        ({"trades": 1}, "over 1 trade,"),
        ({"mean_trade_high_pct": -0.1}, "A real disadvantage"),
        ({"mean_trade_low_pct": 0.1, "return_pct": 20.0, "random_share_pct": 1.0}, "The rules won: +20.0 %"),
        ({"mean_trade_low_pct": 0.1, "return_pct": 20.0, "random_share_pct": 1.0}, "More than chance would explain"),
        ({"mean_trade_low_pct": 0.1, "return_pct": 20.0, "random_share_pct": 20.0}, "No edge is shown"),
        ({"buy_hold_pct": None, "random_share_pct": None}, "costs included. No edge"),
    ],
)
def test_the_verdict_says_what_was_lost_and_whether_chance_explains_it(changes: dict[str, float], words: str):
    result = a_backtest(finished_at=NOW - timedelta(hours=1), **(BOUNDS | changes))

    assert words in verdict(result)
