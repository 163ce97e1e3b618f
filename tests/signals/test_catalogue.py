"""Indicators by name: what may be had, what looks ahead, and errors in words."""

from __future__ import annotations

import numpy as np
import pytest

from signals import catalogue
from signals.errors import DataError, UserError
from signals.indicators import compute
from tests.builders import random_walk

CANDLES = random_walk(400, seed=8)
SOME = (
    "rsi",
    "adx",
    "supertrend",
    "bbands",
    "macd",
    "stoch",
    "vwap",
    "obv",
    "kc",
    "psar",
    "hma",
    "cci",
    "willr",
    "donchian",
)


def test_there_are_many_and_none_needs_a_second_series() -> None:
    names = catalogue.names()

    assert len(names) > 150
    assert not {"beta", "correl", "cdl_pattern"} & set(names)
    assert names == tuple(sorted(names))


@pytest.mark.parametrize("name", SOME)
def test_a_value_does_not_depend_on_later_bars(name: str) -> None:
    whole, cut = catalogue.read(name, CANDLES), catalogue.read(name, CANDLES.part(0, 350))

    assert whole.warning == ""
    for column, values in cut.columns.items():
        np.testing.assert_allclose(whole.columns[column][:350], values, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("name", ["dpo", "ichimoku", "tos_stdevall"])
def test_one_that_looks_ahead_does_so_and_says_so(name: str) -> None:
    whole, cut = catalogue.read(name, CANDLES), catalogue.read(name, CANDLES.part(0, 350))

    assert "looks ahead" in whole.warning
    assert any(
        not np.allclose(whole.columns[c][:350], v, equal_nan=True) for c, v in cut.columns.items() if c in whole.columns
    )


def test_the_volume_profile_is_refused_with_the_reason() -> None:
    with pytest.raises(DataError, match="looks ahead"):
        catalogue.read("vp", CANDLES)


def test_it_agrees_with_the_columns_that_signals_use() -> None:
    ours = compute(CANDLES)["sma_20"]

    (theirs,) = catalogue.read("SMA ", CANDLES).columns.values()

    assert len(theirs) == len(ours)
    assert np.isfinite(theirs).sum() >= np.isfinite(ours).sum()


@pytest.mark.parametrize("name", ["rsii", "__class__", "../rsi", "", "é" * 500, "help", "Category"])
def test_an_unknown_name_is_refused_with_near_ones(name: str) -> None:
    with pytest.raises(UserError, match="not an indicator"):
        catalogue.read(name, CANDLES)


def test_too_few_bars_are_no_value() -> None:
    with pytest.raises(DataError):
        catalogue.read("adx", CANDLES.part(0, 3))
