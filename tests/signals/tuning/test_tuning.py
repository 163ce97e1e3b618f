"""Tuning: folds that do not touch, a search that repeats itself, and a verdict from bars that no trial saw."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.backtest.run import ensemble_orders, run
from signals.ensemble import SignalRules
from signals.errors import DataError
from signals.model import Candles, PlanRules
from signals.tuning import Bench, TuningRules, tune, walk_forward
from signals.tuning.search import HORIZON_BARS, search
from signals.tuning.walk import Request, robust_mean, score
from tests.builders import NOW, random_walk

QUICK = TuningRules(trials=6, folds=3, min_trades=5)


@cache
def walk() -> Candles:
    return random_walk(4000, volatility=0.02, seed=4)


@cache
def bench() -> Bench:
    return Bench.of(walk(), SignalRules())


@given(st.integers(0, 400), st.integers(2000, 30_000), st.integers(1, 6), st.integers(1, 72))
@settings(max_examples=100, deadline=None)
def test_folds_are_purged_ordered_and_cover_the_later_half(first, bars, folds, purge):
    try:
        found = walk_forward(first, bars, folds, purge)
    except DataError:
        return

    assert len(found) == folds
    assert found[-1].end == bars
    for fold in found:
        assert first == fold.start < fold.learned == fold.tested - purge < fold.tested < fold.end
    assert all(a.end == b.tested for a, b in pairwise(found))


def test_too_few_bars_are_refused_with_the_number_needed():
    with pytest.raises(DataError, match="300 bars are too few to tune over 4 folds: about"):
        walk_forward(250, 300, 4, 72)


def test_votes_counted_once_make_the_trades_of_the_backtest():
    plan = PlanRules(sl_atr=1.5, tp_atr=4.0)

    ours = bench().ledger(plan, 0, 4000, 4000)
    theirs = run(walk(), ensemble_orders(walk(), SignalRules(), plan), plan, shorts=True)

    np.testing.assert_array_equal(ours.rows, theirs.rows)


def test_bars_after_the_past_change_no_choice():
    poisoned = replace(
        walk(), **{name: getattr(walk(), name).copy() for name in ("open", "high", "low", "close", "volume")}
    )
    fold = walk_forward(250, 4000, 3, HORIZON_BARS[1])[0]
    for name in ("open", "high", "low", "close"):
        getattr(poisoned, name)[fold.tested :] *= 3.0
    plan = PlanRules()

    seen, other = (
        b.ledger(plan, fold.start, fold.learned, fold.tested) for b in (bench(), Bench.of(poisoned, SignalRules()))
    )

    np.testing.assert_array_equal(seen.rows, other.rows)


def test_the_same_search_finds_the_same_and_never_less_than_its_first_trials():
    def wanted(plan: PlanRules) -> float:
        return -abs(plan.sl_atr - 2.75) - abs(plan.tp_atr - 6.5)

    near = PlanRules(sl_atr=2.75, tp_atr=6.25)
    one, two = (search(wanted, [PlanRules(), near], TuningRules(trials=8)) for _ in range(2))

    assert one == two
    assert wanted(one) >= wanted(near)


def test_a_first_trial_off_the_grid_is_moved_onto_it():
    tried: list[PlanRules] = []

    def wanted(plan: PlanRules) -> float:
        tried.append(plan)
        return 0.0

    search(wanted, [PlanRules(sl_atr=9.0, tp_atr=3.1, horizon_bars=25)], TuningRules(trials=1))

    assert (tried[0].sl_atr, tried[0].tp_atr, tried[0].horizon_bars) == (4.0, 3.0, 24)


def test_a_tuning_tells_all_three_figures_and_repeats_itself():
    told: list[tuple[int, int]] = []
    request = Request(PlanRules(), [("past", PlanRules(sl_atr=3.0))], QUICK)

    one = tune(bench(), request, NOW, lambda done, of: told.append((done, of)))
    two = tune(bench(), request, NOW)

    assert one == two
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert one.out_of_sample.trades > 0
    assert one.active.trades > 0
    assert one.first_trials == ("past",)
    assert one.tuning_id.endswith(":6x3")
    assert one.buy_hold_pct == pytest.approx(100 * (walk().close[-1] / walk().open[2125] - 1))
    assert "out of sample" in one.reason


def test_a_walk_without_an_edge_activates_nothing():
    results = [
        tune(Bench.of(random_walk(3000, seed=s, volatility=0.02), SignalRules()), Request(PlanRules(), (), QUICK), NOW)
        for s in range(3)
    ]

    assert not any(r.won for r in results if r.out_of_sample.mean_r <= 0)


def test_few_trades_are_no_evidence_and_scatter_costs():
    assert robust_mean(np.ones(5), 20) < -5
    assert robust_mean(np.ones(5), 20) < robust_mean(np.ones(9), 20)
    assert robust_mean(np.array([1.0, 1.0, 1.0]), 3) == 1.0
    assert robust_mean(np.array([3.0, -1.0, 1.0]), 3) < 1.0
    assert score([bench().ledger(PlanRules(), 0, 10, 300)]).trades == 0
