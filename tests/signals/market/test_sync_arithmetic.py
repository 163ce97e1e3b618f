"""What a sync job asks for."""

from __future__ import annotations

import numpy as np

from signals.clock import to_ms
from signals.market.checks import Checked, FindingKind, check
from signals.market.sync import bars_between, fetch_checked, next_since, repair_since, revised
from signals.model import Timeframe
from tests.signals.market.fakes import ETH, ETH_1H, NOW, FakeCheckedSource, FakeSource, candles, hour, rows

NOW_MS = to_ms(NOW)


def test_a_new_series_is_asked_for_its_whole_history() -> None:
    assert next_since(None, Timeframe.H1, NOW_MS, 1500) == hour(1500)


def test_a_known_series_is_asked_for_its_last_three_bars_again() -> None:
    assert next_since(hour(5), Timeframe.H1, NOW_MS, 1500) == hour(7)


def test_the_limit_catches_up_everything_that_has_closed() -> None:
    assert bars_between(hour(7), Timeframe.H1, NOW_MS) == 7
    assert bars_between(hour(7) + 1, Timeframe.H1, NOW_MS) == 6
    assert bars_between(hour(0), Timeframe.H1, NOW_MS) == 0
    assert bars_between(hour(-9), Timeframe.H1, NOW_MS) == 0


def test_a_gap_in_the_stored_bars_is_asked_for_again() -> None:
    holed = candles(np.delete(rows(12), 4, axis=0))

    assert repair_since(holed, hour(3)) == hour(9)
    assert repair_since(candles(rows(12)), hour(3)) == hour(3)


def test_revised_bars_are_found() -> None:
    fetched = rows(4, newest=0)
    fetched[1, 4] += 0.5
    fetched[2, 5] += 1

    assert revised(candles(rows(6)), candles(fetched)).tolist() == [hour(2), hour(1)]
    assert revised(candles(rows(6)), candles(rows(6))).tolist() == []


async def test_findings_come_along_where_the_source_has_them() -> None:
    found = check(ETH_1H, rows(6)[::-1], now_ms=NOW_MS)
    telling = FakeCheckedSource("binance", found.candles, found=found)
    silent = FakeSource("binance", found.candles)

    told = await fetch_checked(telling, ETH, since_ms=None, limit=6)
    untold = await fetch_checked(silent, ETH, since_ms=None, limit=6)

    assert [f.kind for f in told.findings] == [FindingKind.OUT_OF_ORDER]
    assert untold == Checked(found.candles)
