"""Longer bars out of shorter ones."""

from __future__ import annotations

import numpy as np
import pytest

from signals.market.resample import aggregate
from signals.model import Series, Timeframe
from tests.signals.market.fakes import candles, hour, rows


def test_a_group_takes_first_open_extreme_high_and_low_last_close_and_the_sum_of_volumes() -> None:
    table = rows(4)  # 08:00 to 11:00
    table[:, 1:6] = [[10, 14, 9, 11, 1], [11, 12, 8, 9, 2], [9, 15, 9, 12, 3], [12, 13, 11, 13, 4]]

    four = aggregate(candles(table), Timeframe.H4)

    assert four.series == Series("binance", "ETH/USDT", Timeframe.H4)
    assert four.open_ms.tolist() == [hour(4)]
    assert [four.open[0], four.high[0], four.low[0], four.close[0], four.volume[0]] == [10, 15, 8, 13, 10]


def test_only_whole_groups_aligned_to_utc_are_made() -> None:
    table = np.delete(rows(14), 7, axis=0)  # 22:00 to 11:00 without 05:00

    four = aggregate(candles(table), Timeframe.H4)

    assert four.open_ms.tolist() == [hour(12), hour(4)]


def test_nothing_whole_gives_nothing() -> None:
    assert len(aggregate(candles(rows(3)), Timeframe.H4)) == 0
    assert len(aggregate(candles(rows(0)), Timeframe.D1)) == 0


def test_shorter_bars_cannot_be_made_of_longer_ones() -> None:
    with pytest.raises(ValueError, match="15m bars cannot be made of 1h bars"):
        aggregate(candles(rows(3)), Timeframe.M15)
