"""Fixtures for candles: the shared data and the loopback exchange, skipped with a reason where they are absent."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from signals.clock import SystemClock
from signals.market.exchange import ExchangeSource, client
from tests.signals.market.fakes import QUICK, SHARED


@pytest.fixture
def shared_data() -> Path:
    """The folder of real candles and defective files."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return folder


@pytest.fixture(scope="session")
def loopback() -> Any:
    """The module of the loopback exchange."""
    path = SHARED / "peers" / "exchange_loopback.py"
    if not path.is_file():
        pytest.skip("needs ../shared/peers, which is not here")
    spec = importlib.util.spec_from_file_location("exchange_loopback", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def peer(loopback: Any) -> AsyncIterator[Any]:
    """A running loopback exchange."""
    exchange = loopback.Exchange()
    await exchange.start()
    yield exchange
    await exchange.stop()


@pytest.fixture
def to_peer(loopback: Any, peer: Any) -> Callable[[str, float], Any]:
    """Opens the real ccxt client, its addresses turned to the peer."""

    def connect(exchange_id: str, deadline_s: float) -> Any:
        opened = client.connect(exchange_id, deadline_s)
        opened.urls["api"] = loopback.redirected(opened.urls["api"], peer.base)
        opened.timeout_on_exit = 0
        opened.enableRateLimit = False
        opened.features["spot"]["fetchOHLCV"]["limit"] = 100  # the peer makes its bars in our loop
        return opened

    return connect


@pytest.fixture
async def binance(to_peer: Callable[[str, float], Any]) -> AsyncIterator[ExchangeSource]:
    """The exchange source on the peer, impatient."""
    source = ExchangeSource("binance", clock=SystemClock(), policy=QUICK, connect=to_peer)
    yield source
    await source.close()
