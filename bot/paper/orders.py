"""What follows `/trade open|close|note`: read strictly, one clear line with the fix for what does not fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.amounts import parse_amount
from bot.paper.words import shown
from signals.errors import UserError

OPEN_USAGE = (
    "Write: /trade open SYMBOL SIDE QUANTITY [ENTRY] [STOP] [TARGET], as in "
    "/trade open ETH/USDT long 0.5 1550 1500 1650; - leaves one of the prices out"
)
CLOSE_USAGE = "Write: /trade close ID [QUANTITY|all] [PRICE], as in /trade close #t3 all"
NOTE_USAGE = "Write: /trade note ID TEXT, as in /trade note #t3 entered too early"
LONGEST_NOTE = 1000
FINEST = -8  # decimal places of a quantity
SMALLEST = Decimal("1E-8")
SIDES: dict[str, Literal["LONG", "SHORT"]] = {"long": "LONG", "buy": "LONG", "short": "SHORT", "sell": "SHORT"}
_ID = re.compile(r"#?t?([0-9]{1,9})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """`/trade open` as it was typed; prices that were left out are None."""

    symbol: str
    side: Literal["LONG", "SHORT"]
    quantity: Decimal
    entry: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """`/trade close` as it was typed; None: all of it, at the last close."""

    number: int
    quantity: Decimal | None = None
    price: Decimal | None = None


def open_order(text: str) -> OpenOrder:
    """The order; the symbol is as typed. UserError names what does not fit and how it is written."""
    words = text.split()
    if not 3 <= len(words) <= 6:
        raise UserError(OPEN_USAGE)
    side = SIDES.get(words[1].lower())
    if side is None:
        raise UserError(f"side {shown(words[1])} is not possible; possible: long, short. {OPEN_USAGE}")
    prices = [_price(word, name) for word, name in zip(words[3:], ("entry", "stop", "target"), strict=False)]
    return OpenOrder(words[0], side, quantity_of(words[2]), *prices)


def close_order(text: str) -> CloseOrder:
    """The order; UserError names what does not fit and how it is written."""
    words = text.split()
    if not 1 <= len(words) <= 3:
        raise UserError(CLOSE_USAGE)
    number = trade_number(words[0])
    quantity = None if len(words) < 2 or words[1].lower() in ("all", "-") else quantity_of(words[1])
    return CloseOrder(number, quantity, _price(words[2], "price") if len(words) > 2 else None)


def note_order(text: str) -> tuple[int, str]:
    """The trade's number and the words; UserError names what does not fit."""
    word, _, rest = text.strip().partition(" ")
    if not word or not rest.strip():
        raise UserError(NOTE_USAGE)
    words = " ".join(rest.split())
    if len(words) > LONGEST_NOTE:
        raise UserError(f"the note has {len(words):,} characters; write at most {LONGEST_NOTE:,}")
    return trade_number(word), words


def trade_number(text: str) -> int:
    """12 of `#t12`, `t12` or `12`."""
    found = _ID.fullmatch(text)
    if found is None:
        raise UserError(f"{shown(text)} is not the id of a trade such as #t3; /trade list shows yours")
    return int(found[1])


def quantity_of(text: str) -> Decimal:
    """A quantity of coins with at most eight decimals."""
    quantity = parse_amount(text, "quantity")
    exponent = quantity.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < FINEST:
        raise UserError(f"quantity {shown(text)} is finer than {SMALLEST:f}: write at most 8 decimals")
    return quantity


def _price(text: str, name: str) -> Decimal | None:
    return None if text == "-" else parse_amount(text, name)
