"""Opens and closes paper trades: checks against the account as it is at that moment, then one booked step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from bot.commands.room import Room
from bot.jobs.follow_trades import FollowTrades, TradeEvent
from bot.paper.checks import refuse_far
from bot.wording import money, number, when
from rag.account import KnownAccount, Stated, known_account
from rag.paper import PaperMoney, paper_money
from signals.accounting import deposit
from signals.clock import to_ms
from signals.errors import UserError
from signals.fills import BY_HAND, Booked, Step, TradePlan, closing, opening
from signals.model import Candles, Market, Series, Trade
from storage.trade_book import ShortOfCashError

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Ticket:
    """A trade that is to be opened."""

    trade: Trade
    plan: TradePlan


class PaperDesk:
    """One person's step after the other: `turn` is held while an account is looked at and changed."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.stores = room.stores
        self.turn = asyncio.Lock()
        self._follow = FollowTrades(room.stores)
        self.changed: Callable[[], Awaitable[object]] | None = None  # carries what was marked into the documents

    @property
    def fee_rate(self) -> Decimal:
        """The fee of a side, as a fraction."""
        return Decimal(str(self.room.rules.plan_rules.fee_rate))

    async def begin(self, owner: str, at: datetime) -> None:
        """Book the opening balance of an account that nothing was ever booked for."""
        if await self.stores.ledger.entries(owner, self.room.clock.now()):
            return
        await self.stores.ledger.post(
            [deposit((f"opening:{owner}", owner), at, self.room.account.balance, "the opening balance")]
        )

    async def tell(self) -> None:
        """Let questions find what was changed at once."""
        if self.changed is not None:
            await self.changed()

    async def up_to_date(self, owner: str, now: datetime) -> tuple[TradeEvent, ...]:
        """Follow the person's open trades to the last closed bar."""
        return await self._follow.of_owner(owner, now)

    async def money(self, owner: str, now: datetime) -> PaperMoney:
        """The person's account now."""
        return await paper_money(self.stores, owner, now, self.room.account.balance)

    async def known(self, owner: str, symbol: str, price: Decimal, now: datetime) -> KnownAccount:
        """The account as a position in a market is sized from."""
        return await known_account(self.stores, self.room.account, owner, Stated(), (symbol, float(price), now))

    async def newest(self, market: Market, now: datetime) -> Candles:
        """The last closed bar of a market; UserError when there is none."""
        series = await self.room.desk.series_of(market, now)
        return await self.newest_of(series, now)

    async def newest_of(self, series: Series, now: datetime) -> Candles:
        """The last closed bar of a series; UserError when there is none."""
        bars = await self.stores.candles.newest(series, 1, until_ms=to_ms(now))
        if not len(bars):
            raise UserError(f"no price of {series.symbol} is known yet, so nothing can be filled; /health says why")
        return bars

    async def open(self, owner: str, at: datetime, decide: Callable[[], Awaitable[Ticket]]) -> Booked | None:
        """Book the trade that `decide` gives after a look at the account; None when its id is booked already.

        Between that look and the booking nobody writes, so that two trades at once, in whatever processes, cannot
        exceed a cap together. UserError when the cash does not reach, and whatever `decide` refuses.
        """

        async def step() -> Step:
            ticket = await decide()
            return opening(ticket.trade, ticket.plan)

        await self.begin(owner, at)
        try:
            return await self.stores.book.open_decided(step)
        except ShortOfCashError as e:
            raise UserError(
                f"the account is short of {money(e.missing)} USDT for this: take a smaller quantity, close a trade, "
                "or put money in with /account balance"
            ) from e

    async def close(self, owner: str, number_: int, order: tuple[Decimal | None, Decimal | None], key: str) -> Booked:
        """Close (quantity or all, at a price or the last close) of the person's trade; UserError says why not."""
        for _ in range(ATTEMPTS):
            now = self.room.clock.now()
            await self.up_to_date(owner, now)
            booked = await self.of(owner, number_)
            if any(fill.level == f"{BY_HAND} {key}" for fill in booked.fills):
                return booked
            _refuse_closed(booked)
            quantity = booked.left if order[0] is None else order[0]
            if quantity > booked.left:
                raise UserError(f"only {number(booked.left)} of #t{number_} is open: close that much, or `all`")
            price = await self._price(booked, order[1], now)
            step = closing(booked, f"{BY_HAND} {key}", now, (quantity, price))
            if await self.stores.book.advance(step, booked):
                return replace(booked, trade=step.trade, fills=(*booked.fills, *step.fills))
        raise UserError("this trade is being changed at the same moment; try again")

    async def of(self, owner: str, number_: int) -> Booked:
        """The person's trade by its number; UserError when they have none such."""
        booked = await self.stores.book.numbered(number_, owner)
        if booked is None:
            raise UserError(f"you have no trade #t{number_}; /trade list shows yours")
        return booked

    async def _price(self, booked: Booked, wanted: Decimal | None, now: datetime) -> Decimal:
        trade, exchange = booked.trade, booked.plan.exchange
        if exchange:
            bars = await self.newest_of(Series(exchange, trade.symbol, trade.timeframe), now)
        else:
            bars = await self.newest(Market(trade.symbol, trade.timeframe), now)
        market = close_of(bars)
        if wanted is None:
            return market
        refuse_far(wanted, market, "price")
        return wanted


def close_of(bars: Candles) -> Decimal:
    """The close of the last bar."""
    return Decimal(repr(float(bars.close[-1])))


def _refuse_closed(booked: Booked) -> None:
    trade = booked.trade
    if trade.closed_at is not None:
        at = f"at {number(trade.exit)} on {when(trade.closed_at)}" if trade.exit is not None else when(trade.closed_at)
        raise UserError(f"#t{booked.plan.number} was closed {at} already; nothing is open of it")


def to_lot(quantity: Decimal, step: Decimal) -> Decimal:
    """The quantity rounded down to the lot."""
    return (quantity / step).quantize(Decimal(1), ROUND_FLOOR) * step
