"""How a paper trade is filled: what each fill does to the ledger, and what the trade is after its fills.

A fill has a level, which with the trade's id is its natural key: `open`, `target 1` .. `target n`, `stop`, `margin`,
`expiry`, or `close EVENT` by hand. Fees are a rate of the filled value, booked with the fill. There is no slippage: an
order fills at its level, or at the open of a bar that begins beyond it.

A long is paid in full. A short puts aside margin of its entry value, one for one, beside the proceeds of the sale;
buying back is paid from both. A short is bought back at twice its entry price at the latest (`margin`), where its
margin is spent. A loss that a gap makes beyond the account's cash is written off: nobody owes in a paper account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext

from signals.accounting import (
    CASH,
    DIGITS,
    FEES,
    MARGIN,
    MARKET,
    POSITION,
    PROCEEDS,
    REALISED,
    UNIT,
    ZERO,
    Entry,
    EntryKind,
    Posting,
    value_of,
)
from signals.ledger import Trade
from signals.universe import QUOTE, base_of

OPEN = "open"
STOP = "stop"
MARGIN_CALL = "margin"
EXPIRY = "expiry"
TARGET = "target"
BY_HAND = "close"
FEE_RATE = Decimal("0.001")
CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 12  # what a fill may be worth: sums of such amounts stay exact
_REASONS = {STOP: "stop_loss", MARGIN_CALL: "stop_loss", EXPIRY: "timeout", TARGET: "take_profit", BY_HAND: "manual"}


@dataclass(frozen=True, slots=True)
class TradePlan:
    """What is followed for a trade: its place (`exchange`), its number for the person (`#t12`), and its levels.

    `targets` nearest first; a part is closed at each, the rest at the last. With `break_even` the stop stands at the
    entry from the first target on. None or empty: nothing to follow. `followed_at`: bars closed until then were read.
    """

    trade_id: str
    owner: str
    number: int
    exchange: str
    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()
    expires_at: datetime | None = None
    break_even: bool = True
    fee_rate: Decimal = FEE_RATE
    followed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """A quantity that was filled. `cost` is the entry value of that quantity, `pnl` its result before the fee."""

    trade_id: str
    owner: str
    level: str
    at: datetime
    quantity: Decimal
    price: Decimal
    fee: Decimal
    cost: Decimal
    pnl: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        """True for the fill that opened the trade."""
        return self.level == OPEN


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about a trade, and when."""

    note_id: str
    trade_id: str
    owner: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Booked:
    """A trade with what is followed for it and its fills in the order in which they happened."""

    trade: Trade
    plan: TradePlan
    fills: tuple[Fill, ...]

    @property
    def left(self) -> Decimal:
        """The quantity that is still open."""
        return self.trade.quantity - sum((f.quantity for f in self.fills if not f.is_open), ZERO)

    @property
    def cost_left(self) -> Decimal:
        """The entry value of what is still open."""
        return sum((f.cost if f.is_open else -f.cost for f in self.fills), ZERO)

    @property
    def targets_hit(self) -> int:
        """How many targets of the ladder were filled."""
        return sum(f.level.startswith(TARGET) for f in self.fills)

    @property
    def stop(self) -> Decimal | None:
        """Where the stop stands now: as planned, or at the entry after the first target."""
        plan = self.plan
        moved = plan.break_even and self.targets_hit > 0 and plan.stop is not None
        return self.trade.entry if moved else plan.stop

    @property
    def risk_left(self) -> Decimal:
        """What the open quantity loses at its stop, before fees; all it cost where there is no stop."""
        if self.stop is None:
            return self.cost_left
        sign = 1 if self.trade.side == "LONG" else -1
        return max(value_of(self.left, self.trade.entry - self.stop) * sign, ZERO)


@dataclass(frozen=True, slots=True)
class Step:
    """What one thing that happened to a trade changes: the trade as it stands after it, new fills, their entries.

    `notes` come with a new trade only.
    """

    trade: Trade
    plan: TradePlan
    fills: tuple[Fill, ...]
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...] = ()

    @property
    def booked(self) -> Booked:
        """The trade after this step, for a step that begins with its opening."""
        return Booked(self.trade, self.plan, self.fills)


def at_time(booked: Booked, as_of: datetime) -> Booked:
    """The trade with the fills that had happened by then; its own figures are left as they are."""
    return replace(booked, fills=tuple(fill for fill in booked.fills if fill.at <= as_of))


