"""Paper trades as the ledger has them, for tests that need some."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from signals.accounting import deposit
from signals.fills import BY_HAND, Booked, Step, TradePlan, closed_by, fill_of, opening
from signals.model import Trade
from storage.stores import Stores


def plan_for(trade: Trade, **changes: Any) -> TradePlan:
    """What is followed for a trade: on `replay`, without levels."""
    return replace(TradePlan(trade.trade_id, trade.owner, 0, "replay"), **changes)


def step_for(trade: Trade, **levels: Any) -> Step:
    """The trade's step from its opening on, and to its close where the trade says one; fees as the trade says."""
    fees = trade.fees_usd
    first = opening(replace(trade, fees_usd=Decimal(0)), plan_for(trade, **levels), Decimal(0))
    if trade.closed_at is None or trade.pnl_usd is None:
        return first
    gross = (trade.pnl_usd + fees) / trade.quantity
    price = trade.entry + (gross if trade.side == "LONG" else -gross)
    fill = fill_of(first.booked, BY_HAND, trade.closed_at, (trade.quantity, price), fees)
    last = closed_by(first.booked, (fill,))
    return replace(last, fills=(*first.fills, *last.fills), entries=(*first.entries, *last.entries))


async def book(stores: Stores, trade: Trade, *, balance: Decimal = Decimal(10_000), **levels: Any) -> Booked:
    """The trade in the ledger of its owner, whose account begins with `balance`."""
    first = deposit((f"opening:{trade.owner}", trade.owner), trade.opened_at, balance)
    (booked,) = await stores.book.open([step_for(trade, **levels)], [first])
    return booked
