"""What was typed for a parameter, read strictly: the canonical text, or one line that names what is possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from bot.amounts import parse_amount, parse_timeframe, strict_decimal, watched_symbol
from bot.commands.spec import Kind, Param
from bot.wording import clean
from signals.errors import UserError
from signals.model import Timeframe

LONGEST_TEXT = 20_000  # a question has its own, shorter bound
LONGEST_VALUE = 200
PLATFORMS = ("discord", "telegram", "terminal")
_USER = re.compile(r"(?:(discord|telegram):)?(?:<@!?)?([0-9]{1,20})>?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


class Reader:
    """Reads values against what is watched at the moment."""

    def __init__(self, symbols: Callable[[], Sequence[str]], timeframes: Sequence[Timeframe]) -> None:
        self._symbols = symbols
        self._timeframes = tuple(timeframes)

    def read(self, params: Sequence[Param], given: Mapping[str, str], platform: str) -> dict[str, str]:
        """Canonical values by name; blanks count as left out. UserError for a bad, missing or unknown one."""
        known = {param.name: param for param in params}
        unknown = [name for name in given if name not in known]
        if unknown:
            possible = f"possible: {', '.join(known)}" if known else "this command takes none"
            raise UserError(f"{_shown(unknown[0])} is not a parameter; {possible}")
        read: dict[str, str] = {}
        for param in params:
            text = given.get(param.name, "")
            if text.strip():
                read[param.name] = self._one(param, text, platform)
            elif param.required:
                raise UserError(f"{param.name} is missing: {param.description}")
        return read

    def _one(self, param: Param, text: str, platform: str) -> str:
        if param.kind is Kind.TEXT:
            return _text(param, text)
        if param.kind is Kind.FILE:
            raise UserError(f"{param.name} takes an attached file, not text")
        if len(text) > LONGEST_VALUE:
            raise UserError(f"{param.name} is too long")
        if param.kind is Kind.SYMBOL:
            return watched_symbol(clean(text), self._symbols())
        if param.kind is Kind.TIMEFRAME:
            return parse_timeframe(clean(text), self._timeframes).value
        return _PARSERS[param.kind](param, text.strip(), platform)


def _text(param: Param, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise UserError(f"{param.name} is longer than {LONGEST_TEXT:,} characters; write it more briefly")
    cleaned = clean(text).strip()
    if not cleaned:
        raise UserError(f"{param.name} holds nothing that can be read: {param.description}")
    return cleaned


def _money(param: Param, text: str, _platform: str) -> str:
    return f"{parse_amount(text.removeprefix('$').strip(), param.name):f}"


def _percent(param: Param, text: str, _platform: str) -> str:
    try:
        value = strict_decimal(text.removesuffix("%").strip())
    except ValueError as e:
        raise UserError(f"{param.name} {_shown(text)} is not a percentage: write a number from 0 to 100") from e
    if value > Decimal(100):
        raise UserError(f"{param.name} {_shown(text)} is out of range: write a number from 0 to 100")
    return f"{value:f}"


def _whole(param: Param, text: str, _platform: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise UserError(f"{param.name} {_shown(text)} is not a whole number such as 20")
    return str(int(text))


def _choice(param: Param, text: str, _platform: str) -> str:
    for choice in param.choices:
        if text.lower() == choice.lower():
            return choice
    raise UserError(f"{param.name} {_shown(text)} is not possible; possible: {', '.join(param.choices)}")


def _user(param: Param, text: str, platform: str) -> str:
    found = _USER.fullmatch(text)
    place = (found[1] or platform) if found else ""
    if found is None or place not in PLATFORMS[:2]:
        raise UserError(
            f"{param.name} {_shown(text)} is not an account: write its number, such as 123456 or discord:123456"
        )
    return f"{place}:{int(found[2])}"


_PARSERS: Mapping[Kind, Callable[[Param, str, str], str]] = {
    Kind.MONEY: _money,
    Kind.PERCENT: _percent,
    Kind.WHOLE: _whole,
    Kind.CHOICE: _choice,
    Kind.USER: _user,
}


def _shown(text: str) -> str:
    cleaned = clean(text).replace("\n", " ")
    return repr(cleaned if len(cleaned) <= 40 else cleaned[:40] + "…")
