"""How a paper trade is filled: what each fill does to the ledger, and what the trade is after its fills.

A fill has a level, which with the trade's id is its natural key: `open`, `target 1` .. `target n`, `stop`, `expiry`, or
`close EVENT` by hand. Fees are a rate of the filled value, booked with the fill. There is no slippage: an order fills
at its level, or at the open of a bar that begins beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from signals.accounting import ZERO

OPEN = "open"
STOP = "stop"
EXPIRY = "expiry"
FEE_RATE = Decimal("0.001")


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
