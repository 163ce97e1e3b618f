"""Double entry for paper accounts: every event is an entry whose postings add up to zero in each unit.

Accounts of one person, and what their balance means (a positive amount is a debit):

- `cash` [USDT]: money that is free.
- `margin` [USDT]: money reserved for shorts, one for one at the entry price; there is no leverage.
- `proceeds` [USDT]: what short sales brought, held until they are bought back.
- `position:SYMBOL` [base]: coins held, below zero for a short; [USDT]: what they were bought for (a short: minus what
  they were sold for).
- `market` [base]: the other side of coins.
- `fees` [USDT]: fees paid. `realised` [USDT]: minus the results of closed quantities, before fees.
- `equity` [USDT]: minus what was put in and not taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Literal

from signals.universe import QUOTE, base_of

CASH, MARGIN, PROCEEDS, MARKET = "cash", "margin", "proceeds", "market"
FEES, REALISED, EQUITY = "fees", "realised", "equity"
POSITION = "position:"
ZERO = Decimal(0)
UNIT = Decimal("1E-8")  # the smallest amount of money that is booked
DIGITS = 60

Side = Literal["LONG", "SHORT"]
Style = Literal["atr", "confidence"]


class EntryKind(StrEnum):
    """What happened."""

    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    OPEN = "open"
    PARTIAL = "partial close"
    CLOSE = "close"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount in one unit (`USDT`, or the base asset of the position) on one account."""

    account: str
    unit: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a person. `entry_id` is its natural key: the same event has it again. `at`: when it happened.

    ValueError unless the postings of every unit add up to zero.
    """

    entry_id: str
    owner: str
    at: datetime
    kind: EntryKind
    postings: tuple[Posting, ...]
    trade_id: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        wrong = {unit: amount for unit, amount in sums(self.postings).items() if amount}
        if wrong or not self.postings:
            raise ValueError(f"entry {self.entry_id} does not balance: {wrong}")


Balances = Mapping[tuple[str, str], Decimal]  # by (account, unit); what is zero is left out


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """How a person wants to be sized; None: as the desk is set. `risk_pct` is a fraction of equity."""

    owner: str
    risk_pct: Decimal | None = None
    style: Style | None = None
    allow_short: bool | None = None


def sums(postings: Iterable[Posting]) -> dict[str, Decimal]:
    """The total of each unit."""
    found: dict[str, Decimal] = {}
    with localcontext(prec=DIGITS):
        for posting in postings:
            found[posting.unit] = found.get(posting.unit, ZERO) + posting.amount
    return found


def balances_of(entries: Iterable[Entry]) -> dict[tuple[str, str], Decimal]:
    """The balance of every account in every unit; those at zero are left out."""
    found: dict[tuple[str, str], Decimal] = {}
    with localcontext(prec=DIGITS):
        for entry in entries:
            for posting in entry.postings:
                key = (posting.account, posting.unit)
                found[key] = found.get(key, ZERO) + posting.amount
    return {key: amount for key, amount in found.items() if amount}


def money_in(balances: Balances, account: str) -> Decimal:
    """The balance of an account in USDT; zero when it has none."""
    return balances.get((account, QUOTE), ZERO)


def position_quantities(balances: Balances) -> dict[str, Decimal]:
    """Coins held by symbol; below zero for a short."""
    return {
        account.removeprefix(POSITION): amount
        for (account, unit), amount in balances.items()
        if account.startswith(POSITION) and unit == base_of(account.removeprefix(POSITION))
    }


def equity_at(balances: Balances, prices: Mapping[str, Decimal]) -> Decimal:
    """Cash, reserved margin and held proceeds plus every position at its price. KeyError for a missing price.

    For a long that is cash + quantity x price, for a short cash + margin + proceeds - quantity x price.
    """
    with localcontext(prec=DIGITS):
        money = sum((money_in(balances, account) for account in (CASH, MARGIN, PROCEEDS)), ZERO)
        return money + sum((q * prices[symbol] for symbol, q in position_quantities(balances).items()), ZERO)


def value_of(quantity: Decimal, price: Decimal) -> Decimal:
    """Quantity times price, rounded to the smallest amount of money that is booked."""
    with localcontext(prec=DIGITS):
        return (quantity * price).quantize(UNIT)


def deposit(key: tuple[str, str], at: datetime, amount: Decimal, note: str = "") -> Entry:
    """Money put in; `key` is (entry id, owner), `amount` above zero."""
    moves = (Posting(CASH, QUOTE, amount), Posting(EQUITY, QUOTE, -amount))
    return Entry(key[0], key[1], at, EntryKind.DEPOSIT, moves, note=note)


def withdraw(key: tuple[str, str], at: datetime, amount: Decimal, note: str = "") -> Entry:
    """Money taken out; whether there is enough is for the caller to know."""
    moves = (Posting(CASH, QUOTE, -amount), Posting(EQUITY, QUOTE, amount))
    return Entry(key[0], key[1], at, EntryKind.WITHDRAW, moves, note=note)


def adjustment(key: tuple[str, str], at: datetime, amount: Decimal, note: str) -> Entry:
    """Money that comes or goes (below zero) without being put in or taken out, for a reason that is said."""
    moves = (Posting(CASH, QUOTE, amount), Posting(EQUITY, QUOTE, -amount))
    return Entry(key[0], key[1], at, EntryKind.ADJUSTMENT, moves, note=note)


def lowest_cash(entries: Iterable[Entry]) -> Decimal:
    """The least the cash ever was, zero included, over entries in the order of time; same times count as one."""
    lowest = cash = ZERO
    at: datetime | None = None
    with localcontext(prec=DIGITS):
        for entry in entries:
            if at is not None and entry.at > at:
                lowest = min(lowest, cash)
            at = entry.at
            cash += sum((p.amount for p in entry.postings if p.account == CASH), ZERO)
    return min(lowest, cash)


def realised_of(entries: Sequence[Entry], trade_id: str) -> Decimal:
    """What a trade has brought so far according to the ledger, fees taken off."""
    mine = balances_of(entry for entry in entries if entry.trade_id == trade_id)
    return -money_in(mine, REALISED) - money_in(mine, FEES)
