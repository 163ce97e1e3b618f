"""Take: the plan of a card as a paper trade of the one who pressed, once however often it is pressed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from bot.commands.cards import Cards, market_of
from bot.commands.spec import Invocation
from bot.jobs.follow_trades import rules_of
from bot.paper.checks import refuse_by_account
from bot.paper.desk import PaperDesk, Ticket, close_of
from bot.paper.words import PAPER, followed_line, plan_line, trade_line
from bot.reply import Reply
from bot.wording import money, number, when
from signals.errors import UserError
from signals.fills import Booked, TradePlan
from signals.model import Action, Plan, PlanRules, Series, Size, Trade
from signals.sizing import SizeInput, size_position
from storage.values import LoggedRecommendation

DAILY_LOSS = "daily loss limit"


class Take:
    """Opens paper trades at the plan that the card shows; no order is ever sent anywhere.

    The fill is at once and in full, at the first entry shown, with the fee: what the card was worth is what is traded.
    A card that the market has left behind (past its stop or its last target) is refused, and so is an expired one.
    """

    def __init__(self, desk: PaperDesk, cards: Cards) -> None:
        self._desk = desk
        self._cards = cards

    async def button(self, invocation: Invocation) -> Reply:
        """The trade, newly opened or as it stands; UserError where there is nothing (any more) to take."""
        logged = await self._cards.pressed(invocation)
        owner = invocation.caller.owner
        async with self._desk.turn:
            now = self._desk.room.clock.now()
            await self._desk.up_to_date(owner, now)
            former = await self._former(owner, logged.recommendation_id)
            if former is not None:
                return Reply(_taken(former), private=True)
            ticket = _ticket(logged, owner, now, self._desk.fee_rate)
            await self._refuse_passed(ticket, now)
            reduced: list[str] = []

            async def decide() -> Ticket:
                trade, note = await self._sized(ticket.trade, logged.payload, now)
                reduced.append(note)
                return replace(ticket, trade=trade)

            booked = await self._desk.open(owner, now, decide)
        await self._desk.tell()
        if booked is None:  # another process took it at the same moment
            return Reply("You have taken this already; /trade list shows it.", private=True)
        fee = f"Filled at once at the price shown, fee {money(booked.fills[0].fee)} USDT."
        parts = (
            f"Paper trade opened: {trade_line(booked)}.",
            *reduced,
            fee,
            plan_line(booked),
            followed_line(booked),
            PAPER,
        )
        return Reply(" ".join(part for part in parts if part), private=True)

    async def _former(self, owner: str, recommendation_id: str) -> Booked | None:
        begin = trade_id(recommendation_id, "")[: -len(_mark(""))]
        trades = await self._desk.stores.book.of_owner(owner)
        return next((booked for booked in trades if booked.trade.trade_id.startswith(begin)), None)

    async def _refuse_passed(self, ticket: Ticket, now: datetime) -> None:
        trade, plan = ticket.trade, ticket.plan
        bars = await self._desk.newest_of(Series(plan.exchange, trade.symbol, trade.timeframe), now)
        price, sign = close_of(bars), 1 if trade.side == "LONG" else -1
        if plan.stop is not None and (price - plan.stop) * sign <= 0:
            raise UserError(
                f"The market closed at {number(price)}, past the stop of this card; press Refresh for the present plan."
            )
        if plan.targets and (price - plan.targets[-1]) * sign >= 0:
            raise UserError(
                f"The market closed at {number(price)}, past the last target of this card; it comes too late."
            )

    async def _sized(self, trade: Trade, card: dict[str, Any], now: datetime) -> tuple[Trade, str]:
        """The trade in the size that the account bears now, and what to say where that is less than was shown."""
        known = await self._desk.known(trade.owner, trade.symbol, trade.entry, now)
        market = await rules_of(self._desk.stores, card["exchange"] or "", trade.symbol)
        facts = {fact["key"]: fact["value"] for fact in card.get("facts", ())}
        scale = Decimal(str(facts.get("risk_scale", 1)))
        size = size_position(SizeInput(_plan(card, trade, facts), market, scale), known.account, known.size_rules)
        if size.quantity <= 0:
            raise UserError(_refusal(size))
        if size.quantity >= trade.quantity:
            refuse_by_account(known, trade.side, trade.quantity * trade.entry, self._desk.fee_rate)
            return trade, ""
        smaller = replace(trade, quantity=size.quantity)
        refuse_by_account(known, trade.side, size.quantity * trade.entry, self._desk.fee_rate)
        shown, now_ = number(trade.quantity), number(size.quantity)
        return smaller, f"The card showed {shown}; your account allows {now_} now, bound by {size.bound_by}."


def trade_id(recommendation_id: str, owner: str) -> str:
    """The natural key of a taken recommendation: one per card and person."""
    return f"take-{recommendation_id}-{_mark(owner)}"


def _mark(owner: str) -> str:
    return sha256(owner.encode()).hexdigest()[:12]


def _taken(former: Booked) -> str:
    closed = former.trade.closed_at
    state = "is open" if closed is None else f"was closed at {when(closed)}"
    return f"You have taken this already: {trade_line(former)}. It {state}."


def _refusal(size: Size) -> str:
    if size.bound_by == DAILY_LOSS:
        return f"Nothing was opened: {size.note} until midnight UTC."
    return f"Nothing was opened, bound by {size.bound_by}: {size.note}."


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
