"""Past setups: the nearest, apart from each other, judged by the present plan, and never by what came after."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from signals.features import derive
from signals.indicators import compute
from signals.model import PlanRules
from signals.similar import nearest
from tests.builders import candles_from, random_walk

RULES = PlanRules(horizon_bars=24)


@pytest.mark.parametrize("direction", [1, -1])
def test_cases_are_the_nearest_and_a_plan_s_life_apart(direction: int) -> None:
    candles = random_walk(900, seed=4)

    cases = nearest(derive(compute(candles)), direction, RULES, 8)

    times = sorted(case.at for case in cases)
    assert len(cases) == 8
    assert [c.distance for c in cases] == sorted(c.distance for c in cases)
    assert all((b - a).total_seconds() >= 24 * 3600 for a, b in pairwise(times))
    assert (candles.closed_at() - times[-1]).total_seconds() >= 24 * 3600


def test_each_result_can_be_recomputed_from_the_bars_after() -> None:
    candles = random_walk(900, seed=5)
    frame = compute(candles)

    for case in nearest(derive(frame), 1, RULES, 8):
        i = next(i for i in range(len(candles)) if candles.closed_at(i) == case.at)
        atr, entry = frame["atr_14"][i], candles.close[i]
        stop, target = entry - 2 * atr, entry + 3 * atr
        ended, leave, bars = "time", candles.close[i + 24], 24
        for n in range(1, 25):
            if candles.low[i + n] <= stop:
                ended, leave, bars = "stop", stop, n
                break
            if candles.high[i + n] >= target:
                ended, leave, bars = "target", target, n
                break
        cost = (RULES.fee_rate + RULES.slippage_rate) * (entry + leave)
        assert (case.ended, case.bars) == (ended, bars)
        assert case.r == pytest.approx((leave - entry - cost) / (2 * atr))


def test_the_same_past_gives_the_same_distances_whatever_comes_later() -> None:
    candles = random_walk(900, seed=6)

    long_known = nearest(derive(compute(candles.part(0, 800))), 1, RULES, 3)

    assert all(case.at <= candles.closed_at(800 - 25) for case in long_known)


@pytest.mark.parametrize("bars", [30, 130])
def test_too_few_bars_give_no_case(bars: int) -> None:
    candles = random_walk(900).part(0, bars)

    assert nearest(derive(compute(candles)), 1, RULES) == ()


def test_a_price_that_never_moves_is_no_trouble() -> None:
    cases = nearest(derive(compute(candles_from(np.full(400, 100.0), spread=0.0))), 1, RULES)

    assert all(np.isfinite(case.r) for case in cases)


def test_without_a_side_there_is_nothing_to_compare() -> None:
    assert nearest(derive(compute(random_walk(600))), 0, RULES) == ()
