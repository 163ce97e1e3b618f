"""The guard around ccxt's requests, against a small server that answers anything."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from signals.clock import SystemClock
from signals.errors import TemporaryError, UnavailableError
from signals.market.exchange import ExchangeSource, client
from signals.market.exchange.bounded import bounded_session
from tests.signals.market.fakes import QUICK


class Server:
    """Answers every request with `answer`."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {"text": "{}"}
        self.asked = 0
        self.base = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Count and answer."""
        self.asked += 1
        return web.Response(**self.answer)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A running server."""
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def asking(server: Server) -> AsyncIterator[ExchangeSource]:
    """Binance, which lives at the server."""

    def connect(exchange_id: str, deadline_s: float) -> Any:
        opened = client.connect(exchange_id, deadline_s)
        opened.urls["api"] = dict.fromkeys(opened.urls["api"], f"{server.base}/api/v3")
        opened.timeout_on_exit, opened.enableRateLimit = 0, False
        return opened

    source = ExchangeSource("binance", clock=SystemClock(), policy=QUICK, connect=connect)
    yield source
    await source.close()


@pytest.mark.parametrize("status", [403, 451])
async def test_a_refusal_is_unavailable_and_asked_only_once(
    asking: ExchangeSource, server: Server, status: int
) -> None:
    server.answer = {"text": "Service unavailable from a restricted location", "status": status}

    for _ in range(2):
        with pytest.raises(UnavailableError, match=f"HTTP {status}"):
            await asking.rules("ETH/USDT")

    assert server.asked == 1


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "90"}])
async def test_a_429_on_any_call_pauses_the_host(
    asking: ExchangeSource, server: Server, headers: dict[str, str]
) -> None:
    server.answer = {"text": "slow down", "status": 429, "headers": headers}

    with pytest.raises(TemporaryError) as caught:
        await asking.now()

    assert caught.value.retry_after_s == float(headers.get("Retry-After", 60))
    with pytest.raises(TemporaryError, match="no request for"):
        await asking.rules("ETH/USDT")
    assert server.asked == 1


@pytest.mark.parametrize("text", ["", "   ", "<html></html>", '{"symbols": [', "[[1, 2", "null", "plain"])
async def test_what_is_no_json_document_is_temporary(asking: ExchangeSource, server: Server, text: str) -> None:
    server.answer = {"text": text, "content_type": "application/json"}

    with pytest.raises(TemporaryError, match="not JSON"):
        await asking.rules("ETH/USDT")

    assert server.asked == QUICK.attempts


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"symbols": null}', '{"symbols": [null, 7]}', '{"symbols": [{}]}', "[1,,2]"]
)
async def test_a_list_of_markets_in_an_unknown_shape_is_temporary(
    asking: ExchangeSource, server: Server, text: str
) -> None:
    server.answer = {"text": text, "content_type": "application/json"}

    with pytest.raises(TemporaryError):
        await asking.rules("ETH/USDT")


async def test_a_body_beyond_the_bound_is_not_read_to_its_end(server: Server) -> None:
    server.answer = {"body": b"x" * 500_000}

    async with bounded_session(100_000) as session:
        with pytest.raises(TemporaryError, match="more than 100000 bytes"):
            async with session.get(server.base) as response:
                await response.text()


async def test_the_bound_counts_what_unpacks_not_what_is_sent(server: Server) -> None:
    packed = gzip.compress(b"x" * 500_000)
    server.answer = {"body": packed, "headers": {"Content-Encoding": "gzip"}}

    async with bounded_session(100_000) as session:
        with pytest.raises(TemporaryError):
            async with session.get(server.base) as response:
                await response.text()


async def test_a_body_within_the_bound_is_read_whole(server: Server) -> None:
    server.answer = {"body": b"x" * 99_999}

    async with bounded_session(100_000) as session, session.get(server.base) as response:
        assert len(await response.text()) == len(await response.read()) == 99_999


async def test_an_exchange_that_cannot_be_reached_is_temporary(asking: ExchangeSource, server: Server) -> None:
    server.base = "http://127.0.0.1:9"

    with pytest.raises(TemporaryError):
        await asking.now()
