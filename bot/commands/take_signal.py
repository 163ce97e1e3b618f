"""Take under a broadcast: the signal's plan from the present price, in the presser's own size, opened after a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.commands.spec import Invocation
from bot.confirmations import Confirmations
from bot.delivery.live import ENDED, headline
from bot.paper.desk import Ticket, close_of
from bot.paper.taking import Taking, Wanted, instead, trade_id
from bot.reply import Reply
from bot.roles import Role
from bot.wording import money, number, when
from signals.errors import UserError
from signals.fills import TradePlan
from signals.model import Issued, Plan, Size, Trade
from signals.plan import reward_risk
from signals.sizing import risk_scale
from signals.universe import base_of, names_of

ZERO = Decimal(0)


class TakeSignal:
    """Everybody reads a broadcast, so nothing about an account is said under it: offers and refusals are private.

    The entry is the last close, for the signal may be hours old; its stop and the targets ahead stay. A signal that
    has ended, expired or was turned against, and a plan that is no longer worth its risk, is refused with the reason.
    """

    def __init__(self, taking: Taking, confirm: Confirmations) -> None:
        self._taking = taking
        self._desk = taking.desk
        self._confirm = confirm

    async def offer(self, invocation: Invocation, issued: Issued) -> Reply:
        """The plan in the presser's size, to be confirmed within a minute; or the trade, where they took it before."""
        owner = invocation.caller.owner
        async with self._desk.turn:
            now = self._desk.room.clock.now()
            former = await self._former(issued, owner, now)
            if former is not None:
                return former
            wanted, size = await self._sized(issued, owner, now)

        async def then(confirmed: Invocation) -> Reply:
            return await self._open(confirmed, issued, wanted)

        act = (f"take {issued.signal_id}", Role.TRADER)
        return self._confirm.ask(invocation.caller, _question(issued, wanted, size), act, then)

    async def _open(self, confirmed: Invocation, issued: Issued, offered: Wanted) -> Reply:
        owner = confirmed.caller.owner
        async with self._desk.turn:
            now = self._desk.room.clock.now()
            former = await self._former(issued, owner, now)
            if former is not None:
                return former
            key = trade_id(issued.signal_id, owner)
            trade = replace(offered.ticket.trade, trade_id=key, owner=owner, opened_at=now)
            plan = replace(offered.ticket.plan, trade_id=key, owner=owner)
            wanted = replace(offered, ticket=Ticket(trade, plan))
            await self._taking.refuse_passed(wanted.ticket, now)
            reply = await self._taking.book(wanted, now)
        await self._desk.tell()
        return reply

    async def _former(self, issued: Issued, owner: str, now: datetime) -> Reply | None:
        """What is said to one who took it before; UserError where it is too late for a first time."""
        await self._desk.up_to_date(owner, now)
        former = await self._taking.former(owner, issued.signal_id)
        if former is None:
            await self._refuse_over(issued, now)
        return former

    async def _refuse_over(self, issued: Issued, now: datetime) -> None:
        """UserError for a signal that is no trade, or no longer one."""
        signal, plan = issued.signal, issued.plan
        look = f"/signal {signal.series.symbol} {signal.series.timeframe} shows the present one."
        if plan is None or not signal.direction:
            raise UserError(f"There is nothing to take: the signal says {signal.action.value.replace('_', ' ')}.")
        signals_ = self._desk.stores.signals
        steps = await signals_.transitions(issued.signal_id, now)
        last = next((step for step in steps if step.state.is_final), None)
        if last is not None:
            raise UserError(
                f"This signal has ended: {ENDED[last.state]} at {number(last.price)} on {when(last.at)}. {look}"
            )
        newest = await signals_.newest(names_of(signal.series.symbol), signal.series.timeframe, now)
        if newest is not None and newest.signal.direction != signal.direction:
            raise UserError(f"This signal was taken back on {when(newest.signal.known_at)}. {look}")
        if plan.expires_at <= now:
            raise UserError(f"The plan of this signal expired at {when(plan.expires_at)}. {look}")

    async def _sized(self, issued: Issued, owner: str, now: datetime) -> tuple[Wanted, Size]:
        """The plan from the last close on, in the size that the account bears."""
        shown, series = issued.plan, issued.signal.series
        assert shown is not None
        entry = close_of(await self._desk.newest_of(series, now))
        trade = Trade(
            trade_id(issued.signal_id, owner), owner, series.symbol, series.timeframe,
            "LONG" if shown.direction > 0 else "SHORT", ZERO, entry, now, ZERO, strategy=issued.signal.strategy,
        )  # fmt: skip
        ahead = tuple(target for target in shown.targets if (Decimal(repr(target)) - entry) * shown.direction > 0)
        targets = tuple(Decimal(repr(target)) for target in ahead)
        plan = TradePlan(
            trade.trade_id, owner, 0, series.exchange, Decimal(repr(shown.stop)), targets, shown.expires_at,
            fee_rate=self._desk.fee_rate,
        )  # fmt: skip
        whole = replace(plan, targets=tuple(Decimal(repr(target)) for target in shown.targets))
        await self._taking.refuse_passed(Ticket(trade, whole), now)
        moved = _worth_it(shown, float(entry), ahead, trade)
        wanted = Wanted(Ticket(trade, plan), moved, risk_scale(None, issued.signal.size_factor))
        size = await self._taking.size(wanted, now)
        sized = replace(trade, quantity=size.quantity, size_usd=size.notional.quantize(Decimal("0.01")))
        return replace(wanted, ticket=Ticket(sized, plan)), size


def _worth_it(shown: Plan, entry: float, ahead: tuple[float, ...], trade: Trade) -> Plan:
    """The plan from this entry on; UserError when it no longer wins enough for what it risks."""
    ratio = float(reward_risk(entry, shown.stop, ahead[-1], shown.rules))
    if ratio < shown.rules.min_reward_risk:
        raise UserError(
            f"The market closed at {number(trade.entry)}: from there the plan would win {ratio:.2f} for each 1 at "
            f"risk, below {shown.rules.min_reward_risk:.2f}; it comes too late. {instead(trade)}"
        )
    return replace(shown, entries=(entry,), targets=ahead, reward_risk=ratio)


def _question(issued: Issued, wanted: Wanted, size: Size) -> str:
    trade, plan = wanted.ticket.trade, wanted.ticket.plan
    shown = Decimal(repr(wanted.plan.entries[0]))
    signal_entry = issued.plan.entries[0] if issued.plan is not None else shown
    moved = "" if Decimal(repr(signal_entry)) == shown else f" (the signal said {number(signal_entry)})"
    targets = ", ".join(number(target) for target in plan.targets)
    return (
        f"Take {headline(issued)} as a paper trade? {trade.side} {number(trade.quantity)} {base_of(trade.symbol)} at "
        f"the last close, {number(trade.entry)}{moved}, for {money(size.notional)} USDT, risking {money(size.risk)} "
        f"USDT; bound by {size.bound_by}. Stop {number(plan.stop or ZERO)}, "
        f"{'target' if len(plan.targets) == 1 else 'targets'} {targets}, reward/risk {wanted.plan.reward_risk:.2f}; "
        f"expires {when(plan.expires_at) if plan.expires_at else 'never'}. No order is sent anywhere."
    )
