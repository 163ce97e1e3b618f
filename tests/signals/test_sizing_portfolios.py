"""Sizes for random portfolios: no bound is ever exceeded, and the bound that is named is the one that an independent
computation with fractions finds. `RANDOM_SIZES=100000` runs them all.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

from signals.model import Account, MarketRules, SizeRules
from signals.sizing import SizeInput, size_position
from tests.builders import a_plan

CASES = int(os.environ.get("RANDOM_SIZES", "4000"))
FEE = Fraction(1, 1000)
ROUNDED = Fraction(1, 10**20)  # what the 28 digits of a decimal may be off by, as a share


def amount(rng: random.Random, low: float, high: float) -> Decimal:
    return Decimal(repr(round(low * (high / low) ** rng.random(), 8)))


def case(rng: random.Random) -> tuple[SizeInput, Account, SizeRules]:
    price = float(amount(rng, 0.01, 90_000))
    side = rng.choice((1, -1))
    stop = price * (1 - side * rng.choice((0.001, 0.01, 0.05, 0.2)) * rng.uniform(0.5, 1.5))
    plan = a_plan(direction=side, entries=(price,), stop=stop, targets=(price * (1 + side * 0.1),))
    market = MarketRules(
        Decimal("0.01"),
        rng.choice((Decimal("0.00001"), Decimal("0.01"), Decimal(1))),
        Decimal(rng.choice((5, 10, 100))),
    )
    equity = amount(rng, 50, 5_000_000)
    share = lambda most: equity * Decimal(repr(round(rng.random() * most, 6)))  # noqa: E731 - one line of draws
    busy = rng.random() < 0.7
    own = share(0.3) if busy else Decimal(0)
    account = Account(
        equity=equity,
        cash=share(1.2),
        budget=share(0.8) if rng.random() < 0.3 else None,
        open_risk=share(0.08) if busy else Decimal(0),
        bucket_exposure=own + (share(0.4) if busy else Decimal(0)),
        loss_today=share(0.06) if rng.random() < 0.3 else Decimal(0),
        allow_short=rng.random() < 0.8,
        position_exposure=own,
    )
    rules = SizeRules(risk_pct=Decimal(rng.choice(("0.005", "0.01", "0.02", "0.05"))))
    return SizeInput(plan, market, Decimal(rng.choice(("0.5", "1", "1.2")))), account, rules


def refused(wanted: SizeInput, account: Account, rules: SizeRules) -> str:
    if wanted.plan.direction < 0 and not account.allow_short:
        return "no shorts"
    if Fraction(account.loss_today) >= Fraction(account.equity) * Fraction(rules.daily_loss_pct):
        return "daily loss limit"
    return ""


def bounds(wanted: SizeInput, account: Account, rules: SizeRules) -> dict[str, Fraction]:
    """The most coins by each bound, without a decimal's rounding."""
    entry = Fraction(Decimal(repr(wanted.plan.entries[0])))
    distance = abs(entry - Fraction(Decimal(repr(wanted.plan.stop))))
    equity = Fraction(account.equity)
    most = {
        "risk per trade": equity * Fraction(rules.risk_pct) * Fraction(wanted.scale) / distance,
        "available cash": Fraction(account.cash) / (entry * (1 + FEE)),
        "largest position": (equity / 4 - Fraction(account.position_exposure)) / entry,
        "bucket": (equity / 2 - Fraction(account.bucket_exposure)) / entry,
        "total open risk": (equity * Fraction(6, 100) - Fraction(account.open_risk)) / distance,
    }
    if account.budget is not None:
        most["budget"] = Fraction(account.budget) / (entry * (1 + FEE))
    return {name: max(found, Fraction(0)) for name, found in most.items()}


def test_no_bound_is_exceeded_and_the_one_that_bound_is_named() -> None:
    rng, named = random.Random(7), Counter[str]()
    for _ in range(CASES):
        wanted, account, rules = case(rng)

        size = size_position(wanted, account, rules)

        named[size.bound_by] += 1
        refusal = refused(wanted, account, rules)
        if refusal:
            assert (size.quantity, size.bound_by) == (0, refusal)
            continue
        most = bounds(wanted, account, rules)
        least = min(most.values())
        lot, entry = Fraction(wanted.market.lot_step), Fraction(Decimal(repr(wanted.plan.entries[0])))
        fits = least // lot * lot
        if size.bound_by == "minimum order":
            assert size.quantity == 0
            assert fits * entry < Fraction(wanted.market.min_notional) or fits == 0
            assert "allows" in size.note
            continue
        quantity = Fraction(size.quantity)
        assert all(quantity <= found for found in most.values())
        assert least - quantity < lot
        assert quantity * entry >= Fraction(wanted.market.min_notional)
        assert most[size.bound_by] <= least * (1 + ROUNDED)

    expected = {"risk per trade", "available cash", "largest position", "bucket", "total open risk", "budget"}
    assert expected | {"minimum order", "daily loss limit", "no shorts"} == set(named)
