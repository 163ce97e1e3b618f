"""An exchange's host in miniature, between ccxt's surface and the wire, that misbehaves by a plan in virtual time."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import ccxt.async_support as ccxt  # loaded here: virtual time does not wait for a thread that loads it

from signals.clock import from_ms, to_ms
from signals.errors import TemporaryError
from signals.model import Timeframe
from tests.bot.virtual_time import WallClock

FAULTS = ("429", "418", "500", "502", "503", "504", "reset", "hang", "truncated", "html", "empty", "oversized")
DAY = 86_400_000


@dataclass(frozen=True)
class Trouble:
    """One stretch of misbehaviour, in seconds of the loop; `pause_s` is asked for by 429 and 418."""

    from_s: float
    to_s: float
    kind: str
    pause_s: float = 0.0
    dated: bool = False


def plan_of(rng: random.Random, begin_s: float, length_s: float) -> list[Trouble]:
    """An outage of so many seconds without a good answer, in stretches of every kind."""
    plan, at_s = [], begin_s
    while at_s < begin_s + length_s:
        end_s = min(begin_s + length_s, at_s + rng.choice((20, 90, 300, 1800)))
        pause_s = float(rng.choice((1, 7, 30, 120, 600, 1500)))
        plan.append(Trouble(at_s, end_s, rng.choice(FAULTS), pause_s, rng.random() < 0.3))
        at_s = end_s
    return plan


@dataclass
class Host:
    """What all clients of the exchange talk to. `too_soon` lists requests inside a pause that was asked for."""

    wall: WallClock
    symbols: tuple[str, ...]
    plan: list[Trouble]
    rng: random.Random
    gone: set[str] = field(default_factory=set)
    skew_s: float = 0.0
    requests: list[tuple[float, str]] = field(default_factory=list)
    too_soon: list[tuple[float, str]] = field(default_factory=list)
    banned_until_s: float = 0.0

    def client(self, exchange_id: str, _deadline_s: float) -> Client:
        """A client, as `wire.connect` gives one."""
        return Client(self, exchange_id)

    async def answer(self, url: str, body: Callable[[], Any]) -> tuple[int, dict[str, str], str]:
        """Status, headers and text; or what a broken connection raises."""
        now_s = self.wall.monotonic()
        self.requests.append((now_s, url))
        if now_s < self.banned_until_s:
            self.too_soon.append((now_s, url))
        trouble = next((t for t in self.plan if t.from_s <= now_s < t.to_s), None)
        await asyncio.sleep(self.rng.uniform(0.02, 0.4))
        if trouble is None:
            return 200, {}, json.dumps(body())
        return await self._spoilt(trouble, body)

    async def _spoilt(self, trouble: Trouble, body: Callable[[], Any]) -> tuple[int, dict[str, str], str]:
        kind = trouble.kind
        if kind in ("429", "418"):
            self.banned_until_s = max(self.banned_until_s, self.wall.monotonic() + trouble.pause_s)
            until = (self.wall.now() + timedelta(seconds=trouble.pause_s + 1)).replace(microsecond=0)
            after = format_datetime(until, usegmt=True) if trouble.dated else f"{trouble.pause_s:g}"
            return int(kind), {"Retry-After": after, "Date": format_datetime(self.wall.now(), usegmt=True)}, "{}"
        if kind == "hang":
            await asyncio.sleep(600)
        if kind in ("reset", "hang"):
            raise ccxt.NetworkError(f"GET https://host.example/{kind}")
        if kind == "oversized":
            raise TemporaryError("the host answered with more than 50000000 bytes")
        text = json.dumps(body())
        spoilt = {"truncated": text[: len(text) // 2], "html": "<html>maintenance</html>", "empty": ""}
        return (200, {}, spoilt[kind]) if kind in spoilt else (int(kind), {}, "<html>trouble</html>")

    @property
    def calm_after_s(self) -> float:
        """From when on every request would be answered and allowed."""
        return max([self.banned_until_s, *(trouble.to_s for trouble in self.plan)])


def bar(symbol: str, timeframe: Timeframe, open_ms: int) -> list[float]:
    """The bar of a market at a time: always the same, and quiet."""
    x = (open_ms // timeframe.ms) % 997 / 997.0
    price = 100.0 + len(symbol) + 4.0 * abs(x - 0.5)
    return [open_ms, price, price + 0.5, price - 0.5, price + 0.1, 10.0 + x]


@dataclass
class Client:
    """ccxt's surface as far as it is used: every method asks the host through `fetch`, which the source guards."""

    host: Host
    id: str
    precisionMode: int = 4  # noqa: N815
    markets: dict[str, Any] = field(default_factory=dict)
    timeframes: dict[str, str] = field(default_factory=lambda: {tf.value: tf.value for tf in Timeframe})
    features: dict[str, Any] = field(default_factory=lambda: {"spot": {"fetchOHLCV": {"limit": 1000}}})
    has: dict[str, bool] = field(default_factory=lambda: {"fetchTime": True})
    session: Any = None
    on_rest_response: Any = None

    def __post_init__(self) -> None:
        self.fetch = self._fetch
        self._body: Callable[[], Any] = dict

    async def _fetch(self, url: str, body: Callable[[], Any]) -> Any:
        status, headers, text = await self.host.answer(url, body)
        return json.loads(self.on_rest_response(status, "", url, "GET", headers, text, {}, None))

    async def load_markets(self, _reload: bool) -> dict[str, Any]:
        """The list of markets."""
        entry = {"spot": True, "active": True, "precision": {}, "limits": {}}

        def body() -> Any:
            return {symbol: entry for symbol in self.host.symbols if symbol not in self.host.gone}

        self.markets = await self.fetch("markets", body)
        return self.markets

    async def fetch_time(self) -> float:
        """The host's time."""
        told = await self.fetch("time", lambda: {"ms": to_ms(self.host.wall.now()) + self.host.skew_s * 1000})
        return float(told["ms"])

    async def fetch_ohlcv(self, symbol: str, timeframe: str, since: int, limit: int) -> Any:
        """Bars from `since` on, the open one too."""
        frame = Timeframe(timeframe)

        def body() -> Any:
            first = -(-since // frame.ms) * frame.ms
            now_ms = to_ms(self.host.wall.now())
            times = range(first, min(now_ms, first + (limit - 1) * frame.ms) + 1, frame.ms)
            return [bar(symbol, frame, open_ms) for open_ms in times]

        return await self.fetch(f"klines/{symbol}/{timeframe}", body)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Kept:
    """A memory of embargoes that outlives the source, by the wall clock."""

    wall: WallClock
    until: dict[str, tuple[Any, str]] = field(default_factory=dict)

    def recall(self, host: str) -> tuple[float, str]:
        until, why = self.until.get(host, (from_ms(0), ""))
        return max(0.0, (until - self.wall.now()).total_seconds()), why

    def keep(self, host: str, seconds: float, why: str) -> None:
        self.until[host] = (self.wall.now() + timedelta(seconds=seconds), why)
