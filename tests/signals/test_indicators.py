"""Indicators equal TA-Lib's, know no gap, and never look ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib

from signals.indicators import COLUMNS, compute
from signals.model import Candles
from tests.builders import candles_from, random_walk


def with_gap(candles: Candles, at: int, missing: int = 1) -> Candles:
    keep = np.r_[0:at, at + missing : len(candles)]
    columns = (candles.open_ms, candles.open, candles.high, candles.low, candles.close, candles.volume)
    return Candles(candles.series, *(c[keep] for c in columns))


def test_every_column_equals_ta_lib():
    candles = random_walk(600)
    macd = talib.MACD(candles.close, 12, 26, 9)
    bands = talib.BBANDS(candles.close, 20, 2.0, 2.0)
    expected = [
        talib.RSI(candles.close, 14),
        *macd,
        *bands,
        talib.ATR(candles.high, candles.low, candles.close, 14),
        *(talib.SMA(candles.close, n) for n in (20, 50, 200)),
        *(talib.EMA(candles.close, n) for n in (12, 26)),
    ]

    frame = compute(candles)

    for name, values in zip(COLUMNS, expected, strict=True):
        np.testing.assert_allclose(frame[name], values, rtol=1e-9, equal_nan=True)


def test_five_hundred_bars_are_enough_for_the_last_value():
    candles = random_walk(3000)

    whole, tail = compute(candles).at(-1), compute(candles.part(-500)).at(-1)

    assert tail.keys() == whole.keys()
    for name in COLUMNS:
        assert tail[name] == pytest.approx(whole[name], rel=1e-9), name


def test_warm_up_is_nan_and_not_zero():
    frame = compute(random_walk(300))

    assert np.isnan(frame["sma_200"][:199]).all()
    assert np.isfinite(frame["sma_200"][199:]).all()
    assert "sma_200" not in frame.at(100)


def test_a_price_that_never_moved_is_not_oversold():
    frame = compute(candles_from(np.full(300, 100.0), spread=0.0))

    assert (frame["rsi_14"][14:] == 50.0).all()


def test_a_real_fall_to_rsi_zero_stays_zero():
    frame = compute(candles_from(np.linspace(100.0, 50.0, 300)))

    assert frame["rsi_14"][-1] == 0.0


def test_a_gap_restarts_every_column():
    whole = random_walk(700)
    broken = with_gap(whole, 300)

    frame = compute(broken)

    after = compute(broken.part(300))
    assert frame.age[299] == 299
    assert frame.age[300] == 0
    for name in COLUMNS:
        np.testing.assert_array_equal(frame[name][300:], after[name])


def test_no_candles_give_an_empty_frame():
    empty = random_walk(10).part(0, 0)

    frame = compute(empty)

    assert len(frame) == 0
    assert set(frame.columns) == set(COLUMNS)


def test_a_nan_in_the_future_changes_no_past_value():
    candles = random_walk(500)
    poisoned = replace(candles, close=np.where(np.arange(500) >= 400, 1e9, candles.close))

    before, after = compute(candles), compute(poisoned)

    for name in COLUMNS:
        np.testing.assert_array_equal(before[name][:400], after[name][:400])
