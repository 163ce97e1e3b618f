"""Taking a plan that was shown: once per person, as long as the market has not left it behind, as the account bears."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from bot.jobs.follow_trades import rules_of
from bot.paper.checks import refuse_by_account
from bot.paper.desk import PaperDesk, Ticket, close_of
from bot.paper.words import PAPER, followed_line, plan_line, trade_line
from bot.reply import Reply
from bot.wording import money, number, when
from signals.errors import UserError
from signals.fills import Booked
from signals.model import Plan, Series, Size, Trade
from signals.sizing import SizeInput, size_position

DAILY_LOSS = "daily loss limit"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A trade as it was shown, in the quantity shown, and what its size depends on: the plan and the scale of risk."""

    ticket: Ticket
    plan: Plan
    scale: Decimal = Decimal(1)


class Taking:
    """Books what was shown. Hold the desk's `turn` from the first look at an account to the booking."""

    def __init__(self, desk: PaperDesk) -> None:
        self.desk = desk

    async def former(self, owner: str, shown_id: str) -> Reply | None:
        """What to say where the person took it before, also under an account that was joined to theirs."""
        begin = trade_id(shown_id, "")[: -len(_mark(""))]
        trades = await self.desk.stores.book.of_owner(owner)
        taken = next((booked for booked in trades if booked.trade.trade_id.startswith(begin)), None)
        return None if taken is None else Reply(_taken(taken), private=True)

    async def refuse_passed(self, ticket: Ticket, now: datetime) -> None:
        """UserError when the market closed beyond the stop or the last target."""
        trade, plan = ticket.trade, ticket.plan
        bars = await self.desk.newest_of(Series(plan.exchange, trade.symbol, trade.timeframe), now)
        price, sign = close_of(bars), 1 if trade.side == "LONG" else -1
        if plan.stop is not None and (price - plan.stop) * sign <= 0:
            raise UserError(f"The market closed at {number(price)}, past the stop of this plan. {instead(trade)}")
        if plan.targets and (price - plan.targets[-1]) * sign >= 0:
            raise UserError(
                f"The market closed at {number(price)}, past the last target of this plan; it comes too late. "
                f"{instead(trade)}"
            )

    async def size(self, wanted: Wanted, now: datetime) -> Size:
        """What the account bears now; UserError where that is nothing."""
        trade = wanted.ticket.trade
        known = await self.desk.known(trade.owner, trade.symbol, trade.entry, now)
        market = await rules_of(self.desk.stores, wanted.ticket.plan.exchange, trade.symbol)
        size = size_position(SizeInput(wanted.plan, market, wanted.scale), known.account, known.size_rules)
        if size.quantity <= 0:
            raise UserError(_refusal(size))
        quantity = min(size.quantity, trade.quantity) if trade.quantity else size.quantity
        refuse_by_account(known, trade.side, quantity * trade.entry, self.desk.fee_rate)
        return size

    async def book(self, wanted: Wanted, now: datetime) -> Reply:
        """Open it in the quantity shown, or smaller where the account bears less by now."""
        reduced: list[str] = []

        async def decide() -> Ticket:
            size, trade = await self.size(wanted, now), wanted.ticket.trade
            if size.quantity < trade.quantity:
                shown, now_ = number(trade.quantity), number(size.quantity)
                reduced.append(f"{shown} was shown; your account allows {now_} now, bound by {size.bound_by}.")
                trade = replace(trade, quantity=size.quantity)
            return replace(wanted.ticket, trade=trade)

        booked = await self.desk.open(wanted.ticket.trade.owner, now, decide)
        if booked is None:  # another process took it at the same moment
            return Reply("You have taken this already; /trade list shows it.", private=True)
        fee = f"Filled at once at the price shown, fee {money(booked.fills[0].fee)} USDT."
        opened = f"Paper trade opened: {trade_line(booked)}."
        parts = (opened, *reduced, fee, plan_line(booked), followed_line(booked), PAPER)
        return Reply(" ".join(part for part in parts if part), private=True)


def trade_id(shown_id: str, owner: str) -> str:
    """The natural key of what was taken: one per card or signal, and person."""
    return f"take-{shown_id}-{_mark(owner)}"


def instead(trade: Trade) -> str:
    """Where the present plan is found."""
    return f"/signal {trade.symbol} {trade.timeframe} shows the present one."


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
