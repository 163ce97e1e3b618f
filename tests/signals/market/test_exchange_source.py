"""The bars of the exchange source over a client in miniature: paging, timeframes, checks."""

from __future__ import annotations

from typing import Any

import ccxt
import numpy as np
import pytest

from signals.errors import DataError, TemporaryError, UnavailableError
from signals.market.checks import FindingKind
from signals.market.sync import CheckedSource
from signals.model import Market, Timeframe
from tests.signals.market.exchange_in_miniature import pages, source
from tests.signals.market.fakes import ETH, HOUR, FakeClient, hour, pages_of, rows


async def test_a_range_is_read_in_pages_with_one_bar_before_it() -> None:
    client = FakeClient(bars=pages_of(rows(60, newest=0)))

    found = await source(client).checked(ETH, since_ms=None, limit=10)

    assert found.candles.open_ms.tolist() == [hour(n) for n in range(10, 0, -1)]
    assert [(since, count) for _, _, since, count in pages(client)] == [(hour(11), 4), (hour(7), 4), (hour(3), 3)]


async def test_since_between_two_bars_starts_with_the_next_one() -> None:
    client = FakeClient(bars=pages_of(rows(60)))

    found = await source(client).closed(ETH, since_ms=hour(9) + 1, limit=2)

    assert found.open_ms.tolist() == [hour(8), hour(7)]


async def test_nothing_is_asked_for_a_range_without_a_closed_bar() -> None:
    client = FakeClient()

    found = await source(client).closed(ETH, since_ms=hour(0), limit=5)

    assert len(found) == 0 and pages(client) == []
    assert len(await source(client).closed(ETH, since_ms=None, limit=0)) == 0


async def test_empty_pages_before_a_listing_are_stepped_over() -> None:
    client = FakeClient(bars=lambda since, limit: [r for r in rows(3).tolist() if since <= r[0] < since + limit * HOUR])

    found = await source(client).checked(ETH, since_ms=None, limit=12)

    assert len(found.candles) == 3 and found.findings == ()


async def test_an_exchange_that_gives_only_its_newest_bars_is_no_error() -> None:
    client = FakeClient(bars=lambda since, limit: rows(5).tolist(), features={})

    found = await source(client).closed(ETH, since_ms=hour(500), limit=500)

    assert len(found) == 5


async def test_bars_outside_the_range_are_left_out() -> None:
    client = FakeClient(bars=lambda since, limit: rows(9, newest=3).tolist())

    found = await source(client).checked(ETH, since_ms=hour(8), limit=3)

    assert found.candles.open_ms.tolist() == [hour(8), hour(7), hour(6)]
    assert FindingKind.OUT_OF_RANGE in [f.kind for f in found.findings]


async def test_an_answer_wholly_outside_the_range_is_stale() -> None:
    client = FakeClient(bars=lambda since, limit: rows(9, newest=30).tolist())

    with pytest.raises(DataError, match="has no bar since 2022-11-08T07:00:00Z"):
        await source(client).closed(ETH, since_ms=None, limit=5)


async def test_a_newest_bar_that_is_a_little_late_is_no_error() -> None:
    client = FakeClient(bars=pages_of(rows(20, newest=2)))

    assert len(await source(client).closed(ETH, since_ms=None, limit=5)) == 4


async def test_an_older_range_may_be_empty() -> None:
    assert len(await source(FakeClient()).closed(ETH, since_ms=hour(900), limit=5)) == 0


async def test_a_timeframe_not_on_offer_is_made_of_shorter_bars() -> None:
    client = FakeClient(bars=pages_of(rows(60, newest=0)), features={})

    found = await source(client).closed(Market("ETH/USDT", Timeframe.H4), since_ms=None, limit=3)

    assert found.series.timeframe is Timeframe.H4
    assert found.open_ms.tolist() == [hour(12), hour(8), hour(4)]
    assert pages(client)[0][1] == "1h"


async def test_a_timeframe_that_cannot_be_made_is_unavailable() -> None:
    client = FakeClient(timeframes={"1d": "1d"})

    with pytest.raises(UnavailableError, match="binance has no 1h bars"):
        await source(client).closed(ETH, since_ms=None, limit=3)


@pytest.mark.parametrize(
    ("symbol", "said"),
    [("SOL/USDT", "is not listed"), ("BTC/USDT:USDT", "is not listed"), ("OLD/USDT", "is not traded")],
)
async def test_markets_that_cannot_be_had_are_unavailable(symbol: str, said: str) -> None:
    with pytest.raises(UnavailableError, match=said):
        await source(FakeClient()).closed(Market(symbol, Timeframe.H1), since_ms=None, limit=3)


async def test_a_newest_jump_is_asked_for_again_and_then_held_back() -> None:
    table = rows(60)
    table[-1, 1:5] *= 1.7
    client = FakeClient(bars=pages_of(table))

    found = await source(client).checked(ETH, since_ms=hour(3), limit=3)

    assert found.status == "quarantined" and len(found.candles) == 2
    assert len(pages(client)) == 2


async def test_the_bar_before_the_range_serves_to_judge_the_first_one() -> None:
    table = rows(60)
    table[-1, 1:5] *= 1.7

    found = await source(FakeClient(bars=pages_of(table))).checked(ETH, since_ms=hour(1), limit=1)

    assert found.status == "quarantined" and len(found.candles) == 0


async def test_an_outage_while_asking_again_leaves_the_first_answer() -> None:
    client = FakeClient(bars=pages_of(np.delete(rows(60), -2, axis=0)))
    asking = source(client)
    await asking.now()
    first = client.bars

    def once(since: int, limit: int) -> Any:
        client.raises = [ccxt.NetworkError("gone")] * 9
        return first(since, limit)

    client.bars = once

    found = await asking.checked(ETH, since_ms=hour(3), limit=3)

    assert found.status == "gap"


async def test_an_answer_that_is_no_table_is_temporary() -> None:
    client = FakeClient(bars=lambda since, limit: [[None], ["<html>"]])

    with pytest.raises(TemporaryError, match="not a table of bars"):
        await source(client).closed(ETH, since_ms=None, limit=3)


async def test_rows_without_times_are_refused() -> None:
    client = FakeClient(bars=lambda since, limit: [[None] * 6] * 3)

    with pytest.raises(DataError, match="no usable open time"):
        await source(client).closed(ETH, since_ms=None, limit=3)


async def test_it_is_a_source_under_the_exchanges_name() -> None:
    asking = source(FakeClient())

    assert isinstance(asking, CheckedSource)
    assert (asking.exchange, asking.simulated) == ("binance", False)
