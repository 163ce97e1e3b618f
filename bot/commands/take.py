"""Take: a shown plan as a paper trade of the one who pressed, once however often it is pressed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.commands.cards import Cards, market_of
from bot.commands.spec import Invocation
from bot.commands.take_signal import TakeSignal
from bot.paper.desk import Ticket
from bot.paper.taking import Taking, Wanted, trade_id
from bot.reply import Reply
from bot.wording import when
from signals.errors import UserError
from signals.fills import TradePlan
from signals.model import Action, Plan, PlanRules, Trade
from storage.values import LoggedRecommendation


class Take:
    """Opens paper trades at the plan that the card shows; no order is ever sent anywhere.

    The fill is at once and in full, at the first entry shown, with the fee: what the card was worth is what is traded.
    A card that the market has left behind (past its stop or its last target) is refused, and so is an expired one.
    Under a broadcast, which is nobody's own, it offers the plan in the presser's own size first.
    """

    def __init__(self, taking: Taking, cards: Cards, broadcast: TakeSignal) -> None:
        self._taking = taking
        self._cards = cards
        self._broadcast = broadcast

    async def button(self, invocation: Invocation) -> Reply:
        """The trade, newly opened or as it stands; UserError where there is nothing (any more) to take."""
        desk, taking = self._taking.desk, self._taking
        issued = await self._cards.broadcast(invocation, desk.room.clock.now())
        if issued is not None:
            return await self._broadcast.offer(invocation, issued)
        logged = await self._cards.pressed(invocation)
        owner = invocation.caller.owner
        async with desk.turn:
            now = desk.room.clock.now()
            await desk.up_to_date(owner, now)
            former = await taking.former(owner, logged.recommendation_id)
            if former is not None:
                return former
            wanted = _wanted(logged, owner, now, desk.fee_rate)
            await taking.refuse_passed(wanted.ticket, now)
            reply = await taking.book(wanted, now)
        await desk.tell()
        return reply


def _wanted(logged: LoggedRecommendation, owner: str, now: datetime, fee_rate: Decimal) -> Wanted:
    ticket, card = _ticket(logged, owner, now, fee_rate), logged.payload
    facts = {fact["key"]: fact["value"] for fact in card.get("facts", ())}
    return Wanted(ticket, _plan(card, ticket.trade, facts), Decimal(str(facts.get("risk_scale", 1))))


def _ticket(logged: LoggedRecommendation, owner: str, now: datetime, fee_rate: Decimal) -> Ticket:
    card, market = logged.payload, market_of(logged)
    action = Action(card["action"])
    if not action.direction or not card["entry_points"]:
        raise UserError(f"There is nothing to take: the card says {action.value.replace('_', ' ')}.")
    if not card["quantity"]:
        raise UserError(f"There is nothing to take: no position was sized (bound by {card['size_bound_by']}).")
    expires = datetime.fromisoformat(card["expires_at"]) if card["expires_at"] else None
    if expires is None or expires <= now:
        told = f" at {when(expires)}" if expires else ""
        raise UserError(f"The plan of this card expired{told}; press Refresh for the present one.")
    quantity, entry = _exact(card["quantity"]), _exact(card["entry_points"][0])
    key = trade_id(logged.recommendation_id, owner)
    trade = Trade(
        trade_id=key,
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
    targets = tuple(_exact(price) for price in card["exit_points"])
    stop = _exact(card["stop_loss"]) if card["stop_loss"] else None
    plan = TradePlan(key, owner, 0, card["exchange"] or "", stop, targets, expires, fee_rate=fee_rate)
    return Ticket(trade, plan)


def _plan(card: dict[str, Any], trade: Trade, facts: dict[str, Any]) -> Plan:
    """The card's plan as far as sizes depend on it."""
    return Plan(
        direction=1 if trade.side == "LONG" else -1,
        entries=tuple(card["entry_points"]),
        stop=card["stop_loss"],
        targets=tuple(card["exit_points"]),
        invalidation=card["invalidation"] or card["stop_loss"],
        reward_risk=card["reward_risk"] or 0.0,
        expires_at=datetime.fromisoformat(card["expires_at"]),
        atr=0.0,
        rules=PlanRules(fee_rate=facts.get("fee_rate", PlanRules().fee_rate)),
    )


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
