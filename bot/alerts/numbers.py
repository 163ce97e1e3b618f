"""Numbers of alerts: plain digits, as people also write them for prices (`70,000`, `70k`, `$70000`)."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.amounts import LARGEST, strict_decimal
from bot.paper.words import shown
from signals.errors import UserError

NUMBER = r"\$?[0-9][0-9,]*(?:\.[0-9]+)?k?"
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)


def read_number(text: str) -> str:
    """Plain digits, `-` before them where it was written; UserError for anything that is not such a number."""
    sign = "-" if text.startswith("-") else ""
    digits = text[len(sign) :].removeprefix("$")
    thousand = digits.endswith("k")
    digits = digits.removesuffix("k")
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    try:
        value = strict_decimal(digits) * (1000 if thousand else 1)
    except ValueError as e:
        raise UserError(f"{shown(text)} is not a number: write plain digits, such as 70000 or 0.5") from e
    if value > LARGEST:
        raise UserError(f"{shown(text)} is out of range: at most {LARGEST:,f}")
    return f"{sign if value else ''}{value.normalize():f}"


def percent_of(text: str, most: int) -> str:
    """A percentage above 0; UserError names the bounds."""
    digits = read_number(text)
    if not 0 < Decimal(digits) <= most:
        raise UserError(f"{shown(text)} % is out of range: above 0 and at most {most}")
    return digits
