"""What is known of a person's money when a position is sized: stated, recorded, or the paper default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from rag.paper import PaperMoney, paper_money
from signals.accounting import Style
from signals.clock import to_ms
from signals.model import Account, Series, SizeRules, Timeframe
from signals.universe import bucket_of, names_of
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
    Open trades count towards their market and bucket at their mark, and put at risk what they lose at their stops (all
    of it without one). Holdings stated in the question count towards market and bucket at the asked price, the newest
    stored close, or what they were bought for; one without any of them is named as not counted.
    The person's own choices of risk and shorts go before the desk's.
    """
    symbol, _, now = at
    chosen = await stores.accounts.get(owner)
    paper = await paper_money(stores, owner, now, rules.balance)
    size_rules = rules.size_rules if chosen.risk_pct is None else replace(rules.size_rules, risk_pct=chosen.risk_pct)
    tied = sum((b.cost_left for b in paper.open), Decimal(0))
    worth = await _worth(stores, stated.holdings, at)
    own = stated.balance is None
    account = Account(
        equity=paper.equity if stated.balance is None else stated.balance,
        cash=max(paper.cash if stated.balance is None else stated.balance - tied, Decimal(0)),
        budget=stated.budget,
        open_risk=sum((b.risk_left for b in paper.open), Decimal(0)),
        bucket_exposure=_value(paper, worth, bucket_of(symbol), bucket_of),
        position_exposure=_value(paper, worth, names_of(symbol)[0], lambda held: names_of(held)[0]),
        loss_today=max(-paper.result_today, Decimal(0)),
        allow_short=rules.allow_short if chosen.allow_short is None else chosen.allow_short,
        holdings_known=own or bool(stated.holdings),
    )
    return KnownAccount(account, tuple(_notes(account, stated, paper, worth)), size_rules, chosen.style)


async def _worth(
    stores: Stores, holdings: Sequence[Holding], at: tuple[str, float, datetime]
) -> dict[str, Decimal | None]:
    """What each stated holding is worth; None where nothing says."""
    symbol, price, now = at
    worth: dict[str, Decimal | None] = {}
    for held, quantity, entry in holdings:
        each = Decimal(repr(price)) if held == symbol else await _last_close(stores, held, now) or entry
        worth[held] = None if each is None else quantity * each
    return worth


async def _last_close(stores: Stores, symbol: str, now: datetime) -> Decimal | None:
    states = await stores.series.all()
    mine = (s for s in states if s.symbol in names_of(symbol))
    wanted = [Series(s.exchange, s.symbol, Timeframe(s.timeframe)) for s in mine]
    found = [bars for bars in await stores.candles.newest_many(wanted, 1, until_ms=to_ms(now)) if len(bars)]
    newest = max(found, key=lambda bars: bars.closed_at(), default=None)
    return None if newest is None else Decimal(repr(float(newest.close[-1])))


def _value(
    paper: PaperMoney, worth: Mapping[str, Decimal | None], group: str, group_of: Callable[[str], str]
) -> Decimal:
    """Gross value of open trades and stated holdings of one group of symbols."""
    trades = (paper.value(b) for b in paper.open if group_of(b.trade.symbol) == group)
    stated = (value for symbol, value in worth.items() if value is not None and group_of(symbol) == group)
    return sum((*trades, *stated), Decimal(0))


def _notes(account: Account, stated: Stated, paper: PaperMoney, worth: Mapping[str, Decimal | None]) -> list[str]:
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
        value = worth.get(symbol)
        counted = (
            f" It counts as {value:,.2f} USDT towards its market and bucket."
            if value is not None
            else " No price of it is known, so it is not counted: say what you bought it for."
        )
        notes.append(f"Understood: you hold {quantity:f} {symbol}{bought}.{counted}")
    return notes
