"""What is known of a person's money when a position is sized: stated, recorded, or the paper default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from signals.model import Account, SizeRules, Trade
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
    """The account to size from, and what the reader must be told about it."""

    account: Account
    notes: tuple[str, ...]


async def known_account(
    stores: Stores, rules: AccountRules, owner: str, stated: Stated, at: tuple[str, float, datetime]
) -> KnownAccount:
    """The account for a position in `at`, which is (symbol, price, now): equity, cash, exposure and open risk.

    Open paper trades of the owner tie up cash at their order value, count towards their bucket, and put one trade's
    risk at stake each. Holdings stated in the question count towards the bucket at the asked price or their own entry.
    """
    symbol, price, now = at
    balance = stated.balance if stated.balance is not None else rules.balance
    trades = await stores.trades.of_owner(owner, now, limit=500)
    open_trades = [t for t in trades if t.closed_at is None]
    tied = sum((t.size_usd for t in open_trades), Decimal(0))
    held = _held_value(stated.holdings, symbol, price)
    account = Account(
        equity=balance,
        cash=max(balance - tied, Decimal(0)),
        budget=stated.budget,
        open_risk=balance * rules.size_rules.risk_pct * len(open_trades),
        bucket_exposure=_bucket_value(open_trades, symbol) + held,
        loss_today=_loss_today(trades, now),
        allow_short=rules.allow_short,
        holdings_known=stated.balance is None or bool(stated.holdings),
    )
    return KnownAccount(account, tuple(_notes(account, stated, len(open_trades))))


def _held_value(holdings: Sequence[Holding], symbol: str, price: float) -> Decimal:
    value = Decimal(0)
    for held, quantity, entry in holdings:
        if bucket_of(held) == bucket_of(symbol):
            value += quantity * (Decimal(repr(price)) if held == symbol else entry or Decimal(0))
    return value


def _bucket_value(open_trades: Sequence[Trade], symbol: str) -> Decimal:
    return sum((t.size_usd for t in open_trades if bucket_of(t.symbol) == bucket_of(symbol)), Decimal(0))


def _loss_today(trades: Sequence[Trade], now: datetime) -> Decimal:
    today = [t for t in trades if t.closed_at is not None and t.closed_at.date() == now.date()]
    result = sum((t.pnl_usd or Decimal(0) for t in today), Decimal(0))
    return max(-result, Decimal(0))


def _notes(account: Account, stated: Stated, open_trades: int) -> list[str]:
    notes = []
    if stated.balance is None:
        notes.append(
            f"Sized from the paper account of {account.equity:,.2f} USDT; state your own balance to change that."
        )
    if open_trades:
        notes.append(f"{open_trades} open paper trade(s) are counted in cash, bucket and open risk.")
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
