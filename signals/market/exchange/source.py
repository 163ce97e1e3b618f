"""Candles of a real exchange over its public interface; nothing is ever signed."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from signals.clock import Clock, to_ms
from signals.errors import DataError, TemporaryError
from signals.market.checks import Checked
from signals.market.exchange import client as wire
from signals.market.exchange.embargo import Embargo
from signals.market.exchange.paging import Ask, best_of_two, empty, judge, read_pages
from signals.market.window import window
from signals.model import Candles, FloatArray, Market, MarketRules, Series

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ExchangePolicy:
    """Bounds on talking to an exchange. `deadline_s` is for one request, `attempts` for one call."""

    deadline_s: float = 20.0
    attempts: int = 3
    backoff_s: float = 0.5
    skew_valid_s: float = 300.0
    skew_retry_s: float = 30.0
    max_skew_s: float = 60.0
    markets_valid_s: float = 86_400.0


DEFAULT_POLICY = ExchangePolicy()


class ExchangeSource:
    """One exchange, for all symbols and jobs: one client, one list of markets, one embargo.

    Every request has a deadline; what may pass is tried again with jitter. Bars are closed by the exchange's time.
    """

    simulated = False

    def __init__(
        self,
        exchange_id: str,
        *,
        clock: Clock,
        policy: ExchangePolicy = DEFAULT_POLICY,
        connect: Callable[[str, float], Any] = wire.connect,
        embargo: Embargo | None = None,
    ) -> None:
        self.exchange = exchange_id
        self.embargo = embargo or Embargo(exchange_id)
        self._clock = clock
        self._policy = policy
        self._connect = connect
        self._client: Any = None
        self._session: Any = None
        self._skew: timedelta | None = None
        self._skew_until = self._markets_until = float("-inf")
        self._skew_lock, self._markets_lock = asyncio.Lock(), asyncio.Lock()

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """As `CandleSource.closed`. DataError also for stale bars and for a clock skew above a minute."""
        return (await self.checked(market, since_ms=since_ms, limit=limit)).candles

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """The same bars with what was found in them; an answer with holes or outliers is asked for a second time."""
        client = await self._with_markets()
        wire.listed(client, market.symbol)
        step = wire.step_of(client, market.timeframe)
        now_ms = to_ms(await self.now())
        series = Series(self.exchange, market.symbol, market.timeframe)
        ask = Ask.of(series, step, now_ms, (since_ms, limit))
        if ask is None:
            return Checked(empty(series))

        async def read(since: int, count: int) -> FloatArray:
            page = wire.Page(market.symbol, step, since, count)
            return await self._call(partial(wire.fetch_rows, client, page))

        async def answer() -> Checked:
            return judge(ask, await read_pages(ask, wire.page_size(client), read))

        found = await best_of_two(answer)
        if found.note:
            log.info("%s: %s", series, found.note)
        return Checked(window(found.candles, ask.first_ms, limit), found.findings)

    async def rules(self, symbol: str) -> MarketRules:
        """Tick, lot and minimum as the exchange lists them; Binance's usual ones where it lists none."""
        return wire.rules_of(await self._with_markets(), symbol)

    async def now(self) -> datetime:
        """The exchange's time, measured every few minutes; DataError when this machine's clock is off by a minute."""
        async with self._skew_lock:
            if self.embargo.monotonic() >= self._skew_until:
                await self._measure_skew()
        skew = self._skew or timedelta()
        skew_s = skew.total_seconds()
        if abs(skew_s) > self._policy.max_skew_s:
            side = "behind" if skew_s > 0 else "ahead of"
            text = f"clock skew: this machine's clock is {abs(skew_s):.0f} s {side} that of {self.exchange}"
            raise DataError(f"{text}. Set it right (with NTP), then try again.")
        return self._clock.now() + skew

    async def close(self) -> None:
        """Close the connections; a later call opens them again."""
        client, session = self._client, self._session
        self._client = self._session = None
        self._markets_until = float("-inf")
        if session is not None:
            await session.close()
        if client is not None:
            await client.close()

    async def _open(self) -> Any:
        if self._client is None:
            await wire.preload()
        if self._client is None:
            client = self._connect(self.exchange, self._policy.deadline_s)
            wire.guard(client, self.embargo, self._policy.deadline_s)
            self._client, self._session = client, client.session
        return self._client

    async def _with_markets(self) -> Any:
        """The client, once its list of markets is there; an embargo speaks first."""
        client = await self._open()
        self.embargo.check()
        async with self._markets_lock:
            if self.embargo.monotonic() >= self._markets_until:
                await self._renew_markets(client)
        return client

    async def _renew_markets(self, client: Any) -> None:
        try:
            await self._call(partial(wire.load_markets, client))
        except TemporaryError:
            if not client.markets:
                raise
            log.warning("%s does not list its markets: the last list is used", self.exchange)
        self._markets_until = self.embargo.monotonic() + self._policy.markets_valid_s

    async def _measure_skew(self) -> None:
        before = self._clock.now()
        try:
            told = await self._call(partial(wire.fetch_time, await self._open()))
        except TemporaryError:
            if self._skew is None:
                raise
            log.warning("%s does not tell its time: the last clock skew is used", self.exchange)
            self._skew_until = self.embargo.monotonic() + self._policy.skew_retry_s
            return
        ours = (to_ms(before) + to_ms(self._clock.now())) / 2
        self._skew = timedelta(milliseconds=told - ours) if told is not None else timedelta()
        too_far = abs(self._skew.total_seconds()) > self._policy.max_skew_s
        valid_s = self._policy.skew_retry_s if too_far else self._policy.skew_valid_s
        self._skew_until = self.embargo.monotonic() + valid_s

    async def _call(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """Try a call until it is answered, refused or given up; errors leave here in the house's own kinds."""
        attempt = 1
        while True:
            self.embargo.check()
            try:
                answer = await wire.asked(self.exchange, self.embargo, request)
            except TemporaryError as e:
                if e.retry_after_s is not None:
                    raise
                if attempt >= self._policy.attempts:
                    self.embargo.failed()
                    raise
                log.info("%s: %s; trying again", self.exchange, e)
            else:
                self.embargo.succeeded()
                return answer
            await asyncio.sleep(self._policy.backoff_s * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311
            attempt += 1
