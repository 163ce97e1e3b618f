"""Whether a series may carry a signal."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from signals.clock import from_ms
from signals.market.condition import condition
from tests.signals.market.fakes import ETH_1H, NOW, candles, hour, rows


def test_a_complete_fresh_series_is_ok() -> None:
    found = condition(ETH_1H, candles(rows(10)), NOW, warm_up=10)

    assert found.ok and found.last_good_at == from_ms(hour(0))
    assert found.text == "binance:ETH/USDT:1h is complete up to 2022-11-08T12:00:00Z."


@pytest.mark.parametrize("bars", [None, candles(rows(0))])
def test_without_candles_there_is_no_data(bars: object) -> None:
    found = condition(ETH_1H, bars, NOW, warm_up=10)  # type: ignore[arg-type]

    assert (found.status, found.last_good_at) == ("no_data", None)
    assert "run a sync" in found.text


def test_a_series_is_stale_once_its_newest_bar_closed_more_than_two_bars_ago() -> None:
    bars = candles(rows(10, newest=3))  # closed two hours before 12:00

    on_the_edge = condition(ETH_1H, bars, NOW.replace(second=0), warm_up=10)
    over_it = condition(ETH_1H, bars, NOW, warm_up=10)

    assert on_the_edge.ok
    assert (over_it.status, over_it.last_good_at) == ("stale", from_ms(hour(2)))
    assert "closed at 2022-11-08T10:00:00Z, 2 bars ago: run a sync" in over_it.text


def test_only_a_gap_among_the_last_bars_counts() -> None:
    bars = candles(np.delete(rows(12), 4, axis=0))

    near = condition(ETH_1H, bars, NOW, warm_up=8)
    far = condition(ETH_1H, bars, NOW, warm_up=7)

    assert near.status == "gap" and near.last_good_at == from_ms(hour(8))
    assert "1 bar is missing in binance:ETH/USDT:1h between 2022-11-08T03:00:00Z and 2022-11-08T05:00:00Z" in near.text
    assert far.ok


def test_several_missing_bars_are_counted() -> None:
    found = condition(ETH_1H, candles(np.delete(rows(12), [4, 5], axis=0)), NOW, warm_up=10)

    assert found.text.startswith("2 bars are missing")


def test_too_few_bars_are_short() -> None:
    found = condition(ETH_1H, candles(rows(9)), NOW, warm_up=10)

    assert (found.status, found.last_good_at) == ("short", from_ms(hour(0)))
    assert "has 9 bars and needs 10" in found.text


def test_an_unconfirmed_jump_is_quarantined() -> None:
    table = rows(10)
    table[-1, 1:5] *= 1.6

    found = condition(ETH_1H, candles(table), NOW, warm_up=10)

    assert (found.status, found.last_good_at) == ("quarantined", from_ms(hour(1)))


def test_a_clock_that_is_behind_the_bars_raises_nothing() -> None:
    assert condition(ETH_1H, candles(rows(10)), NOW - timedelta(days=3), warm_up=10).ok
