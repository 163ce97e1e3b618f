"""A person's paper account at a moment, read from the ledger: money, what is open, what it is worth, today's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal

from signals.accounting import CASH, FEES, REALISED, ZERO, Balances, Entry, balances_of, equity_at, money_in
from signals.clock import to_ms
from signals.fills import Booked, at_time
from signals.model import Series
from signals.universe import names_of
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest known price of a market; `at` None: none is known, and it is what the coins cost."""

    price: Decimal
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PaperMoney:
    """The account at a time. `open` are the trades that were open then, newest first, with the fills until then.

    `began` False: nothing was ever booked, and the account is what everybody begins with. `result_today` is what was
    realised since midnight UTC, fees taken off; below zero for a loss.
    """

    balances: Balances
    open: tuple[Booked, ...]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    result_today: Decimal = ZERO
    began: bool = False

    @property
    def cash(self) -> Decimal:
        """What is free."""
        return money_in(self.balances, CASH)

    @property
    def equity(self) -> Decimal:
        """Cash, margin and proceeds plus every position at its mark."""
        return equity_at(self.balances, {symbol: mark.price for symbol, mark in self.marks.items()})

    def value(self, booked: Booked) -> Decimal:
        """What the open quantity of a trade is worth at its mark; above zero for a short, too."""
        return booked.left * self.marks[booked.trade.symbol].price

    def profit(self, booked: Booked) -> Decimal:
        """The unrealised result of the open quantity, before fees."""
        gain = self.value(booked) - booked.cost_left
        return gain if booked.trade.side == "LONG" else -gain


async def paper_money(stores: Stores, owner: str, now: datetime, beginning: Decimal) -> PaperMoney:
    """The person's account as it was known at `now`; `beginning` is what an account without any entry holds."""
    entries = await stores.ledger.entries(owner, now)
    if not entries:
        return PaperMoney({(CASH, "USDT"): beginning}, ())
    booked = [at_time(b, now) for b in await stores.book.of_owner(owner) if b.trade.opened_at <= now]
    still = tuple(b for b in booked if b.left)
    marks = await marks_of(stores, still, now)
    return PaperMoney(balances_of(entries), still, marks, _today(entries, now), began=True)


async def marks_of(stores: Stores, open_trades: Sequence[Booked], now: datetime) -> dict[str, Mark]:
    """The mark of each symbol: the newest bar closed by `now` of the series that its newest trade is followed on."""
    marks: dict[str, Mark] = {}
    for booked in open_trades:
        symbol = booked.trade.symbol
        if symbol not in marks:
            marks[symbol] = await mark_of(stores, booked, now)
    return marks


async def mark_of(stores: Stores, booked: Booked, now: datetime) -> Mark:
    """The newest close that is known at `now` on the trade's exchange, or on any other where it has none."""
    trade = booked.trade
    states = await stores.series.all() if not booked.plan.exchange else ()
    places = [booked.plan.exchange] if booked.plan.exchange else list(dict.fromkeys(s.exchange for s in states))
    wanted = [Series(place, name, trade.timeframe) for place in places for name in names_of(trade.symbol)]
    found = [bars for bars in await stores.candles.newest_many(wanted, 1, until_ms=to_ms(now)) if len(bars)]
    if not found:
        return Mark(trade.entry, None)
    newest = max(found, key=lambda bars: int(bars.open_ms[-1]))
    return Mark(Decimal(repr(float(newest.close[-1]))), newest.closed_at())


def _today(entries: Sequence[Entry], now: datetime) -> Decimal:
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    today = balances_of(entry for entry in entries if entry.at >= midnight)
    return -money_in(today, REALISED) - money_in(today, FEES)
