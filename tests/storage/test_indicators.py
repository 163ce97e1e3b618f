"""Indicator values: warm-up is absent, infinities are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from storage.indicators import IndicatorRows
from storage.stores import Stores
from tests.storage.builders import BTC, ETH, HOUR_MS, START_MS

TIMES = np.array([START_MS, START_MS + HOUR_MS], dtype=np.int64)


async def test_values_come_back_by_name_without_the_warm_up(stores: Stores) -> None:
    columns = {"rsi_14": np.array([math.nan, 0.1 + 0.2]), "sma_20": np.array([-5.0, 1e300])}

    given = await stores.indicators.save(ETH, TIMES, columns)

    assert given == 3
    assert await stores.indicators.at(ETH, START_MS) == {"sma_20": -5.0}
    assert await stores.indicators.at(ETH, START_MS + HOUR_MS) == {"rsi_14": 0.1 + 0.2, "sma_20": 1e300}
    assert await stores.indicators.last_open_ms(ETH) == START_MS + HOUR_MS


async def test_a_value_computed_anew_replaces_the_former_one(stores: Stores) -> None:
    for value in (50.0, 50.0, 51.0):
        await stores.indicators.save(ETH, TIMES[:1], {"rsi_14": np.array([value])})

    assert await stores.indicators.at(ETH, START_MS) == {"rsi_14": 51.0}


async def test_many_series_are_stored_together_and_apart(stores: Stores) -> None:
    items = [IndicatorRows(s, TIMES, {"rsi_14": np.array([v, v])}) for s, v in ((ETH, 40.0), (BTC, 60.0))]

    assert await stores.indicators.save_many(items) == 4
    assert await stores.indicators.at(BTC, START_MS) == {"rsi_14": 60.0}
    assert await stores.indicators.at(ETH, START_MS) == {"rsi_14": 40.0}


async def test_an_infinite_value_is_refused_and_nothing_is_stored(stores: Stores) -> None:
    with pytest.raises(ValueError, match="infinite"):
        await stores.indicators.save(ETH, TIMES, {"a": np.array([1.0, 2.0]), "b": np.array([1.0, -math.inf])})

    assert await stores.indicators.last_open_ms(ETH) is None


async def test_a_column_of_another_length_is_refused(stores: Stores) -> None:
    with pytest.raises(ValueError, match="zip"):
        await stores.indicators.save(ETH, TIMES, {"a": np.array([1.0])})


async def test_nothing_to_store_is_nothing_stored(stores: Stores) -> None:
    assert await stores.indicators.save(ETH, TIMES, {"a": np.array([math.nan, math.nan])}) == 0
    assert await stores.indicators.at(ETH, START_MS) == {}
