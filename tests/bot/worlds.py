"""A small world for the bot's tests: a database, simulated and scripted candles, a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.jobs.watch import Watch
from rag.desk import DeskRules
from signals.clock import to_ms
from signals.ensemble import SignalRules
from signals.errors import DeskmateError, UnavailableError
from signals.market.checks import Checked, check, rows_from
from signals.market.window import window
from signals.model import Candles, Market, MarketRules, PlanRules, Series, Timeframe
from signals.universe import default_rules
from storage.database import Database
from storage.stores import Stores
from tests.fresh_files import fresh_database

NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)
HOUR_MS = 3_600_000


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def candles(series: Series, bars: int, *, until: datetime = NOW, close: np.ndarray | None = None) -> Candles:
    """Bars closed by `until`: a gentle wave, or the closes that are given."""
    step = series.timeframe.ms
    last = to_ms(until) // step * step - step
    open_ms = np.arange(last - (bars - 1) * step, last + 1, step, dtype=np.int64)
    at = np.arange(bars, dtype=np.float64)
    closes = 100.0 + 5.0 * np.sin(at / 9.0) + 0.5 * np.sin(at * 1.7) if close is None else close
    opens = np.concatenate([closes[:1], closes[:-1]])
    high, low = np.maximum(opens, closes) + 0.3, np.minimum(opens, closes) - 0.3
    return Candles(series, open_ms, opens, high, low, closes, np.full(bars, 50.0))


class ScriptedSource:
    """A source with the bars it is given; `errors` by symbol are raised instead, `asked` records every call."""

    simulated = False

    def __init__(self, clock: HandClock, exchange: str = "binance") -> None:
        self.exchange = exchange
        self.bars: dict[Market, Candles] = {}
        self.errors: dict[str, DeskmateError] = {}
        self.asked: list[tuple[Market, int | None, int]] = []
        self.closed_down = False
        self._clock = clock

    def put(self, symbol: str, bars: Candles) -> None:
        self.bars[Market(symbol, bars.series.timeframe)] = bars

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        return (await self.checked(market, since_ms=since_ms, limit=limit)).candles

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        self.asked.append((market, since_ms, limit))
        if market.symbol in self.errors:
            raise self.errors[market.symbol]
        if market not in self.bars:
            raise UnavailableError(f"{market.symbol} is not listed on {self.exchange}.")
        found = check(
            Series(self.exchange, market.symbol, market.timeframe),
            rows_from(self.bars[market]),
            now_ms=to_ms(self._clock.now()),
        )
        return Checked(window(found.candles, since_ms, limit), found.findings)

    async def rules(self, symbol: str) -> MarketRules:
        return default_rules(symbol)

    async def now(self) -> datetime:
        return self._clock.now()

    async def close(self) -> None:
        self.closed_down = True


def watch(*symbols: str, exchanges: tuple[str, ...] = ("binance",)) -> Watch:
    return Watch(symbols or ("ETH/USDT",), (Timeframe.H1,), exchanges)


def desk_rules(exchanges: tuple[str, ...] = ("binance",), **rules: float) -> DeskRules:
    return DeskRules(exchanges, SignalRules(**rules), PlanRules())  # type: ignore[arg-type]


@asynccontextmanager
async def stores_in(folder: Path) -> AsyncIterator[Stores]:
    """Stores over a fresh (or former) database in the folder."""
    database = await Database.open(await fresh_database(folder / "deskmate.db"))
    try:
        yield Stores.of(database)
    finally:
        await database.close()
