"""Size: how much to trade now, what that risks, and which bound was the smallest."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.reply import Reply, Table
from bot.wording import clean, money, number
from rag.account import Stated, known_account
from rag.desk import Judgement
from rag.styles import styled
from signals.errors import UserError
from signals.model import Plan, Size
from signals.sizing import SizeInput, risk_scale, size_position
from signals.universe import base_of

MOST_RISK = Decimal(10)


class ShowSize:
    """Sizes the present plan of a market; nothing is stored."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def command(self, invocation: Invocation) -> Reply:
        """By symbol, with the caller's balance and risk where given."""
        room, now, caller = self._room, self._room.clock.now(), invocation.caller
        risk = _risk(invocation.values.get("risk"))
        market = room.market(invocation.values)
        judged = await room.desk.judge(market, now)
        signal, plan = judged.analysis.signal, judged.analysis.plan
        if plan is None or signal.price is None:
            change = f" What would change it: {signal.change}." if signal.change else ""
            return Reply(f"No position in {market}: {signal.action.value.replace('_', ' ')}, {signal.reason}.{change}")
        balance = invocation.values.get("balance")
        stated = Stated(Decimal(balance) if balance else None)
        owner = caller.owner if caller.private else ""
        known = await known_account(room.stores, room.account, owner, stated, (market.symbol, signal.price, now))
        rules = known.size_rules if risk is None else replace(known.size_rules, risk_pct=risk)
        judged, unstyled = styled(judged, known.style)
        plan = judged.analysis.plan or plan
        wanted = SizeInput(plan, judged.market_rules, risk_scale(judged.confidence, signal.size_factor))
        size = size_position(wanted, known.account, rules)
        text, notes = _verdict(judged, plan, size), (*known.notes, *([unstyled] if unstyled else []))
        return Reply(text, tables=(_figures(judged, plan, size), _caps(size)), notes=notes)


def _risk(risk: str | None) -> Decimal | None:
    """The asked risk as a fraction; None where none was asked for."""
    if risk is None:
        return None
    asked = Decimal(risk)
    if not 0 < asked <= MOST_RISK:
        raise UserError(f"risk {risk} % is out of range: above 0 and at most {MOST_RISK} % of the balance")
    return asked / 100


def _verdict(judged: Judgement, plan: Plan, size: Size) -> str:
    symbol = judged.analysis.signal.series.symbol
    side = "Buy" if plan.direction > 0 else "Sell short"
    if size.quantity <= 0:
        return f"No position in {symbol}: {clean(size.note or f'bound by {size.bound_by}')}."
    return (
        f"{side} {number(size.quantity)} {base_of(symbol)} for {money(size.notional)} USDT, "
        f"risking {money(size.risk)} USDT; bound by {size.bound_by}."
    )


def _figures(judged: Judgement, plan: Plan, size: Size) -> Table:
    entry, rules = plan.entries[0], judged.market_rules
    distance = abs(entry - plan.stop)
    rows = (
        ("entry", number(entry)),
        ("stop", number(plan.stop)),
        ("stop distance", f"{number(round(distance, 10))} ({100 * distance / entry:.2f} %)"),
        ("at risk", f"{money(size.risk)} USDT"),
        ("order value", f"{money(size.notional)} USDT"),
        ("lot step", number(rules.lot_step)),
        ("smallest order", f"{money(rules.min_notional)} USDT"),
        ("bound by", size.bound_by),
    )
    return Table("Size", ("figure", "value"), rows)


def _caps(size: Size) -> Table:
    rows = tuple((cap.name, f"{cap.quantity:,.8f}".rstrip("0").rstrip(".")) for cap in size.caps)
    return Table("Every bound, in coins", ("bound", "most"), rows)
