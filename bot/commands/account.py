"""The caller's paper account: what it holds, and how they want to be sized."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from bot.amounts import parse_amount, strict_decimal
from bot.commands.spec import Invocation
from bot.confirmations import Confirmations
from bot.paper.desk import PaperDesk
from bot.paper.words import shown, signed
from bot.reply import Reply, Table
from bot.roles import Role
from bot.wording import money, number
from rag.paper import PaperMoney
from signals.accounting import (
    CASH,
    EQUITY,
    FEES,
    MARGIN,
    PROCEEDS,
    REALISED,
    ZERO,
    Entry,
    PaperAccount,
    Style,
    deposit,
    money_in,
    withdraw,
)
from signals.errors import UserError

MOST_RISK = Decimal(10)
BOLD_RISK = Decimal(5)
STYLES: Mapping[str, Style | None] = {"atr": "atr", "confidence": "confidence", "default": None}
SHORTS: Mapping[str, bool | None] = {"on": True, "off": False, "default": None}
_CHANGE = re.compile(r"([+-]?)\s*(.*)", re.DOTALL)


class PaperAccounts:
    """Shows and changes the caller's own account; the answer is private."""

    def __init__(self, desk: PaperDesk, confirm: Confirmations) -> None:
        self._desk = desk
        self._confirm = confirm
        self._by_action: Mapping[str, Callable[[Invocation, str], Awaitable[Reply]]] = {
            "balance": self._balance,
            "risk": self._risk,
            "style": self._style,
            "shorts": self._shorts,
        }

    async def command(self, invocation: Invocation) -> Reply:
        """`show`, or a setting with its new value."""
        action, value = invocation.values.get("action", "show"), invocation.values.get("value", "").strip()
        if action == "show":
            if value:
                raise UserError(
                    f"{shown(value)} does not fit; possible: /account, or with balance, risk, style or shorts"
                )
            return await self._show(invocation.caller.owner)
        if not value:
            raise UserError(f"/account {action} needs a value: {_EXAMPLES[action]}")
        return await self._by_action[action](invocation, value)

    async def _show(self, owner: str) -> Reply:
        desk, now = self._desk, self._desk.room.clock.now()
        async with desk.turn:
            await desk.up_to_date(owner, now)
        paper, chosen = await desk.money(owner, now), await desk.stores.accounts.get(owner)
        tables = (Table("Paper account, in USDT", ("what", "amount"), _figures(paper)), self._choices(chosen))
        text = f"Your paper account is worth {money(paper.equity)} USDT, {money(paper.cash)} USDT of it free."
        begun = () if paper.began else ("Nothing was traded yet: this is what everybody begins with.",)
        unmarked = [s for s, mark in paper.marks.items() if mark.at is None]
        blind = (f"No price is known of {', '.join(unmarked)}: valued at the entry.",) if unmarked else ()
        return Reply(text, tables=tables, notes=(*begun, *blind), private=True)

    def _choices(self, chosen: PaperAccount) -> Table:
        rules, desk = self._desk.room.account, self._desk.room.rules.plan_rules
        risk = rules.size_rules.risk_pct if chosen.risk_pct is None else chosen.risk_pct
        shorts = rules.allow_short if chosen.allow_short is None else chosen.allow_short
        rows = (
            ("risk per trade", f"{number(100 * risk)} %", _whose(chosen.risk_pct)),
            ("style", chosen.style or desk.style, _whose(chosen.style)),
            ("shorts", "on" if shorts else "off", _whose(chosen.allow_short)),
        )
        return Table("Settings", ("setting", "value", "set by"), rows)

    async def _balance(self, invocation: Invocation, value: str) -> Reply:
        paper = await self._desk.money(invocation.caller.owner, self._desk.room.clock.now())
        change = _change(value, paper)
        if not change:
            return Reply(f"The balance is {money(book_value(paper))} USDT already; nothing was changed.", private=True)
        _refuse_overdraft(change, paper)
        what = f"Put {money(change)} USDT into" if change > 0 else f"Take {money(-change)} USDT out of"
        question = (
            f"{what} your paper account? Its balance is {money(book_value(paper))} USDT now and "
            f"{money(book_value(paper) + change)} USDT then; sizes follow it."
        )

        async def then(confirmed: Invocation) -> Reply:
            return await self._moved(confirmed, change)

        return self._confirm.ask(invocation.caller, question, (f"account balance {change:+f}", Role.VIEWER), then)

    async def _moved(self, invocation: Invocation, change: Decimal) -> Reply:
        desk, owner = self._desk, invocation.caller.owner
        async with desk.turn:
            now = desk.room.clock.now()
            await desk.up_to_date(owner, now)
            await desk.begin(owner, now)
            key = sha256(f"{invocation.caller.identity} {invocation.event_id}".encode()).hexdigest()[:16]
            booked = (f"balance:{key}", owner)

            async def decide() -> tuple[Entry]:
                _refuse_overdraft(change, await desk.money(owner, now))
                return (deposit(booked, now, change) if change > 0 else withdraw(booked, now, -change),)

            await desk.stores.ledger.post_decided(decide)
            paper = await desk.money(owner, now)
        word = "put in" if change > 0 else "taken out"
        text = f"{money(abs(change))} USDT {word}. The balance is {money(book_value(paper))} USDT"
        return Reply(f"{text}, {money(paper.cash)} free.", private=True)

    async def _risk(self, invocation: Invocation, value: str) -> Reply:
        percent = None if value.lower() == "default" else _percent(value)
        if percent is None or percent <= BOLD_RISK:
            return await self._kept(invocation, "risk", percent)

        async def then(confirmed: Invocation) -> Reply:
            return await self._kept(confirmed, "risk", percent)

        question = (
            f"Risk {number(percent)} % of your equity on each trade? Ten such losses in a row leave "
            f"{100 * (1 - percent / 100) ** 10:.0f} % of it."
        )
        return self._confirm.ask(invocation.caller, question, (f"account risk {percent:f}", Role.VIEWER), then)

    async def _style(self, invocation: Invocation, value: str) -> Reply:
        return await self._kept(invocation, "style", _one_of("style", value, STYLES))

    async def _shorts(self, invocation: Invocation, value: str) -> Reply:
        return await self._kept(invocation, "shorts", _one_of("shorts", value, SHORTS))

    async def _kept(
        self, invocation: Invocation, name: Literal["risk", "style", "shorts"], value: Decimal | str | bool | None
    ) -> Reply:
        owner, stores = invocation.caller.owner, self._desk.stores
        async with self._desk.turn:
            account = await stores.accounts.get(owner)
            if name == "risk":
                account = replace(account, risk_pct=value / 100 if isinstance(value, Decimal) else None)
            elif name == "style":
                account = replace(account, style=STYLES[value] if isinstance(value, str) else None)
            else:
                account = replace(account, allow_short=value if isinstance(value, bool) else None)
            await stores.accounts.save(account)
        row = next(row for row in self._choices(account).rows if row[0].startswith(name))
        return Reply(
            f"{row[0].capitalize()}: {row[1]}, set by {row[2]}. It counts from the next size on.", private=True
        )


