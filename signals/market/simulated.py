"""A made-up market: prices as a pure function of seed, symbol and time, with trends and clustered volatility.

The logarithm of a price is a random walk filled in by halving: from nodes almost four years apart down to 15 minutes,
each midpoint is the mean of its neighbours plus a hashed bell-shaped displacement. So any stretch of time costs only
its own bars, needs no state, and agrees with every other stretch. The size of a displacement follows a second field
made the same way, which all symbols share: quiet and wild times come in clusters. Longer bars are 15-minute bars put
together.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from signals.clock import Clock, to_ms
from signals.errors import UnavailableError
from signals.market.checks import Checked, check, rows_from
from signals.market.resample import aggregate
from signals.market.window import window
from signals.model import Candles, FloatArray, Market, MarketRules, Series, Timeframe
from signals.universe import base_of, default_rules

HashArray = NDArray[np.uint64]
PRICES = {
    "BTC": 60_000.0,
    "ETH": 3_000.0,
    "BNB": 500.0,
    "ADA": 0.5,
    "SOL": 120.0,
    "DOT": 7.0,
    "POL": 0.6,
    "MATIC": 0.8,
    "AVAX": 30.0,
    "LINK": 14.0,
    "ATOM": 8.0,
    "UNI": 8.0,
}
LEVELS = 17  # 2**17 quarters of an hour: nodes of the coarsest grid are 1365 days apart
TOP_SPREAD = 0.4  # standard deviation of the log price at those nodes
STEP_SIGMA = 0.0026  # standard deviation of a 15-minute return in ordinary times; some 60 % a year
PERSISTENCE = 0.56  # Hurst exponent: a little above 0.5, so that moves tend to go on
CALM_TO_WILD = 0.28  # growth of the log volatility's spread per halving
TOGETHER = 0.8  # weight of the moves shared by all symbols
_NODE, _HIGH, _LOW, _VOLUME, _MOOD = range(1, 6)


class SimulatedSource:
    """Every pair against any quote, at any time, for ever the same under one seed. All replies label it simulated."""

    exchange = "simulated"
    simulated = True

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """As `CandleSource.closed`; only a symbol that is no pair is unavailable."""
        return (await self.checked(market, since_ms=since_ms, limit=limit)).candles

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """The same bars; what is found in them is a fault of the simulation itself."""
        if not all(market.symbol.partition("/")):
            raise UnavailableError(f"{market.symbol} is no pair such as ETH/USDT.")
        now_ms, length = to_ms(self._clock.now()), market.timeframe.ms
        newest = now_ms // length - 1
        first = newest - limit + 1 if since_ms is None else -(-since_ms // length)
        last = min(newest, first + limit - 1)
        if last < first or limit <= 0:
            return Checked(_empty(Series(self.exchange, market.symbol, market.timeframe)))
        make = partial(simulate, self._seed, market, max(0, first - 1) * length, (last + 1) * length)
        bars = await asyncio.to_thread(make)
        found = check(bars.series, rows_from(bars), now_ms=now_ms)
        return Checked(window(found.candles, max(0, first) * length, limit), found.findings)

    async def rules(self, symbol: str) -> MarketRules:
        """Binance's usual rules."""
        return default_rules(symbol)

    async def now(self) -> datetime:
        """The clock's time."""
        return self._clock.now()

    async def close(self) -> None:
        """Nothing to release."""


def simulate(seed: int, market: Market, start_ms: int, stop_ms: int) -> Candles:
    """The bars opening in [`start_ms`, `stop_ms`), both on the timeframe's grid and not before 1970. Pure."""
    base = Timeframe.M15
    series = Series(SimulatedSource.exchange, market.symbol, base)
    first, count = start_ms // base.ms, (stop_ms - start_ms) // base.ms
    path = _path(_Hash.of(seed, "market"), _Hash.of(seed, market.symbol), first, count)
    own = _Hash.of(seed, market.symbol)
    at = np.arange(first, first + count, dtype=np.int64)
    spread = STEP_SIGMA * np.exp(path.mood[:-1])
    log_open, log_close = path.log_price[:-1], path.log_price[1:]
    up = np.maximum(log_open, log_close) + spread * 0.7 * np.abs(own.bell(_HIGH, at))
    down = np.minimum(log_open, log_close) - spread * 0.7 * np.abs(own.bell(_LOW, at))
    level, places = _level(seed, market.symbol)
    price = [np.round(level * np.exp(x), places) for x in (log_open, up, down, log_close)]
    bustle = 1 + np.abs(log_close - log_open) / spread + own.bell(_VOLUME, at) * 0.25
    volume = np.round(5_000_000.0 / level * np.exp(1.3 * path.mood[:-1]) * np.maximum(bustle, 0.1), 2)
    quarter = Candles(series, at * base.ms, price[0], price[1], price[2], price[3], volume)
    return quarter if market.timeframe is base else aggregate(quarter, market.timeframe)


