"""What a label says, which bars have one, and that no fold learns from what it is tested on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.errors import DataError
from signals.features import FEATURES, derive
from signals.indicators import compute
from signals.learned.folds import FoldRules, inner_split, walk_forward
from signals.learned.labels import BUY, HOLD, SELL, UNLABELED, LabelRule, label
from signals.learned.rows import feature_rows, half_mirrored, merged, mirrored, pooled, rows_of
from signals.model import Candles
from tests.builders import candles_from, random_walk
from tests.signals.learned.school import HOUR, drawn_rows, swinging


def test_labels_are_those_worked_out_by_hand() -> None:
    closes = [100, 100, 100, 100, 100, 100.3, 99.7, 100.19, 99.81, 100.1, 100.3]

    found = label(candles_from(closes), LabelRule())

    assert found.tolist() == [BUY, SELL, HOLD, HOLD, HOLD, HOLD, *[UNLABELED] * 5]


def test_a_label_needs_all_its_bars() -> None:
    assert label(candles_from([100.0, 101.0]), LabelRule()).tolist() == [UNLABELED, UNLABELED]
    assert label(candles_from([]), LabelRule()).tolist() == []


def test_no_label_reaches_across_a_gap() -> None:
    whole = candles_from(np.linspace(100, 120, 20))
    kept = np.r_[0:9, 12:20]
    gappy = Candles(
        whole.series, *(c[kept] for c in (whole.open_ms, whole.open, whole.high, whole.low, whole.close, whole.volume))
    )

    found = label(gappy, LabelRule())

    assert (found[:4] == BUY).all()
    assert (found[4:9] == UNLABELED).all()
    assert (found[9:12] == BUY).all()
    assert (found[12:] == UNLABELED).all()


def test_rows_are_complete_warm_and_labeled() -> None:
    candles = random_walk(600)

    rows = rows_of(candles, LabelRule())

    assert np.isfinite(rows.x).all()
    assert rows.open_ms[0] == candles.open_ms[250]
    assert rows.open_ms[-1] == candles.open_ms[-6]
    assert (rows.known_ms - rows.open_ms == 6 * HOUR).all()


def test_series_are_pooled_by_time() -> None:
    rows = pooled([random_walk(400, seed=1), random_walk(350, seed=2)], LabelRule())

    assert (np.diff(rows.open_ms) >= 0).all()
    assert set(rows.series.tolist()) == {0, 1}
    assert len(rows) == (400 - 255) + (350 - 255)


def test_a_feature_that_does_not_exist_is_an_error_and_never_zero() -> None:
    with pytest.raises(DataError, match="astrology"):
        feature_rows(derive(compute(random_walk(300))), ("return_5", "astrology"))


def test_a_chart_upside_down_gives_the_mirrored_rows() -> None:
    straight = swinging(600)
    top = float(straight.high.max() + straight.low.min())
    turned = Candles(
        straight.series,
        straight.open_ms,
        top - straight.open,
        top - straight.low,
        top - straight.high,
        top - straight.close,
        straight.volume,
    )

    x, y = (feature_rows(derive(compute(c)))[300:] for c in (straight, turned))

    np.testing.assert_allclose(mirrored(x), y, rtol=0, atol=1e-6)
    np.testing.assert_allclose(mirrored(mirrored(x)), x)


def test_half_of_the_rows_are_learned_from_upside_down() -> None:
    rows = drawn_rows(10, signal=1.0)

    turned = half_mirrored(rows)

    assert turned.y[::2].tolist() == rows.y[::2].tolist()
    assert turned.y[1::2].tolist() == (2 - rows.y[1::2]).tolist()
    assert turned.x[1, 0] == -rows.x[1, 0]
    assert turned.x[1, FEATURES.index("volatility_5")] == rows.x[1, FEATURES.index("volatility_5")]


@given(n=st.integers(1500, 3000), count=st.integers(2, 6), embargo=st.integers(0, 48), hole=st.integers(0, 100))
def test_no_fold_learns_from_what_it_is_tested_on(n: int, count: int, embargo: int, hole: int) -> None:
    rows = drawn_rows(n)
    rows = rows.part(np.r_[0 : n // 2, n // 2 + hole : n].astype(np.int64))
    rules = FoldRules(count=count, embargo_bars=embargo, min_rows=20)

    folds = walk_forward(rows, HOUR, rules)

    tested = np.concatenate([fold.test for fold in folds])
    assert len(np.unique(tested)) == len(tested)
    assert int(rows.open_ms[tested].max()) == int(rows.open_ms[-1])
    for fold in folds:
        margin = rows.open_ms[fold.test].min() - rows.known_ms[fold.train].max()
        assert margin >= embargo * HOUR
        assert not set(fold.train.tolist()) & set(fold.test.tolist())
        left_out = np.setdiff1d(np.flatnonzero(rows.open_ms < fold.from_ms), fold.train)
        assert (rows.known_ms[left_out] + embargo * HOUR > fold.from_ms).all()


def test_purge_and_embargo_are_as_wide_as_they_say() -> None:
    rows = drawn_rows(3000)

    fold = walk_forward(rows, HOUR, FoldRules(count=2, embargo_bars=24))[0]

    assert int(rows.open_ms[fold.test[0]] - rows.open_ms[fold.train[-1]]) // HOUR == 6 + 24


def test_the_inner_validation_lies_behind_the_same_margin() -> None:
    rows = drawn_rows(2000)

    fit, valid = inner_split(rows, HOUR, FoldRules(embargo_bars=10))

    assert len(valid) == 300
    assert int(rows.open_ms[valid[0]] - rows.known_ms[fit[-1]]) == 10 * HOUR


def test_too_few_rows_are_refused_with_the_fix() -> None:
    with pytest.raises(DataError, match="MARKET_HISTORY_BARS"):
        walk_forward(drawn_rows(300), HOUR, FoldRules())
    with pytest.raises(DataError, match="deskmate sync"):
        walk_forward(merged([drawn_rows(5)]).part(np.empty(0, dtype=np.int64)), HOUR, FoldRules())
