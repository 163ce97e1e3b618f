"""What alerts compare of a paper account, at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.paper.words import signed
from bot.wording import money
from rag.paper import PaperMoney
from signals.accounting import CASH, EQUITY, ZERO, money_in
from signals.alerts import Compare, Condition
from signals.universe import names_of


@dataclass(frozen=True, slots=True)
class Reading:
    """The measured value in the condition's unit (None: unknown), it in words, and what drawdown is measured from."""

    value: Decimal | None
    words: str
    memory: Mapping[str, Any]


def read_account(condition: Condition, paper: PaperMoney, memory: Mapping[str, Any]) -> Reading:
    """The figure of an account condition. Unknown without equity, or while an open trade has no known price."""
    if any(mark.at is None for mark in paper.marks.values()):
        return Reading(None, "", memory)
    if condition.left == "drawdown":
        return _drawdown(paper, memory)
    amount, whole = _amount(condition, paper)
    if condition.unit != "%":
        shown = signed(amount) if condition.left == "profit" else money(amount)
        return Reading(amount, f"{shown} USDT", memory)
    if whole <= ZERO:
        return Reading(None, "", memory)
    share = 100 * amount / whole
    return Reading(share, f"{share:.2f} %", memory)


def is_true(condition: Condition, value: Decimal) -> bool:
    """Whether the value is beyond the bound."""
    bound = Decimal(condition.right)
    return value > bound if condition.test is Compare.ABOVE else value < bound


def _amount(condition: Condition, paper: PaperMoney) -> tuple[Decimal, Decimal]:
    """The figure in USDT, and what a percentage of it is of."""
    about = [b for b in paper.open if not condition.symbol or b.trade.symbol in names_of(condition.symbol)]
    if condition.left == "profit":
        return sum((paper.profit(b) for b in about), ZERO), sum((b.cost_left for b in about), ZERO)
    amounts = {
        "daily_loss": max(-paper.result_today, ZERO),
        "open_risk": sum((b.risk_left for b in paper.open), ZERO),
        "exposure": sum((paper.value(b) for b in about), ZERO),
    }
    return amounts[condition.left], paper.equity


def _drawdown(paper: PaperMoney, memory: Mapping[str, Any]) -> Reading:
    """From the highest equity since the alert was made; money put in or taken out moves the peak with it."""
    put_in = -money_in(paper.balances, EQUITY) if paper.began else money_in(paper.balances, CASH)
    moved = put_in - Decimal(memory.get("put_in", put_in))
    peak = max(Decimal(memory.get("peak", paper.equity)) + moved, paper.equity)
    kept = {"put_in": f"{put_in:f}", "peak": f"{peak:f}"}
    if peak <= ZERO:
        return Reading(None, "", kept)
    fall = 100 * (peak - paper.equity) / peak
    return Reading(fall, f"{fall:.2f} %, {money(paper.equity)} USDT after {money(peak)}", kept)
