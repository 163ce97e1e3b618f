"""Several exchanges in order of preference, usable as one source."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from signals.errors import TemporaryError, UnavailableError
from signals.market.checks import Checked
from signals.market.source import CandleSource
from signals.market.sync import fetch_checked
from signals.model import Candles, Market, MarketRules

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class ChainSource:
    """Asks the first exchange that has the market; the candles it returns carry that exchange's own name.

    Only `UnavailableError` (not listed, 403, 451) goes on to the next exchange. An outage does not: a series belongs
    to one exchange, and it is caught up when that one answers again. With `outage_moves_on` a `TemporaryError` goes on
    too, and the market is then told by two series, each under its own name. Nothing is remembered between calls, so
    the preferred exchange is taken up again as soon as it has the market again.
    """

    simulated = False

    def __init__(self, sources: tuple[CandleSource, ...], *, outage_moves_on: bool = False) -> None:
        if not sources:
            raise ValueError("a chain needs at least one source")
        self.sources = sources
        self.exchange = sources[0].exchange
        self._outage_moves_on = outage_moves_on

    async def source_for(self, market: Market) -> CandleSource:
        """The first source that lists the market: under its `exchange` the series is stored."""

        async def itself(source: CandleSource) -> CandleSource:
            await source.rules(market.symbol)
            return source

        return await self._first(market.symbol, itself)

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """As `CandleSource.closed`, from the first exchange that has it: see `Candles.series.exchange`."""
        return (await self.checked(market, since_ms=since_ms, limit=limit)).candles

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """The same bars with what was found in them."""
        return await self._first(str(market), lambda s: fetch_checked(s, market, since_ms=since_ms, limit=limit))

    async def rules(self, symbol: str) -> MarketRules:
        """The rules of the first exchange that lists the symbol."""
        return await self._first(symbol, lambda source: source.rules(symbol))

    async def now(self) -> datetime:
        """The time of the first exchange that does not refuse to tell it."""
        return await self._first("the time", lambda source: source.now())

    async def close(self) -> None:
        """Close every source, the rest too when one fails."""
        failures = []
        for source in self.sources:
            try:
                await source.close()
            except OSError as e:
                failures.append(e)
        if failures:
            raise failures[0]

    async def _first(self, what: str, ask: Callable[[CandleSource], Awaitable[Answer]]) -> Answer:
        moves_on = (UnavailableError, TemporaryError) if self._outage_moves_on else (UnavailableError,)
        reasons: list[UnavailableError | TemporaryError] = []
        for source in self.sources:
            try:
                answer = await ask(source)
            except moves_on as e:
                reasons.append(e)
                continue
            if reasons:
                log.info("%s comes from %s: %s", what, source.exchange, reasons[-1])
            return answer
        if outage := next((e for e in reasons if isinstance(e, TemporaryError)), None):
            raise outage
        raise UnavailableError(" ".join(str(e) for e in reasons)) from reasons[-1]
