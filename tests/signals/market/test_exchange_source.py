"""The exchange source over a client in miniature: paging, retries, markets, time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ccxt
import numpy as np
import pytest

from signals.clock import FrozenClock, to_ms
from signals.errors import DataError, TemporaryError, UnavailableError, UserError
from signals.market.checks import FindingKind
from signals.market.exchange import ExchangePolicy, ExchangeSource
from signals.market.sync import CheckedSource
from signals.model import Market, MarketRules, Timeframe
from signals.universe import default_rules
from tests.signals.market.fakes import ETH, HOUR, NOW, QUICK, FakeClient, hour, pages_of, rows


def source(client: FakeClient, policy: ExchangePolicy = QUICK) -> ExchangeSource:
    return ExchangeSource("binance", clock=FrozenClock(NOW), policy=policy, connect=lambda name, deadline: client)


def pages(client: FakeClient) -> list[Any]:
    return [what for what in client.asked if isinstance(what, tuple)]


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


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ccxt.BadSymbol("binance does not have market symbol X"), UnavailableError),
        (ccxt.NotSupported("no"), UnavailableError),
        (ccxt.PermissionDenied("no"), UnavailableError),
        (ccxt.AuthenticationError("key"), UnavailableError),
        (ccxt.RateLimitExceeded("too many"), TemporaryError),
        (ccxt.DDoSProtection("too many"), TemporaryError),
        (ccxt.RequestTimeout("late"), TemporaryError),
        (ccxt.ExchangeNotAvailable("GET https://api.example/x <html>\n gone"), TemporaryError),
        (ccxt.ExchangeError("odd"), TemporaryError),
        (ccxt.BadResponse("odd"), TemporaryError),
        (KeyError("data"), TemporaryError),
        (TypeError("None"), TemporaryError),
        (OSError("socket"), TemporaryError),
    ],
)
async def test_every_error_of_ccxt_becomes_one_of_ours(error: Exception, kind: type[Exception]) -> None:
    client = FakeClient(raises=[error] * 9)

    with pytest.raises(kind) as caught:
        await source(client).rules("ETH/USDT")

    assert type(caught.value) is kind
    assert "https://" not in str(caught.value) and "\n" not in str(caught.value)


async def test_a_bug_of_ours_is_not_dressed_up_as_an_outage() -> None:
    with pytest.raises(AssertionError):
        await source(FakeClient(raises=[AssertionError("a bug")])).rules("ETH/USDT")


async def test_a_rate_limit_told_in_the_body_pauses_the_host() -> None:
    client = FakeClient(raises=[ccxt.RateLimitExceeded("EAPI:Rate limit exceeded")])
    asking = source(client)

    for _ in range(2):
        with pytest.raises(TemporaryError) as caught:
            await asking.rules("ETH/USDT")
        assert caught.value.retry_after_s == pytest.approx(60, abs=5)
    assert client.asked == ["markets"]


async def test_three_calls_given_up_rest_the_host() -> None:
    client = FakeClient(raises=[ccxt.NetworkError("down")] * 99)
    asking = source(client)

    for _ in range(5):
        with pytest.raises(TemporaryError):
            await asking.rules("ETH/USDT")

    assert len(client.asked) == 9


async def test_an_answer_that_is_no_table_is_temporary() -> None:
    client = FakeClient(bars=lambda since, limit: [[None], ["<html>"]])

    with pytest.raises(TemporaryError, match="not a table of bars"):
        await source(client).closed(ETH, since_ms=None, limit=3)


async def test_rows_without_times_are_refused() -> None:
    client = FakeClient(bars=lambda since, limit: [[None] * 6] * 3)

    with pytest.raises(DataError, match="no usable open time"):
        await source(client).closed(ETH, since_ms=None, limit=3)


async def test_markets_are_read_once_and_again_after_a_day() -> None:
    client = FakeClient(bars=pages_of(rows(60)))
    asking = source(client)
    for _ in range(3):
        await asking.closed(ETH, since_ms=None, limit=3)
    assert client.asked.count("markets") == 1

    daily = source(client, replace(QUICK, markets_valid_s=-1.0))
    for _ in range(2):
        await daily.rules("ETH/USDT")

    assert client.asked.count("markets") == 3


async def test_a_list_of_markets_that_cannot_be_renewed_goes_on_being_used() -> None:
    client = FakeClient()
    asking = source(client, replace(QUICK, markets_valid_s=-1.0))
    await asking.rules("ETH/USDT")
    client.raises = [ccxt.NetworkError("down")] * 3

    assert (await asking.rules("ETH/USDT")).tick == Decimal("0.01")


async def test_an_empty_list_of_markets_is_no_list() -> None:
    with pytest.raises(TemporaryError, match="listed no markets"):
        await source(FakeClient(offer={})).rules("ETH/USDT")


@pytest.mark.parametrize(
    ("mode", "entry", "expected"),
    [
        (
            4,
            {"precision": {"price": 0.01, "amount": 1e-08}, "limits": {"cost": {"min": 5}}},
            ("0.01", "0.00000001", "5"),
        ),
        (2, {"precision": {"price": 2, "amount": 0}, "limits": {"cost": {"min": "0.5"}}}, ("0.01", "1", "0.5")),
        (4, {"precision": {"price": None, "amount": -1}, "limits": None}, None),
        (3, {"precision": {"price": 5, "amount": 5}, "limits": {"cost": {"min": math.nan}}}, None),
        (2, {"precision": {"price": None, "amount": "x"}, "limits": {"cost": None}}, None),
        (4, {}, None),
    ],
)
async def test_rules_are_decimals_with_usual_values_for_what_is_missing(
    mode: int, entry: dict[str, Any], expected: tuple[str, str, str] | None
) -> None:
    client = FakeClient(precisionMode=mode, offer={"ETH/USDT": {"spot": True, **entry}})

    rules = await source(client).rules("ETH/USDT")

    assert rules == (MarketRules(*map(Decimal, expected)) if expected else default_rules("ETH/USDT"))


async def test_the_exchanges_time_is_measured_once_in_a_while() -> None:
    client = FakeClient(time_ms=to_ms(NOW) + 20_000)
    asking = source(client)

    times = [await asking.now() for _ in range(3)]

    assert set(times) == {NOW + timedelta(seconds=20)} and client.asked == ["time"]


@pytest.mark.parametrize(("offset_s", "side"), [(61, "behind"), (-3600, "ahead of")])
async def test_a_skew_above_a_minute_is_refused_with_the_fix(offset_s: int, side: str) -> None:
    client = FakeClient(time_ms=to_ms(NOW) + offset_s * 1000, bars=pages_of(rows(60)))

    with pytest.raises(DataError, match=rf"clock skew: .* {abs(offset_s)} s {side} that of binance\. Set it right"):
        await source(client).closed(ETH, since_ms=None, limit=3)

    assert pages(client) == []


async def test_an_exchange_that_does_not_tell_its_time_is_taken_at_ours() -> None:
    assert await source(FakeClient(has={})).now() == NOW


async def test_a_time_that_is_no_number_is_temporary() -> None:
    with pytest.raises(TemporaryError, match="did not tell its time"):
        await source(FakeClient(time_ms=None)).now()


async def test_a_measured_skew_outlives_an_outage_of_the_time() -> None:
    client = FakeClient(time_ms=to_ms(NOW) + 20_000)
    asking = source(client, replace(QUICK, skew_valid_s=-1.0))
    await asking.now()
    client.raises = [ccxt.NetworkError("down")] * 3

    assert await asking.now() == NOW + timedelta(seconds=20)


async def test_closing_twice_closes_client_and_session_once() -> None:
    client = FakeClient()
    asking = source(client)
    await asking.rules("ETH/USDT")

    await asking.close()
    await asking.close()

    assert (client.closed, client.session.closed) == (1, 1)


async def test_an_exchange_nobody_knows_names_the_setting() -> None:
    unknown = ExchangeSource("nowhere", clock=FrozenClock(NOW))

    with pytest.raises(UserError, match="set MARKET_EXCHANGES"):
        await unknown.rules("ETH/USDT")


async def test_it_is_a_source_under_the_exchanges_name() -> None:
    asking = source(FakeClient())

    assert isinstance(asking, CheckedSource)
    assert (asking.exchange, asking.simulated) == ("binance", False)
