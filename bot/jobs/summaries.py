"""Daily: a summary of each market's days, and old signals summed up by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot.jobs.watch import Watch
from rag.desk import Desk
from signals.clock import Clock, from_ms, to_ms
from signals.model import Candles, Issued, Market, Timeframe
from storage.market_days import DAY, MarketDay, day_of
from storage.signal_months import month_of
from storage.stores import Stores

RECENT_DAYS = 30
AGAIN_DAYS = 2  # days that a sync may have revised
MOST_SIGNALS = 10_000


@dataclass(frozen=True, slots=True)
class Summarised:
    """Market days that are new or different, and months of signals that were summed up."""

    days: int
    months: int


class SummariseMarkets:
    """Reads stored bars, indicators and signals; safe to repeat. A day with a gap in its bars is left out."""

    def __init__(self, stores: Stores, desk: Desk, watch: Watch, roll_up_days: int) -> None:
        """Signals older than `roll_up_days` are summed up, never with 0."""
        self._stores = stores
        self._desk = desk
        self._watch = watch
        self._roll_up_days = roll_up_days

    async def run(self, clock: Clock) -> Summarised:
        """Days up to the last midnight; months that were over long enough ago."""
        now = clock.now()
        today = day_of(now)
        kept = await self._stores.market_days.newest(now)
        known = await self._stores.signals.known_between((), today - RECENT_DAYS * DAY, now, MOST_SIGNALS)
        issued = [one for one, _ in known]
        days = 0
        for symbol in self._watch.symbols:
            days += await self._stores.market_days.save(await self._days(symbol, today, kept, issued))
        if not self._roll_up_days:
            return Summarised(days, 0)
        before = month_of(now - timedelta(days=self._roll_up_days))
        return Summarised(days, await self._stores.signal_months.roll_up(before))

    async def _days(
        self, symbol: str, today: datetime, kept: dict[str, datetime], issued: list[Issued]
    ) -> list[MarketDay]:
        timeframe = min(self._watch.timeframes, key=lambda tf: tf.ms)
        series = await self._desk.series_of(Market(symbol, timeframe), today)
        last = kept.get(series.symbol)
        since = max(today - RECENT_DAYS * DAY, last - (AGAIN_DAYS - 1) * DAY) if last else today - RECENT_DAYS * DAY
        bars = (to_ms(today) - to_ms(since)) // timeframe.ms
        candles = await self._stores.candles.newest(series, bars, until_ms=to_ms(today))
        found = []
        for day, part in _whole_days(candles, to_ms(since)):
            values = await self._stores.indicators.at(series, int(part.open_ms[-1]))
            found.append(_summary(day, part, values, issued))
        return found


def _whole_days(candles: Candles, since_ms: int) -> Iterator[tuple[datetime, Candles]]:
    tf_ms, day_ms = candles.series.timeframe.ms, Timeframe.D1.ms
    of_day = candles.open_ms // day_ms
    for number in np.unique(of_day).tolist():
        start, stop = np.searchsorted(of_day, [number, number + 1]).tolist()
        if stop - start == day_ms // tf_ms and number * day_ms >= since_ms:
            yield from_ms(number * day_ms), candles.part(start, stop)


def _summary(day: datetime, bars: Candles, values: dict[str, float], issued: list[Issued]) -> MarketDay:
    close = float(bars.close[-1])
    atr, mean = values.get("atr_14"), values.get("sma_200")
    own = [
        one.signal.action.direction
        for one in issued
        if one.signal.series.symbol == bars.series.symbol and day < one.signal.known_at <= day + DAY
    ]
    return MarketDay(
        symbol=bars.series.symbol,
        day=day,
        exchange=bars.series.exchange,
        timeframe=bars.series.timeframe,
        open=float(bars.open[0]),
        high=float(bars.high.max()),
        low=float(bars.low.min()),
        close=close,
        volume=float(bars.volume.sum()),
        rsi=values.get("rsi_14"),
        atr_pct=None if atr is None else 100 * atr / close,
        trend_pct=None if mean is None else 100 * (close / mean - 1),
        buys=own.count(1),
        sells=own.count(-1),
    )
