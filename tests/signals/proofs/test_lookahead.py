"""Every planted fault is caught and named; what signals are really made of passes with no change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from signals.analysis import analyse
from signals.backtest.run import ensemble_orders
from signals.ensemble import SignalRules, tally
from signals.features import derive
from signals.indicators import compute
from signals.market.simulated import simulate
from signals.model import Candles, FloatArray, Market, PlanRules, Timeframe
from signals.proofs.lookahead import CUT_OFF, POISONED, Cuts, check
from signals.proofs.pipelines import Pipeline, rules_pipelines
from signals.proofs.recursive import bars_needed
from tests.builders import random_walk
from tests.markets import MOMENT
from tests.recorded import FILES, needs_recorded, recorded

RULES, PLAN = SignalRules(), PlanRules()
WALK = random_walk(2500, seed=3, volatility=0.02)
DAY_MS = 86_400_000
Column = Callable[[Candles], FloatArray]


def trailing_mean(values: FloatArray, bars: int) -> FloatArray:
    return np.concatenate([np.full(bars - 1, np.nan), sliding_window_view(values, bars).mean(axis=1)])


def negative_shift(candles: Candles) -> FloatArray:
    return np.concatenate([candles.close[1:], [np.nan]]) - candles.close


def centred_window(candles: Candles) -> FloatArray:
    mean = trailing_mean(candles.close, min(5, len(candles)))
    return np.concatenate([mean[2:], np.full(min(2, len(mean)), np.nan)])


def z_score_of_all(candles: Candles) -> FloatArray:
    return (candles.close - candles.close.mean()) / candles.close.std()


def warm_up_filled_backwards(candles: Candles) -> FloatArray:
    mean = trailing_mean(candles.close, 20) if len(candles) >= 20 else np.full(len(candles), np.nan)
    known = np.flatnonzero(np.isfinite(mean))
    return np.where(np.isnan(mean), mean[known[0]], mean) if len(known) else mean


def high_of_the_same_day(candles: Candles) -> FloatArray:
    days, which = np.unique(candles.open_ms // DAY_MS, return_inverse=True)
    highs = np.full(len(days), -np.inf)
    np.maximum.at(highs, which, candles.high)
    return highs[which]


def scaled_to_all(candles: Candles) -> FloatArray:
    low, high = candles.close.min(), candles.close.max()
    return (candles.close - low) / (high - low)


def pivot_before_it_is_confirmed(candles: Candles) -> FloatArray:
    low = candles.low
    before = np.concatenate([[np.inf], low[:-1]])
    after = np.concatenate([low[1:], [np.inf]])
    return np.where((low < before) & (low < after), low, np.nan)


def label_among_the_features(candles: Candles) -> FloatArray:
    return np.concatenate([candles.close[5:], np.full(min(5, len(candles)), np.nan)])[: len(candles)] > candles.close


FAULTS = [
    negative_shift,
    centred_window,
    z_score_of_all,
    warm_up_filled_backwards,
    high_of_the_same_day,
    scaled_to_all,
    pivot_before_it_is_confirmed,
    label_among_the_features,
]


def pipeline_of(column: Column, ahead: int = 0) -> Pipeline:
    return Pipeline("planted", lambda candles: {column.__name__: column(candles)}, ahead)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_planted_fault_is_caught_and_named(fault: Column):
    found = check(WALK, [*rules_pipelines(RULES, PLAN), pipeline_of(fault)]).changes

    assert found
    assert {(c.pipeline, c.column) for c in found} == {("planted", fault.__name__)}
    one = found[0]
    assert one.bar < one.cut
    assert one.opened_at == WALK.opened_at(one.bar)
    assert f"planted: {fault.__name__} of bar {one.bar} " in str(one)
    assert f"from bar {one.cut} on" in str(one)


@pytest.mark.parametrize("future", [CUT_OFF, POISONED])
def test_both_futures_catch_a_negative_shift(future: str):
    found = check(WALK, [pipeline_of(negative_shift)], Cuts(anywhere=3, warm_up=0, after_gaps=0)).changes

    assert [(c.bar, c.bars) for c in found if c.future == future] == [
        (c.cut - 1, 1) for c in found if c.future == future
    ]
    assert any(c.future == future for c in found)


def test_only_a_cut_inside_the_warm_up_shows_that_it_was_filled_backwards():
    fault = pipeline_of(warm_up_filled_backwards)

    late = check(WALK, [fault], Cuts(anywhere=20, warm_up=0, after_gaps=0, seed=5))
    early = check(WALK, [fault], Cuts(anywhere=0, warm_up=20, after_gaps=0))

    assert not late.changes
    assert early.changes
    assert all(c.cut < 20 for c in early.changes)


def test_a_label_may_know_as_many_bars_as_it_says_and_no_more():
    honest = check(WALK, [pipeline_of(label_among_the_features, ahead=5)])
    hidden = check(WALK, [pipeline_of(label_among_the_features, ahead=4)])

    assert not honest.changes
    assert hidden.changes


def gappy() -> Candles:
    kept = np.concatenate([np.arange(700), np.arange(703, 1500), np.arange(1520, 2500)])
    columns = {name: getattr(WALK, name)[kept] for name in ("open_ms", "open", "high", "low", "close", "volume")}
    return replace(WALK, **columns)


@pytest.mark.parametrize("candles", [WALK, gappy()], ids=["whole", "gappy"])
def test_what_signals_are_made_of_knows_no_future(candles: Candles):
    told: list[tuple[int, int]] = []

    found = check(candles, rules_pipelines(RULES, PLAN), tell=lambda done, total: told.append((done, total)))

    assert found.changes == ()
    assert found.columns > 70
    assert told[-1] == (found.cuts, found.cuts)
    assert found.values > found.columns * found.cuts


def test_the_check_reaches_trades_and_not_only_empty_columns():
    columns = {k: v for p in rules_pipelines(RULES, PLAN) for k, v in p.compute(WALK).items()}

    empty = [name for name, values in columns.items() if not np.isfinite(np.asarray(values, dtype=float)).any()]

    assert empty == []


def test_a_market_shorter_than_the_warm_up_can_be_checked():
    assert check(WALK.part(0, 40), rules_pipelines(RULES, PLAN)).changes == ()


@needs_recorded
@pytest.mark.parametrize("name", FILES)
def test_every_recorded_series_passes_without_a_change(name: str):
    candles = recorded(name).part(-3000)

    found = check(candles, rules_pipelines(RULES, PLAN), Cuts(anywhere=3, warm_up=5, after_gaps=3))

    assert [str(c) for c in found.changes] == []


def test_live_trading_reads_the_bar_that_a_backtest_reads():
    orders, _, _ = ensemble_orders(WALK, RULES, PLAN)
    count = tally(derive(compute(WALK)), RULES)
    decided = np.flatnonzero(orders)

    for bar in [*decided[:6].tolist(), 300, 1111, 2222]:
        candles = WALK.part(0, bar + 1)
        signal = analyse(candles, replace(MOMENT, now=candles.closed_at())).signal
        assert (signal.long, signal.short) == (count.long[bar], count.short[bar])
        assert signal.direction in (orders[bar], 0)


def test_every_indicator_forgets_its_beginning_within_the_warm_up():
    candles = simulate(
        7, Market("BTC/USDT", Timeframe.H1), 1_600_000_000_000 // 3_600_000 * 3_600_000, 1_620_000_000_000
    )

    needed = {n.column: n.bars for n in bars_needed(candles)}

    assert (needed["sma_20"], needed["sma_50"], needed["sma_200"]) == (20, 50, 200)
    assert all(bars is not None and bars <= RULES.warm_up_bars for bars in needed.values())
    assert needed["rsi_14"] > 100


def test_an_indicator_that_never_forgets_says_so():
    needed = bars_needed(WALK.part(0, 60))

    assert {n.column: n.bars for n in needed}["sma_200"] is None
    assert all(n.tried == 30 for n in needed)
