"""Raw rows, and an exchange in miniature that stands where ccxt's client would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from signals.clock import to_ms
from signals.market.checks import Checked, candles_of
from signals.market.exchange import ExchangePolicy
from signals.model import Candles, FloatArray, Market, MarketRules, Series, Timeframe

NOW = datetime(2022, 11, 8, 12, 0, 30, tzinfo=UTC)
ETH_1H = Series("binance", "ETH/USDT", Timeframe.H1)
ETH = Market("ETH/USDT", Timeframe.H1)
HOUR = 3_600_000
SHARED = Path(__file__).parents[4] / "shared"
QUICK = ExchangePolicy(deadline_s=5.0, attempts=3, backoff_s=0.001)


def hour(n: int) -> int:
    """Open time of the bar that closed `n` hours before 12:00 on 2022-11-08; 0 is the bar still open."""
    return to_ms(NOW.replace(second=0)) - n * HOUR


def rows(bars: int = 6, *, price: float = 100.0, newest: int = 1) -> FloatArray:
    """Quiet hourly bars up to the one that closed `newest` hours ago."""
    table = np.empty((bars, 6))
    table[:, 0] = [hour(n) for n in range(newest + bars - 1, newest - 1, -1)]
    table[:, 1:5] = (price, price * 1.01, price * 0.99, price)
    table[:, 5] = 10.0
    return table


def candles(table: FloatArray, series: Series = ETH_1H) -> Candles:
    """The rows as candles."""
    return candles_of(series, table)


@dataclass
class FakeSession:
    """What is left of an HTTP session."""

    closed: int = 0

    async def close(self) -> None:
        """Count the closings."""
        self.closed += 1


@dataclass
class FakeClient:
    """ccxt's surface as far as it is used; `bars` answers a page, `raises` is worked off before every answer."""

    id: str = "binance"
    precisionMode: int = 4  # noqa: N815
    timeframes: dict[str, str] = field(default_factory=lambda: {"15m": "15m", "1h": "1h", "1d": "1d"})
    features: dict[str, Any] = field(default_factory=lambda: {"spot": {"fetchOHLCV": {"limit": 4}}})
    has: dict[str, bool] = field(default_factory=lambda: {"fetchTime": True})
    session: FakeSession = field(default_factory=FakeSession)
    bars: Callable[[int, int], Any] = lambda since, limit: []
    time_ms: float | None = field(default_factory=lambda: to_ms(NOW))
    raises: list[BaseException] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    closed: int = 0
    offer: dict[str, Any] = field(
        default_factory=lambda: {
            "ETH/USDT": {
                "spot": True,
                "active": True,
                "precision": {"price": 0.01, "amount": 1e-08},
                "limits": {"cost": {"min": 5}},
            },
            "OLD/USDT": {"spot": True, "active": False},
            "BTC/USDT:USDT": {"spot": False},
        }
    )
    markets: dict[str, Any] = field(default_factory=dict)

    async def fetch(self, url: str) -> Any:
        """Never used: the fake answers above the wire."""
        raise AssertionError(url)

    def _next(self, what: Any) -> None:
        self.asked.append(what)
        if self.raises:
            raise self.raises.pop(0)

    async def load_markets(self, reload: bool) -> dict[str, Any]:
        """The offer."""
        self._next("markets")
        self.markets = self.offer
        return self.offer

    async def fetch_time(self) -> Any:
        """`time_ms`."""
        self._next("time")
        return self.time_ms

    async def fetch_ohlcv(self, symbol: str, timeframe: str, since: int, limit: int) -> Any:
        """A page of `bars`."""
        self._next((symbol, timeframe, since, limit))
        return self.bars(since, limit)

    async def close(self) -> None:
        """Count the closings."""
        self.closed += 1


def pages_of(table: FloatArray) -> Callable[[int, int], Any]:
    """An answer that cuts pages out of one table, as an exchange does."""

    def answer(since: int, limit: int) -> Any:
        return table[table[:, 0] >= since][:limit].tolist()

    return answer


@dataclass
class FakeSource:
    """A source that always gives the same answer, or raises the same error."""

    exchange: str
    answer: Candles | Exception
    simulated: bool = False
    closed_times: int = 0

    def _give(self) -> Candles:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """The answer."""
        return self._give()

    async def rules(self, symbol: str) -> MarketRules:
        """One tick for all."""
        self._give()
        return MarketRules(Decimal("0.01"), Decimal("0.001"), Decimal(10))

    async def now(self) -> datetime:
        """Always `NOW`."""
        self._give()
        return NOW

    async def close(self) -> None:
        """Count the closings."""
        self.closed_times += 1


@dataclass
class FakeCheckedSource(FakeSource):
    """A source that also tells what it found."""

    found: Checked | None = None

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """What it found."""
        return self.found or Checked(self._give())
