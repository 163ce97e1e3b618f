"""What an account was worth at past moments, from its ledger and the closes that were known at each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from signals.accounting import (
    CASH,
    EQUITY,
    UNIT,
    Entry,
    EntryKind,
    balances_of,
    equity_at,
    money_in,
    position_quantities,
)
from signals.clock import to_ms
from signals.model import FloatArray, IntArray
from signals.portfolio.performance import EquityPoint

OLDEST_PRICE = timedelta(days=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closes:
    """Closing prices of a market and when each was known (epoch ms), ascending."""

    known_ms: IntArray
    close: FloatArray

    def at(self, moment: datetime) -> Decimal | None:
        """The newest close known by then; None without one, or with none of the day before."""
        ms = to_ms(moment)
        i = int(np.searchsorted(self.known_ms, ms, side="right")) - 1
        if i < 0 or ms - int(self.known_ms[i]) > OLDEST_PRICE // timedelta(milliseconds=1):
            return None
        return Decimal(repr(float(self.close[i])))


@dataclass(frozen=True, slots=True)
class Counted:
    """A point of the curve and how many entries the ledger had by then."""

    point: EquityPoint
    entries: int


def equity_points(
    entries: Sequence[Entry], closes: Mapping[str, Closes], times: Sequence[datetime]
) -> tuple[Counted, ...]:
    """The account at each of the ascending `times` that is not before its first entry; `entries` in order of time.

    A moment at which something was held that had no price is left out: it is not known what the account was worth.
    """
    found: list[Counted] = []
    done, balances, put_in = 0, dict[tuple[str, str], Decimal](), Decimal(0)
    for moment in times:
        until = done
        while until < len(entries) and entries[until].at <= moment:
            until += 1
        new = balances_of(entries[done:until])
        balances = {key: balances.get(key, Decimal(0)) + new.get(key, Decimal(0)) for key in {*balances, *new}}
        put_in, done = -money_in(balances, EQUITY), until
        held = position_quantities({key: amount for key, amount in balances.items() if amount})
        prices = {symbol: closes[symbol].at(moment) if symbol in closes else None for symbol in held}
        known = {symbol: price for symbol, price in prices.items() if price is not None}
        if done and len(known) == len(prices):
            equity = equity_at({k: v for k, v in balances.items() if v}, known).quantize(UNIT)
            found.append(Counted(EquityPoint(moment, equity, put_in, money_in(balances, CASH)), done))
    return tuple(found)


def beginning(entries: Sequence[Entry]) -> EquityPoint | None:
    """The account with the money it began with, before anything else; None where it began otherwise."""
    first = [e for e in entries if e.at == entries[0].at and e.kind is EntryKind.DEPOSIT]
    amount = -money_in(balances_of(first), EQUITY)
    return EquityPoint(first[0].at, amount, amount, amount) if first else None


def midnights(since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Every midnight UTC after `since` and not after `until`."""
    first = datetime.combine(since.astimezone(UTC).date(), time(), UTC) + DAY
    return tuple(first + i * DAY for i in range(max(0, (until - first) // DAY + 1)))
