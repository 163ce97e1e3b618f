"""The orders that would bring holdings to target weights: whole lots, worth their fee, and never more than the cash.

Only a market whose share is further from its target than the band is moved, and then all the way. Sales come first and
shorts are bought back; purchases share what cash there is. Nothing here executes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from signals.accounting import ZERO
from signals.model import FloatArray, MarketRules

BAND = Decimal("0.05")
Weigh = Callable[[Mapping[str, FloatArray]], Mapping[str, Decimal]]  # daily closes by symbol to shares of the money


@dataclass(frozen=True, slots=True)
class Held:
    """A market as it stands: net quantity (short: below zero), price, and its rules. `cost` of a short: what its sale
    brought, above zero; as much again is reserved for it.
    """

    quantity: Decimal
    price: Decimal
    market: MarketRules
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be reached: shares of equity by symbol, with equity and free cash; rates and the band as fractions."""

    weights: Mapping[str, Decimal]
    equity: Decimal
    cash: Decimal
    fee_rate: Decimal = Decimal("0.001")
    band: Decimal = BAND


@dataclass(frozen=True, slots=True)
class Order:
    """A proposed order at the last price. `purpose` says what it does where that is not plain."""

    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Orders in the order in which they would have to be given; why other markets get none; the cash at the end."""

    orders: tuple[Order, ...]
    left_alone: Mapping[str, str]
    cash_after: Decimal
    scaled: bool = False

    @property
    def fees(self) -> Decimal:
        """All fees together."""
        return sum((order.fee for order in self.orders), ZERO)

    @property
    def turnover(self) -> Decimal:
        """The value of all orders."""
        return sum((order.value for order in self.orders), ZERO)


def propose(held: Mapping[str, Held], wanted: Wanted) -> Proposal:
    """Orders for every market in `held` (with quantity 0 where nothing is held); one without a weight has target 0.

    `equity` must be above zero. ValueError for weights below 0 or above 1 in all, KeyError for one not in `held`.
    """
    total = sum(wanted.weights.values(), ZERO)
    if total > 1 or any(weight < 0 for weight in wanted.weights.values()):
        raise ValueError(f"weights from 0 to 1 in all are needed, not {total}")
    missing = [symbol for symbol in wanted.weights if symbol not in held]
    if missing:
        raise KeyError(missing[0])
    cash, alone = wanted.cash, dict[str, str]()
    first: list[Order] = []
    buys: list[Order] = []
    for symbol, one in held.items():
        gap = wanted.weights.get(symbol, ZERO) - one.quantity * one.price / wanted.equity
        if abs(gap) <= wanted.band:
            alone[symbol] = "within the band"
            continue
        steps, reason = _steps(symbol, one, wanted)
        if reason:
            alone[symbol] = reason
        for order in steps:
            if order.side == "SELL" or order.purpose:
                cash += _cash_of(order, one)
                first.append(order)
            else:
                buys.append(order)
    bought = _within(buys, max(cash, ZERO), held, wanted.fee_rate)
    for order in buys:
        if all(order.symbol != kept.symbol for kept in bought):
            alone[order.symbol] = "too little cash for the smallest order"
    cash -= sum((order.value + order.fee for order in bought), ZERO)
    return Proposal((*first, *bought), alone, cash, scaled=bought != tuple(buys))


def _steps(symbol: str, one: Held, wanted: Wanted) -> tuple[list[Order], str]:
    target = wanted.weights.get(symbol, ZERO) * wanted.equity / one.price
    orders: list[Order | None] = []
    if one.quantity < 0:
        orders.append(_order((symbol, "BUY"), -one.quantity, one, (wanted.fee_rate, "closes the short")))
        if orders[0] is not None:
            orders.append(_order((symbol, "BUY"), target, one, (wanted.fee_rate, "")))
    elif target < one.quantity:
        purpose = "sells all of it" if target == 0 else ""
        orders.append(_order((symbol, "SELL"), one.quantity - target, one, (wanted.fee_rate, purpose)))
    else:
        orders.append(_order((symbol, "BUY"), target - one.quantity, one, (wanted.fee_rate, "")))
    found = [order for order in orders if order is not None]
    least = one.market.min_notional.normalize()
    return found, "" if found else f"below the smallest order of {least:f} USDT"


def _order(
    what: tuple[str, Literal["BUY", "SELL"]], quantity: Decimal, one: Held, cost: tuple[Decimal, str]
) -> Order | None:
    lots = (quantity / one.market.lot_step).quantize(Decimal(1), ROUND_FLOOR) * one.market.lot_step
    value = lots * one.price
    if lots <= 0 or value < one.market.min_notional:
        return None
    return Order(*what, lots, one.price, value, value * cost[0], cost[1])


def _cash_of(order: Order, one: Held) -> Decimal:
    if order.side == "SELL":
        return order.value - order.fee
    share = order.quantity / -one.quantity  # a short: what it is bought back for comes out of what is kept for it
    return 2 * one.cost * share - order.value - order.fee


def _within(buys: list[Order], cash: Decimal, held: Mapping[str, Held], fee_rate: Decimal) -> tuple[Order, ...]:
    need = sum((order.value + order.fee for order in buys), ZERO)
    if need <= cash:
        return tuple(buys)
    smaller = []
    for order in buys:
        cut = _order((order.symbol, "BUY"), order.quantity * cash / need, held[order.symbol], (fee_rate, ""))
        if cut is not None:
            smaller.append(replace(cut, purpose=order.purpose))
    return tuple(smaller)
