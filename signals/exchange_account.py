"""What is read from a person's own account on an exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ExchangeKey:
    """A key that may read; never shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExchangeFill:
    """One fill of the person's own order on the exchange; `side` is buy or sell."""

    symbol: str
    fill_id: str
    side: str
    amount: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    at: datetime
