"""What is known of a person's money when a position is sized: stated, recorded, or the paper default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from rag.paper import PaperMoney, paper_money
from signals.accounting import Style
from signals.model import Account, SizeRules
from signals.universe import bucket_of
from storage.stores import Stores

Holding = tuple[str, Decimal, Decimal | None]


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The paper account everybody starts with, and the bounds on positions."""

    balance: Decimal = Decimal(10_000)
    allow_short: bool = True
    size_rules: SizeRules = field(default_factory=SizeRules)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the question itself said about money; None or empty where it said nothing."""

    balance: Decimal | None = None
    budget: Decimal | None = None
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """The account to size from with its bounds, what the reader must be told about it, and the person's plan style."""

    account: Account
    notes: tuple[str, ...]
    size_rules: SizeRules = field(default_factory=SizeRules)
    style: Style | None = None


async def known_account(
    stores: Stores, rules: AccountRules, owner: str, stated: Stated, at: tuple[str, float, datetime]
) -> KnownAccount:
    """The account for a position in `at`, which is (symbol, price, now): equity, cash, exposure and open risk.

    Money comes from the ledger as it was at `now`: equity is marked to the last closed bars, cash is what is neither
    in positions nor reserved. A stated balance takes the place of the ledger's equity, less what open trades tie up.
    Open trades count towards their bucket at their mark, and put at risk what they lose at their stops (all of it
    without one). Holdings stated in the question count towards the bucket at the asked price or their own entry.
    The person's own choices of risk and shorts go before the desk's.
    """
    symbol, price, now = at
    chosen = await stores.accounts.get(owner)
    paper = await paper_money(stores, owner, now, rules.balance)
    size_rules = rules.size_rules if chosen.risk_pct is None else replace(rules.size_rules, risk_pct=chosen.risk_pct)
    tied = sum((b.cost_left for b in paper.open), Decimal(0))
    held = _held_value(stated.holdings, symbol, price)
    own = stated.balance is None
    account = Account(
        equity=paper.equity if stated.balance is None else stated.balance,
        cash=max(paper.cash if stated.balance is None else stated.balance - tied, Decimal(0)),
        budget=stated.budget,
        open_risk=sum((b.risk_left for b in paper.open), Decimal(0)),
        bucket_exposure=_bucket_value(paper, symbol) + held,
        loss_today=max(-paper.result_today, Decimal(0)),
        allow_short=rules.allow_short if chosen.allow_short is None else chosen.allow_short,
        holdings_known=own or bool(stated.holdings),
    )
    return KnownAccount(account, tuple(_notes(account, stated, paper)), size_rules, chosen.style)


def _held_value(holdings: Sequence[Holding], symbol: str, price: float) -> Decimal:
    value = Decimal(0)
    for held, quantity, entry in holdings:
        if bucket_of(held) == bucket_of(symbol):
            value += quantity * (Decimal(repr(price)) if held == symbol else entry or Decimal(0))
    return value


def _bucket_value(paper: PaperMoney, symbol: str) -> Decimal:
    same = (b for b in paper.open if bucket_of(b.trade.symbol) == bucket_of(symbol))
    return sum((paper.value(b) for b in same), Decimal(0))


def _notes(account: Account, stated: Stated, paper: PaperMoney) -> list[str]:
    notes = []
    if stated.balance is None:
        notes.append(
            f"Sized from the paper account of {account.equity:,.2f} USDT; state your own balance to change that."
        )
    if paper.open:
        notes.append(f"{len(paper.open)} open paper trade(s) are counted in cash, bucket and open risk.")
    unbounded = (b.plan.number for b in paper.open if b.stop is None)
    notes += [f"#t{number} has no stop: all of it counts as open risk." for number in unbounded]
    if not account.holdings_known:
        notes.append(
            "Your other positions are unknown, so none are counted: say what you hold, as in 'I hold 0.5 BTC'."
        )
    if account.budget is not None and account.budget > account.cash:
        notes.append(f"Your budget of {account.budget:,.2f} USDT is more than the {account.cash:,.2f} USDT of cash.")
    for symbol, quantity, entry in stated.holdings:
        bought = f" from {entry:f}" if entry is not None else ""
        notes.append(f"Understood: you hold {quantity:f} {symbol}{bought}.")
    return notes
