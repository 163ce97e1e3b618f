"""Bars: stored once, revised openly, read by close."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.clock import from_ms
from signals.model import Candles, Series, Timeframe
from storage.candles import Saved, Span
from storage.stores import Stores
from tests.storage.builders import BTC, ETH, HOUR_MS, START_MS, candles, same


def _with(bars: Candles, name: str, at: int, value: float) -> Candles:
    column = getattr(bars, name).copy()
    column[at] = value
    return replace(bars, **{name: column})


async def test_bars_come_back_bit_by_bit(stores: Stores) -> None:
    bars = replace(candles(bars=4), close=np.array([0.1 + 0.2, 1e-12, 98765.4321, 1 / 3]), volume=np.zeros(4))

    saved = await stores.candles.save(bars)

    assert saved == Saved(4)
    assert same(await stores.candles.newest(ETH, 10), bars)


async def test_saving_twice_changes_nothing(stores: Stores) -> None:
    await stores.candles.save(candles())

    assert await stores.candles.save(candles()) == Saved(0)
    assert (await stores.candles.save(candles(bars=7))).new == 2
    assert len(await stores.candles.revisions(ETH)) == 0


async def test_a_revised_bar_overwrites_is_counted_and_its_former_values_are_kept(stores: Stores) -> None:
    first = candles()
    await stores.candles.save(first)

    second = await stores.candles.save(_with(first, "close", 2, 102.25))
    third = await stores.candles.save(_with(first, "close", 2, 102.5))

    assert second == third == Saved(0, (START_MS + 2 * HOUR_MS,))
    assert (second.revised, second.changed) == (1, 1)
    assert (await stores.candles.newest(ETH, 5)).close[2] == 102.5
    former = await stores.candles.revisions(ETH)
    assert former.open_ms.tolist() == [START_MS + 2 * HOUR_MS] * 2
    assert former.close.tolist() == [102.0, 102.25]


async def test_new_bars_around_and_between_stored_ones_are_told_apart(stores: Stores) -> None:
    bars = candles(bars=9)
    await stores.candles.save(bars.part(3, 5))
    holes = np.array([0, 3, 4, 8])

    saved = await stores.candles.save(
        Candles(ETH, *(getattr(bars, n)[holes] for n in ("open_ms", "open", "high", "low", "close", "volume")))
    )

    assert saved == Saved(2)
    assert (await stores.candles.newest(ETH, 9)).open_ms.tolist() == bars.open_ms[holes].tolist()


async def test_the_newest_bars_are_ascending_and_at_most_as_many_as_asked(stores: Stores) -> None:
    await stores.candles.save(candles(bars=9))

    found = await stores.candles.newest(ETH, 3)

    assert same(found, candles(bars=9).part(6))


@pytest.mark.parametrize(("until_ms", "bars"), [(HOUR_MS, 1), (2 * HOUR_MS - 1, 1), (2 * HOUR_MS, 2), (HOUR_MS - 1, 0)])
async def test_no_bar_is_read_before_its_close(stores: Stores, until_ms: int, bars: int) -> None:
    await stores.candles.save(candles())

    found = await stores.candles.newest(ETH, 100, START_MS + until_ms)

    assert same(found, candles().part(0, bars))


async def test_series_are_never_mixed(stores: Stores) -> None:
    others = [BTC, Series("binance", "ETH/USDT", Timeframe.H1), Series("replay", "ETH/USDT", Timeframe.M15)]
    for i, series in enumerate((ETH, *others)):
        await stores.candles.save(candles(series, price=100.0 * (i + 1)))

    found = await stores.candles.newest_many([others[2], ETH, Series("replay", "NO/USDT", Timeframe.H1), BTC], 2)

    assert [one.close.tolist() for one in found] == [[403, 404], [103, 104], [], [203, 204]]
    assert await stores.candles.series() == tuple(sorted((ETH, *others)))


async def test_last_bar_and_span_of_a_series(stores: Stores) -> None:
    assert await stores.candles.last_open_ms(ETH) is None
    assert await stores.candles.span(ETH) is None

    await stores.candles.save(candles())

    last = START_MS + 4 * HOUR_MS
    assert await stores.candles.last_open_ms(ETH) == last
    assert await stores.candles.span(ETH) == Span(from_ms(START_MS), from_ms(last), 5)


async def test_no_bars_are_saved_as_nothing(stores: Stores) -> None:
    assert await stores.candles.save(candles(bars=0)) == Saved(0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("open", math.nan), ("close", 0.0), ("low", -1.0), ("high", math.inf), ("volume", -0.1), ("volume", math.nan)],
)
async def test_values_that_cannot_be_are_refused_and_nothing_is_stored(stores: Stores, name: str, value: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        await stores.candles.save(_with(candles(), name, 3, value))

    assert await stores.candles.span(ETH) is None


@pytest.mark.parametrize("order", [[0, 2, 1], [0, 1, 1]])
async def test_bars_out_of_order_are_refused(stores: Stores, order: list[int]) -> None:
    bars = candles(bars=3)

    with pytest.raises(ValueError, match="order"):
        await stores.candles.save(replace(bars, open_ms=bars.open_ms[order]))


async def test_two_tasks_that_save_the_same_bars_store_them_once(stores: Stores) -> None:
    saved = await asyncio.gather(*(stores.candles.save(candles(bars=50)) for _ in range(5)))

    assert sorted(one.new for one in saved) == [0, 0, 0, 0, 50]


async def test_more_bars_than_one_statement_takes_are_all_stored(stores: Stores) -> None:
    bars = candles(bars=11_003)

    assert (await stores.candles.save(bars)).new == 11_003
    assert same(await stores.candles.newest(ETH, 20_000), bars)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3)), min_size=1, max_size=20))
def test_any_sequence_of_saves_ends_with_the_last_value_of_each_bar(saves: list[tuple[int, int]]) -> None:
    from storage.candles import _compare

    known: dict[int, int] = {}
    for place, price in saves:
        keys = sorted(known)
        stored = _bars({key: known[key] for key in keys})
        fresh, revised = _compare(_bars({place: price}), stored)
        assert fresh.tolist() == [place not in known]
        assert revised.tolist() == [place in known and known[place] != price]
        known[place] = price


def _bars(prices: dict[int, int]) -> Candles:
    values = np.array(list(prices.values()), dtype=np.float64)
    columns: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close", "volume"), values)
    return Candles(ETH, np.array(list(prices), dtype=np.int64), **columns)
