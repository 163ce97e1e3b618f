"""Take: the plan of a card as a paper trade of the one who pressed, once however often it is pressed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from bot.commands.cards import Cards, market_of
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.reply import Reply
from bot.wording import money, number, when
from signals.errors import UserError
from signals.model import Action, Trade
from signals.universe import base_of
from storage.values import LoggedRecommendation


class Take:
    """Opens paper trades; no order is ever sent anywhere."""

    def __init__(self, room: Room, cards: Cards) -> None:
        self._room = room
        self._cards = cards
        self._turn = asyncio.Lock()

    async def button(self, invocation: Invocation) -> Reply:
        """The trade, newly opened or as it stands; UserError where there is nothing (any more) to take."""
        logged = await self._cards.pressed(invocation)
        owner, now = invocation.caller.owner, self._room.clock.now()
        async with self._turn:
            former = await self._former(owner, logged.recommendation_id, now)
            if former is not None:
                state = "is open" if former.closed_at is None else f"was closed at {when(former.closed_at)}"
                return Reply(f"You have taken this already: {_told(former)} It {state}.", private=True)
            trade = _trade(logged, owner, now)
            await self._room.stores.trades.save(trade)
        return Reply(f"Paper trade opened: {_told(trade)}", private=True)

    async def _former(self, owner: str, recommendation_id: str, now: datetime) -> Trade | None:
        begin = trade_id(recommendation_id, "")[: -len(_mark(""))]
        trades = await self._room.stores.trades.of_owner(owner, now)
        return next((trade for trade in trades if trade.trade_id.startswith(begin)), None)


def trade_id(recommendation_id: str, owner: str) -> str:
    """The natural key of a taken recommendation: one per card and person."""
    return f"take-{recommendation_id}-{_mark(owner)}"


def _mark(owner: str) -> str:
    return sha256(owner.encode()).hexdigest()[:12]


def _trade(logged: LoggedRecommendation, owner: str, now: datetime) -> Trade:
    card, market = logged.payload, market_of(logged)
    action = Action(card["action"])
    if not action.direction or not card["entry_points"]:
        raise UserError(f"There is nothing to take: the card says {action.value.replace('_', ' ')}.")
    if not card["quantity"]:
        raise UserError(f"There is nothing to take: no position was sized (bound by {card['size_bound_by']}).")
    expires = card["expires_at"]
    if expires is None or datetime.fromisoformat(expires) <= now:
        told = f" at {when(datetime.fromisoformat(expires))}" if expires else ""
        raise UserError(f"The plan of this card expired{told}; press Refresh for the present one.")
    quantity, entry = _exact(card["quantity"]), _exact(card["entry_points"][0])
    return Trade(
        trade_id=trade_id(logged.recommendation_id, owner),
        owner=owner,
        symbol=market.symbol,
        timeframe=market.timeframe,
        side="LONG" if action.direction > 0 else "SHORT",
        quantity=quantity,
        entry=entry,
        opened_at=now,
        size_usd=(quantity * entry).quantize(Decimal("0.01")),
        strategy=card["strategy"],
    )


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _told(trade: Trade) -> str:
    return (
        f"{trade.side} {number(trade.quantity)} {base_of(trade.symbol)} at {number(trade.entry)} "
        f"for {money(trade.size_usd)} USDT."
    )