def opening(trade: Trade, plan: TradePlan, fee: Decimal | None = None) -> Step:
    """Opens the trade in full at its entry price; `fee` where it is known, else the plan's rate.

    ValueError for a trade that is worth nothing, or more than `LARGEST`.
    """
    cost = _worth(trade.quantity, trade.entry, LARGEST)
    if cost <= 0:
        raise ValueError(f"{trade.quantity:f} at {trade.entry:f} is worth nothing")
    paid = value_of(cost, plan.fee_rate) if fee is None else fee
    fill = Fill(trade.trade_id, trade.owner, OPEN, trade.opened_at, trade.quantity, trade.entry, paid, cost)
    opened = replace(trade, size_usd=cost.quantize(CENT), exit=None, closed_at=None, pnl_usd=None)
    return Step(opened, plan, (fill,), (entry_of(opened, fill, EntryKind.OPEN),))


def closing(
    booked: Booked, level: str, at: datetime, order: tuple[Decimal, Decimal], fee: Decimal | None = None
) -> Step:
    """Closes (quantity, price) of what is open, at most all of it; ValueError for more, or for nothing."""
    fill = fill_of(booked, level, at, order, fee)
    return closed_by(booked, (fill,))


def fill_of(
    booked: Booked, level: str, at: datetime, order: tuple[Decimal, Decimal], fee: Decimal | None = None
) -> Fill:
    """The fill that closes (quantity, price) of what is open."""
    (quantity, price), left, trade = order, booked.left, booked.trade
    if not 0 < quantity <= left:
        raise ValueError(f"{quantity} of {left} cannot be closed")
    with localcontext(prec=DIGITS):
        cost = booked.cost_left if quantity == left else (booked.cost_left * quantity / left).quantize(UNIT)
    value = _worth(quantity, price, 1000 * LARGEST)
    pnl = value - cost if trade.side == "LONG" else cost - value
    paid = value_of(value, booked.plan.fee_rate) if fee is None else fee
    return Fill(trade.trade_id, trade.owner, level, at, quantity, price, paid, cost, pnl)


def _worth(quantity: Decimal, price: Decimal, most: Decimal) -> Decimal:
    value = value_of(quantity, price)
    if value > most:
        raise ValueError(f"{quantity:f} at {price:f} is worth {value:,.2f} USDT; the most is {most:,f}")
    return value


def closed_by(booked: Booked, fills: Sequence[Fill]) -> Step:
    """The step that these further fills make, in their order."""
    after, entries = booked, []
    for fill in fills:
        after = replace(after, fills=(*after.fills, fill))
        entries.append(entry_of(booked.trade, fill, EntryKind.PARTIAL if after.left else EntryKind.CLOSE))
    trade = booked.trade if after.left else _ended(after)
    return Step(trade, booked.plan, tuple(fills), tuple(entries))


def entry_of(trade: Trade, fill: Fill, kind: EntryKind) -> Entry:
    """The ledger's entry of a fill; its id is the trade's id and the level."""
    sign = 1 if trade.side == "LONG" else -1
    coins = fill.quantity * (sign if fill.is_open else -sign)
    money = _opened_money(fill, sign) if fill.is_open else _closed_money(fill, sign)
    position = POSITION + trade.symbol
    money[position] = fill.cost * (sign if fill.is_open else -sign)
    money[CASH] = money.get(CASH, ZERO) - fill.fee
    money[FEES] = fill.fee
    postings = [Posting(account, QUOTE, amount) for account, amount in money.items() if amount]
    base = base_of(trade.symbol)
    postings += [Posting(position, base, coins), Posting(MARKET, base, -coins)]
    key = f"{trade.trade_id}:{fill.level}"
    return Entry(key, trade.owner, fill.at, kind, tuple(postings), trade.trade_id)


def _opened_money(fill: Fill, sign: int) -> dict[str, Decimal]:
    if sign > 0:
        return {CASH: -fill.cost}
    return {CASH: -fill.cost, MARGIN: fill.cost, PROCEEDS: fill.cost}


def _closed_money(fill: Fill, sign: int) -> dict[str, Decimal]:
    if sign > 0:
        return {CASH: fill.cost + fill.pnl, REALISED: -fill.pnl}
    return {CASH: fill.cost + fill.pnl, MARGIN: -fill.cost, PROCEEDS: -fill.cost, REALISED: -fill.pnl}


def _ended(booked: Booked) -> Trade:
    trade, ends = booked.trade, [f for f in booked.fills if not f.is_open]
    fees = sum((f.fee for f in booked.fills), ZERO)
    pnl = sum((f.pnl for f in ends), ZERO) - fees
    last = ends[-1]
    with localcontext(prec=DIGITS):
        cost = sum((f.cost for f in ends), ZERO)
        mean = sum((f.quantity * f.price for f in ends), ZERO) / trade.quantity
    exit_price = last.price if all(f.price == last.price for f in ends) else mean.quantize(UNIT)
    return replace(
        trade,
        exit=exit_price,
        closed_at=last.at,
        pnl_usd=pnl,
        return_pct=round(float(100 * pnl / cost), 6) if cost else 0.0,
        fees_usd=fees,
        exit_reason=_REASONS[last.level.partition(" ")[0]],
    )
