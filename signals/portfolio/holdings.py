"""What is held, what it is worth at the last closed candles, and how much of it hangs on one market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from signals.accounting import ZERO
from signals.fills import Booked
from signals.universe import bucket_of

BUCKETS = ("majors", "others")


@dataclass(frozen=True, slots=True)
class Price:
    """The last close of a market and when it was known; `stale`: bars that should have followed it are missing."""

    value: Decimal
    at: datetime
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """The net position in a market: below zero for a short. `cost` has the same sign; `price` None: none is known."""

    symbol: str
    quantity: Decimal
    cost: Decimal
    price: Price | None = None

    @property
    def value(self) -> Decimal | None:
        """Quantity times price, below zero for a short; None without a price."""
        return None if self.price is None else self.quantity * self.price.value

    @property
    def profit(self) -> Decimal | None:
        """The unrealised result before fees; None without a price."""
        return None if self.value is None else self.value - self.cost


@dataclass(frozen=True, slots=True)
class Concentration:
    """Shares of equity by symbol (short: below zero), largest first. `gross` and `net` are shares of equity, too.

    `hhi` is the sum of squared shares of the gross value (Herfindahl-Hirschman): 1 when all is in one market, 0 with
    nothing held. `buckets` are gross shares of equity. `unpriced` could not be counted.
    """

    weights: Mapping[str, Decimal] = field(default_factory=dict)
    buckets: Mapping[str, Decimal] = field(default_factory=dict)
    gross: Decimal = ZERO
    net: Decimal = ZERO
    hhi: Decimal = ZERO
    unpriced: tuple[str, ...] = ()

    @property
    def largest(self) -> tuple[str, Decimal] | None:
        """The market with the most in it and its share of equity; None with nothing held."""
        return next(iter(self.weights.items()), None)


def holdings_of(open_trades: Sequence[Booked], prices: Mapping[str, Price]) -> tuple[Holding, ...]:
    """Net positions of the open quantities by symbol, in the order of symbols; what cancels out is left out."""
    quantities: dict[str, Decimal] = {}
    costs: dict[str, Decimal] = {}
    for booked in open_trades:
        sign = 1 if booked.trade.side == "LONG" else -1
        symbol = booked.trade.symbol
        quantities[symbol] = quantities.get(symbol, ZERO) + sign * booked.left
        costs[symbol] = costs.get(symbol, ZERO) + sign * booked.cost_left
    return tuple(
        Holding(symbol, quantities[symbol], costs[symbol], prices.get(symbol))
        for symbol in sorted(quantities)
        if quantities[symbol]
    )


def concentration(holdings: Sequence[Holding], equity: Decimal) -> Concentration:
    """How the value of holdings is spread; shares are of `equity`, which must be above zero to have any."""
    unpriced = tuple(h.symbol for h in holdings if h.value is None)
    values = {h.symbol: h.value for h in holdings if h.value is not None}
    gross = sum((abs(value) for value in values.values()), ZERO)
    if equity <= 0 or gross == 0:
        return Concentration(unpriced=unpriced)
    ordered = sorted(values.items(), key=lambda item: (-abs(item[1]), item[0]))
    buckets = {
        bucket: sum((abs(v) for s, v in values.items() if bucket_of(s) == bucket), ZERO) / equity for bucket in BUCKETS
    }
    return Concentration(
        weights={symbol: value / equity for symbol, value in ordered},
        buckets=buckets,
        gross=gross / equity,
        net=sum(values.values(), ZERO) / equity,
        hhi=sum(((abs(value) / gross) ** 2 for value in values.values()), ZERO),
        unpriced=unpriced,
    )
