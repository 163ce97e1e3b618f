"""The exchange source over a client in miniature, and the pages it asked for."""

from __future__ import annotations

from typing import Any

from signals.clock import FrozenClock
from signals.market.exchange import ExchangePolicy, ExchangeSource
from tests.signals.market.fakes import NOW, QUICK, FakeClient


def source(client: FakeClient, policy: ExchangePolicy = QUICK) -> ExchangeSource:
    return ExchangeSource("binance", clock=FrozenClock(NOW), policy=policy, connect=lambda name, deadline: client)


def pages(client: FakeClient) -> list[Any]:
    return [what for what in client.asked if isinstance(what, tuple)]
