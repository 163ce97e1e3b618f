"""Follows open paper trades over closed candles: stops, targets and expiries, each once, however late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from signals.clock import to_ms
from signals.fills import Booked, Fill
from signals.following import follow_from, follow_trade
from signals.model import Candles, MarketRules, Series
from signals.universe import default_rules
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class TradeEvent:
    """A fill that following found, with the trade as it stood after it."""

    booked: Booked
    fill: Fill

    @property
    def key(self) -> str:
        """The natural key: the trade's id and the level."""
        return f"{self.fill.trade_id}:{self.fill.level}"


class FollowTrades:
    """The job `positions`. Any rerun, crash or second process has one effect: steps are stored under natural keys."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def run(self, now: datetime) -> tuple[TradeEvent, ...]:
        """Everybody's open trades, from where each was left to the last bar closed by `now`.

        Gives back what was new, in the order of time.
        """
        return await self._follow(await self._stores.book.all_open(), now)

    async def of_owner(self, owner: str, now: datetime) -> tuple[TradeEvent, ...]:
        """The same for one person, before they do something."""
        return await self._follow(await self._stores.book.of_owner(owner, only_open=True), now)

    async def _follow(self, open_trades: Sequence[Booked], now: datetime) -> tuple[TradeEvent, ...]:
        events: list[TradeEvent] = []
        for booked in reversed(open_trades):
            candles = await self._candles(booked, now)
            if not len(candles):
                continue
            lot = (await rules_of(self._stores, booked.plan.exchange, booked.trade.symbol)).lot_step
            step = follow_trade(booked, candles, lot)
            unread = step.plan.followed_at == booked.plan.followed_at
            if unread or not await self._stores.book.advance(step, booked):
                continue
            for i, fill in enumerate(step.fills, start=1):
                trade = step.trade if i == len(step.fills) else booked.trade
                after = replace(booked, trade=trade, plan=step.plan, fills=(*booked.fills, *step.fills[:i]))
                events.append(TradeEvent(after, fill))
        return tuple(sorted(events, key=lambda event: event.fill.at))

    async def _candles(self, booked: Booked, now: datetime) -> Candles:
        """The bars since the trade was last followed, from its own exchange."""
        trade, since = booked.trade, follow_from(booked)
        series = Series(booked.plan.exchange, trade.symbol, trade.timeframe)
        bars = max(0, to_ms(now) - to_ms(since)) // trade.timeframe.ms + 1
        return await self._stores.candles.newest(series, bars, until_ms=to_ms(now))


async def rules_of(stores: Stores, exchange: str, symbol: str) -> MarketRules:
    """The market's rules as they were fetched, else the usual ones."""
    return await stores.market_rules.get(exchange, symbol) or default_rules(symbol)