@dataclass(frozen=True, slots=True)
class _Path:
    log_price: FloatArray
    mood: FloatArray


@dataclass(frozen=True, slots=True)
class _Hash:
    """Numbers fixed by a key: splitmix64 over (key, purpose, index)."""

    key: int

    @classmethod
    def of(cls, seed: int, name: str) -> _Hash:
        return cls((seed * 0x9E3779B97F4A7C15 + crc32(name.encode()) * 0xD1342543DE82EF95) % 2**64)

    def bell(self, purpose: int, index: NDArray[np.int64]) -> FloatArray:
        """Mean 0, standard deviation 1, bell-shaped within +-3.46: the sum of four 16-bit uniforms."""
        bits = self._bits(purpose, index)
        total = np.zeros(len(index))
        for shift in (0, 16, 32, 48):
            total += ((bits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.float64)
        bell: FloatArray = (total / 65_536 - 2.0) * np.sqrt(3.0)
        return bell

    def _bits(self, purpose: int, index: NDArray[np.int64]) -> HashArray:
        z = index.astype(np.uint64) + np.uint64((self.key + purpose * 0xA0761D6478BD642F) % 2**64)
        z *= np.uint64(0x9E3779B97F4A7C15)
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        z *= np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _path(shared: _Hash, own: _Hash, first: int, count: int) -> _Path:
    """Log price and log volatility at the `count + 1` edges of quarter-hours from number `first` on."""
    apart, alone = TOGETHER, np.sqrt(1 - TOGETHER**2)

    def shock(level: int, index: NDArray[np.int64]) -> FloatArray:
        purpose = _NODE + 16 * level
        mixed: FloatArray = apart * shared.bell(purpose, index) + alone * own.bell(purpose, index)
        return mixed

    low = first >> LEVELS
    nodes = np.arange(low, ((first + count) >> LEVELS) + 2, dtype=np.int64)
    price, mood = TOP_SPREAD * shock(LEVELS, nodes), CALM_TO_WILD * shared.bell(_MOOD + 16 * LEVELS, nodes)
    for level in range(LEVELS - 1, -1, -1):
        odd = 2 * np.arange(low, low + len(price) - 1, dtype=np.int64) + 1
        mood_mid = (mood[:-1] + mood[1:]) / 2 + CALM_TO_WILD * shared.bell(_MOOD + 16 * level, odd)
        size = STEP_SIGMA * 2 ** (level * PERSISTENCE) * _HALVING * np.exp(np.clip(mood_mid, -1.5, 1.2))
        price_mid = (price[:-1] + price[1:]) / 2 + size * shock(level, odd)
        price, mood = _interleave(price, price_mid), _interleave(mood, mood_mid)
        low *= 2
        start, stop = (first >> level) - low, ((first + count) >> level) + 2 - low
        price, mood, low = price[start:stop], mood[start:stop], low + start
    return _Path(price[: count + 1], np.clip(mood[: count + 1], -1.5, 1.2))


_HALVING = np.sqrt(1 - 2 ** (2 * PERSISTENCE - 2))  # of the midpoint of a fractional Brownian bridge


def _interleave(even: FloatArray, odd: FloatArray) -> FloatArray:
    out = np.empty(len(even) + len(odd))
    out[::2], out[1::2] = even, odd
    return out


def _level(seed: int, symbol: str) -> tuple[float, int]:
    """Usual price of a symbol, and the decimals it is quoted with."""
    level = PRICES.get(base_of(symbol)) or 0.1 * 1000 ** (crc32(f"{seed}{symbol}".encode()) / 2**32)
    return level, max(2, 5 - int(np.floor(np.log10(level))))


def _empty(series: Series) -> Candles:
    nothing = np.empty(0)
    return Candles(series, np.empty(0, dtype=np.int64), nothing, nothing, nothing, nothing, nothing)