_EXAMPLES = {
    "balance": "/account balance 5000 sets it, /account balance +500 puts in, /account balance -500 takes out",
    "risk": f"a percentage above 0 and at most {MOST_RISK}, as in /account risk 1.5, or default",
    "style": "atr or confidence, as in /account style atr, or default",
    "shorts": "on or off, as in /account shorts off, or default",
}


def book_value(paper: PaperMoney) -> Decimal:
    """The balance: what was put in, plus results, minus fees; open trades at what they cost."""
    return (
        -sum((money_in(paper.balances, account) for account in (EQUITY, REALISED, FEES)), ZERO)
        if paper.began
        else (paper.cash)
    )


def _figures(paper: PaperMoney) -> tuple[tuple[str, str], ...]:
    balances = paper.balances
    profit = sum((paper.profit(booked) for booked in paper.open), ZERO)
    return (
        ("balance (money in, results, fees)", money(book_value(paper))),
        ("free cash", money(money_in(balances, CASH))),
        ("margin used by shorts", money(money_in(balances, MARGIN))),
        ("proceeds of shorts, held", money(money_in(balances, PROCEEDS))),
        ("open trades, at cost", money(sum((b.cost_left for b in paper.open), ZERO))),
        ("open trades, unrealised", signed(profit)),
        ("equity", money(paper.equity)),
        ("realised results, before fees", signed(-money_in(balances, REALISED))),
        ("fees paid", money(money_in(balances, FEES))),
        ("realised today (UTC), after fees", signed(paper.result_today)),
    )


def _change(value: str, paper: PaperMoney) -> Decimal:
    """What must be put in (above zero) or taken out."""
    found = _CHANGE.fullmatch(value)
    sign, rest = (found[1], found[2]) if found else ("", value)
    if sign:
        amount = parse_amount(rest, "balance")
        change = amount if sign == "+" else -amount
    else:
        change = parse_amount(rest, "balance") - book_value(paper)
    if abs(change) and abs(change) < Decimal("0.01"):
        raise UserError(f"balance {shown(value)} changes less than a cent; write at most two decimals")
    return change


def _refuse_overdraft(change: Decimal, paper: PaperMoney) -> None:
    if -change > paper.cash:
        raise UserError(
            f"only {money(paper.cash)} USDT are free, the rest is in open trades: take out less, or close a trade first"
        )


def _percent(value: str) -> Decimal:
    try:
        percent = strict_decimal(value.removesuffix("%").strip())
    except ValueError as e:
        raise UserError(f"risk {shown(value)} is not a percentage: write {_EXAMPLES['risk']}") from e
    if not 0 < percent <= MOST_RISK:
        raise UserError(f"risk {shown(value)} is out of range: write {_EXAMPLES['risk']}")
    return percent


def _one_of(name: str, value: str, possible: Mapping[str, object]) -> str | bool | None:
    if value.lower() not in possible:
        raise UserError(f"{name} {shown(value)} is not possible; possible: {', '.join(possible)}")
    found = possible[value.lower()]
    return found if isinstance(found, (str, bool)) else None


def _whose(value: object) -> str:
    return "the desk" if value is None else "you"
