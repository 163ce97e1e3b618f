"""The host behind the exchange source, in miniature: its errors and pauses, its markets and rules, its time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from signals.clock import FrozenClock, to_ms
from signals.errors import DataError, TemporaryError, UnavailableError, UserError
from signals.market.exchange import ExchangeSource
from signals.model import MarketRules
from signals.universe import default_rules
from tests.signals.market.exchange_in_miniature import pages, source
from tests.signals.market.fakes import ETH, NOW, QUICK, FakeClient, pages_of, rows


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
