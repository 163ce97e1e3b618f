"""What a person typed as an amount, a symbol or a timeframe, read strictly: one clear line when it is not one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from signals.errors import UserError

if TYPE_CHECKING:
    from signals.model import Timeframe

LARGEST = Decimal(10) ** 12
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,12})?", re.ASCII)
_SYMBOL = re.compile(r"[A-Z0-9]{2,15}/[A-Z0-9]{2,10}", re.ASCII)


def strict_decimal(text: str) -> Decimal:
    """The number in plain ASCII digits with at most one point; ValueError for signs, exponents, NaN."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValueError("must be a plain number such as 2000 or 0.5")
    return Decimal(text.strip())


def parse_amount(text: str, name: str) -> Decimal:
    """A sum of money above zero and at most a trillion; UserError names `name` and what it may be."""
    shown = text if len(text) <= 40 else text[:40] + "…"
    try:
        amount = strict_decimal(text)
    except ValueError as e:
        raise UserError(f"{name} {shown!r} is not an amount: write a plain number above 0, such as 2000") from e
    if not 0 < amount <= LARGEST:
        raise UserError(f"{name} {shown!r} is out of range: it must be above 0 and at most {LARGEST:,f}")
    return amount


def parse_symbol(text: str) -> str:
    """`ETH/USDT` from `ETH/USDT` or `eth/usdt`; ValueError when it is not a pair."""
    symbol = text.strip().upper()
    if not symbol.isascii() or not _SYMBOL.fullmatch(symbol):
        raise ValueError(f"{text[:40]!r} is not a pair such as ETH/USDT")
    return symbol


def watched_symbol(text: str, symbols: Sequence[str]) -> str:
    """The member of `symbols` that is meant by `ETH`, `eth/usdt` or `ETHUSDT`; UserError lists what is watched."""
    from signals.universe import names_of

    wanted = text.strip().upper()
    for symbol in symbols:
        for name in names_of(symbol):
            if wanted in (name, name.partition("/")[0], name.replace("/", "")):
                return symbol
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise UserError(f"{shown!r} is not a watched market; watched: {', '.join(symbols)}")


def parse_timeframe(text: str, timeframes: Sequence[Timeframe]) -> Timeframe:
    """The watched timeframe that is meant; UserError names those that are watched."""
    for timeframe in timeframes:
        if text.strip() == timeframe.value:
            return timeframe
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise UserError(f"{shown!r} is not a watched timeframe; watched: {', '.join(t.value for t in timeframes)}")
