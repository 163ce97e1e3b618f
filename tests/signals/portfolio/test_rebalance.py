"""Proposals: toward the targets, in whole lots, above the smallest order, within the cash."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from signals.model import MarketRules
from signals.portfolio.rebalance import Held, Proposal, Wanted, propose

RULES = MarketRules(Decimal("0.01"), Decimal("0.001"), Decimal(10))
FEE = Decimal("0.001")


def held(quantity: str, price: str, cost: str = "0") -> Held:
    return Held(Decimal(quantity), Decimal(price), RULES, Decimal(cost))


def test_a_sale_pays_for_a_purchase() -> None:
    markets = {"BTC/USDT": held("0.5", "10000"), "ETH/USDT": held("0", "1000")}

    found = propose(markets, Wanted({"ETH/USDT": Decimal("0.4")}, Decimal(5000), Decimal(0)))

    sell, buy = found.orders
    assert (sell.symbol, sell.side, sell.quantity, sell.purpose) == (
        "BTC/USDT",
        "SELL",
        Decimal("0.5"),
        "sells all of it",
    )
    assert (buy.symbol, buy.side, buy.quantity, buy.fee) == ("ETH/USDT", "BUY", Decimal(2), Decimal(2))
    assert found.cash_after == 5000 - 5 - 2000 - 2


def test_what_is_within_the_band_stays() -> None:
    markets = {"BTC/USDT": held("0.2", "10000"), "ETH/USDT": held("1", "1000")}
    weights = {"BTC/USDT": Decimal("0.25"), "ETH/USDT": Decimal("0.16")}

    found = propose(markets, Wanted(weights, Decimal(10_000), Decimal(7000)))

    assert [order.symbol for order in found.orders] == ["ETH/USDT"]
    assert found.left_alone == {"BTC/USDT": "within the band"}


def test_a_short_is_bought_back_from_what_is_kept_for_it() -> None:
    markets = {"SOL/USDT": held("-10", "50", "600")}

    found = propose(markets, Wanted({}, Decimal(1700), Decimal(1000)))

    (order,) = found.orders
    assert (order.side, order.quantity, order.purpose) == ("BUY", Decimal(10), "closes the short")
    assert found.cash_after == 1000 + 1200 - 500 - Decimal("0.5")


def test_too_small_an_order_is_named_and_not_proposed() -> None:
    found = propose({"ETH/USDT": held("0", "1000")}, Wanted({"ETH/USDT": Decimal("0.5")}, Decimal(15), Decimal(15)))

    assert found.orders == ()
    assert found.left_alone == {"ETH/USDT": "below the smallest order of 10 USDT"}


@pytest.mark.parametrize("weights", [{"ETH/USDT": Decimal("1.01")}, {"ETH/USDT": Decimal("-0.1")}])
def test_weights_beyond_the_whole_are_refused(weights: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        propose({"ETH/USDT": held("0", "1000")}, Wanted(weights, Decimal(100), Decimal(100)))


def test_a_target_without_a_price_is_refused() -> None:
    with pytest.raises(KeyError):
        propose({}, Wanted({"ETH/USDT": Decimal("0.1")}, Decimal(100), Decimal(100)))


def replayed(found: Proposal, markets: dict[str, Held], cash: Decimal) -> tuple[Decimal, dict[str, Decimal]]:
    """Cash and quantities after the orders, one by one; the cash is never below zero on the way."""
    quantities = {symbol: one.quantity for symbol, one in markets.items()}
    for order in found.orders:
        sign = 1 if order.side == "BUY" else -1
        cash -= sign * order.quantity * order.price + order.quantity * order.price * FEE
        if quantities[order.symbol] < 0:
            cash += 2 * markets[order.symbol].cost * order.quantity / -markets[order.symbol].quantity
        quantities[order.symbol] += sign * order.quantity
        assert cash >= Decimal("-1E-15")
    return cash, quantities


def test_random_portfolios_come_to_their_targets_within_lots_and_cash() -> None:
    rng, moved = random.Random(3), 0
    symbols = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "ADA/USDT")
    for _ in range(1500):
        cash = Decimal(rng.randint(0, 20_000))
        markets: dict[str, Held] = {}
        equity = cash
        for symbol in symbols:
            price = Decimal(rng.randint(1, 3000)) / 10
            quantity = Decimal(rng.choice((0, 0, 1, 1, -1)) * rng.randint(1, 5000)) / 1000 * 10
            cost = -quantity * price if quantity < 0 else Decimal(0)
            markets[symbol] = Held(quantity, price, RULES, cost)
            equity += quantity * price + 2 * cost
        raw = [rng.random() for _ in symbols]
        weights = {s: Decimal(repr(round(x / sum(raw) * rng.random(), 4))) for s, x in zip(symbols, raw, strict=True)}
        if equity <= 0:
            continue
        found = propose(markets, Wanted(weights, equity, cash, FEE))

        after, quantities = replayed(found, markets, cash)
        assert after == pytest.approx(found.cash_after)
        moved += bool(found.orders)
        for order in found.orders:
            assert order.quantity % RULES.lot_step == 0
            assert order.value >= RULES.min_notional
        for symbol, one in markets.items():
            aim, before = weights[symbol], one.quantity * one.price / equity
            if symbol in found.left_alone and found.left_alone[symbol] == "within the band":
                assert abs(before - aim) <= Decimal("0.05")
                assert quantities[symbol] == one.quantity
            elif symbol not in found.left_alone and not found.scaled and one.quantity >= 0:
                off = abs(quantities[symbol] - aim * equity / one.price)
                assert off < RULES.lot_step
    assert moved > 1000
