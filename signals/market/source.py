"""The port through which candles enter."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from signals.model import Candles, Market, MarketRules


class CandleSource(Protocol):
    """A place that has candles. One source is one exchange name; its series are stored under that name.

    Errors: `UnavailableError` when the market does not exist there or the source refuses for good, `DataError` for
    bars that cannot be used, `TemporaryError` for anything that may pass.
    """

    exchange: str
    simulated: bool

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """Checked, closed bars, ascending: the first `limit` opening at or after `since_ms`; the newest if None."""
        ...

    async def rules(self, symbol: str) -> MarketRules:
        """Tick, lot and minimum of a symbol."""
        ...

    async def now(self) -> datetime:
        """The source's own time, which alone decides whether a bar is closed."""
        ...

    async def close(self) -> None:
        """Release connections; safe to call twice."""
        ...
