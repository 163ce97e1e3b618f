"""Reading an account: what is told, what is refused before it is sent, and what is said of a bad key."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from signals.errors import TemporaryError, UserError
from signals.exchange_account import ExchangeKey
from signals.market.exchange.account import AccountReader, NotReadingError
from tests.signals.market.account_host import KEY, READS, AccountHost, a_trade, account_host


@pytest.fixture
async def host() -> AsyncIterator[AccountHost]:
    async with account_host() as running:
        yield running


@pytest.fixture
async def reader(host: AccountHost) -> AsyncIterator[AccountReader]:
    made = host.reader()
    yield made
    await made.close()


async def test_balances_are_read_to_the_last_digit(host: AccountHost, reader: AccountReader) -> None:
    host.held["ETH"] = ("0.00000000", "0.00000000")

    assert await reader.balances() == {"BTC": Decimal("0.10000003"), "USDT": Decimal("100.5")}


async def test_fills_come_after_the_one_that_is_known(host: AccountHost, reader: AccountReader) -> None:
    first, second = await reader.fills("ETH/USDT", None)

    assert (first.fill_id, first.side, first.amount, first.price) == (
        "1",
        "buy",
        Decimal("0.1"),
        Decimal("1561.20000001"),
    )
    assert (second.fill_id, second.side, second.fee, second.fee_asset) == ("2", "sell", Decimal("0.0001"), "BNB")
    assert await reader.fills("ETH/USDT", 1) == (second,)
    assert await reader.fills("NONE/USDT", None) == ()


async def test_only_reads_are_ever_sent(host: AccountHost, reader: AccountReader) -> None:
    await reader.balances()
    await reader.fills("ETH/USDT", None)

    assert set(host.asked) == {("GET", path) for path in READS}


ORDERS: list[tuple[str, tuple[Any, ...]]] = [
    ("create_order", ("ETH/USDT", "market", "buy", 1.0)),
    ("cancel_order", ("1", "ETH/USDT")),
    ("withdraw", ("BTC", 1.0, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")),
    ("transfer", ("BTC", 1.0, "spot", "funding")),
    ("fetch_open_orders", ("ETH/USDT",)),
    ("fetch_deposit_address", ("BTC",)),
    ("privatePostOrder", ({"symbol": "ETHUSDT"},)),
    ("privateDeleteOpenOrders", ({"symbol": "ETHUSDT"},)),
    ("sapiPostCapitalWithdrawApply", ({"coin": "BTC"},)),
    ("fapiPrivatePostOrder", ({"symbol": "ETHUSDT"},)),
    ("publicGetTime", ()),
    ("request", ("account", "private", "POST")),
    ("request", ("account", "sapi", "GET")),
]


@pytest.mark.parametrize(("call", "given"), ORDERS)
async def test_whatever_else_the_client_can_do_is_refused_before_it_is_sent(
    host: AccountHost, reader: AccountReader, call: str, given: tuple[Any, ...]
) -> None:
    await reader.balances()
    sent = len(host.asked)

    with pytest.raises(NotReadingError, match="nothing was sent"):
        await getattr(reader._client, call)(*given)

    assert len(host.asked) == sent


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/api/v3/account", None), ("GET", "/api/v3/order", None), ("GET", "/api/v3/account", "a=1")],
)
async def test_a_request_that_was_signed_elsewhere_does_not_leave(
    host: AccountHost, reader: AccountReader, method: str, path: str, body: str | None
) -> None:
    await reader.balances()
    sent = len(host.asked)

    with pytest.raises(NotReadingError):
        await reader._client.fetch(host.base + path, method, {}, body)
    with pytest.raises(NotReadingError):
        await reader._client.fetch("https://elsewhere.example/api/v3/account")

    assert len(host.asked) == sent


async def test_a_redirect_is_not_followed(host: AccountHost, reader: AccountReader) -> None:
    await reader.balances()
    host.redirect, before = "/elsewhere", len(host.asked)

    with pytest.raises(TemporaryError, match="elsewhere"):
        await reader.balances()

    assert host.asked[before:] == [("GET", "/api/v3/account")]


@pytest.mark.parametrize("bad", [ExchangeKey("another-key", KEY.secret), ExchangeKey(KEY.key, "another-secret")])
async def test_a_bad_key_names_the_setting_and_is_not_shown(
    host: AccountHost, bad: ExchangeKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("ccxt").setLevel(logging.WARNING)  # as bot.log_setup does
    reader = host.reader(bad)

    with pytest.raises(UserError, match=r"refuses EXCHANGE_SYNC_KEY or EXCHANGE_SYNC_SECRET.*-(2014|1022)") as told:
        await reader.balances()
    await reader.close()

    for text in (str(told.value), repr(bad), caplog.text):
        assert [part for part in (bad.key, bad.secret) if part in text] == []


async def test_a_clock_that_is_off_is_named_and_may_pass(host: AccountHost, reader: AccountReader) -> None:
    host.fault = -1021
    with pytest.raises(TemporaryError, match="clock"):
        await reader.balances()
    host.fault = 0

    assert await reader.balances()


@pytest.mark.parametrize("changed", [{"price": "NaN"}, {"id": "x"}, {"qty": None}, {"time": None}])
async def test_a_fill_that_cannot_be_read_is_no_fill(
    host: AccountHost, reader: AccountReader, changed: dict[str, Any]
) -> None:
    host.trades = [a_trade(1, **changed)]

    with pytest.raises(TemporaryError):
        await reader.fills("ETH/USDT", None)


async def test_a_page_in_place_of_an_answer_is_no_balance(host: AccountHost, reader: AccountReader) -> None:
    await reader.balances()
    host.held = {"BTC": ("much", "0")}

    with pytest.raises(TemporaryError):
        await reader.balances()


def test_only_exchanges_whose_reads_are_known_are_read() -> None:
    with pytest.raises(UserError, match="EXCHANGE_SYNC_EXCHANGE=kraken: only binance"):
        AccountReader("kraken", KEY)
