"""What follows a command (`/signal eth 4h`) as values by parameter name, in the order of the parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.spec import Command, Kind, Param
from signals.errors import UserError

_LIKE = {
    Kind.SYMBOL: re.compile(r"[A-Za-z][A-Za-z0-9]{1,14}([/-][A-Za-z0-9]{2,10})?"),
    Kind.TIMEFRAME: re.compile(r"[0-9]{1,3}[mhdwM]"),
    Kind.MONEY: re.compile(r"\$?[0-9][^%]*"),
    Kind.PERCENT: re.compile(r"[0-9].*"),
    Kind.WHOLE: re.compile(r"[0-9]+"),
}


def fit(command: Command, rest: str) -> dict[str, str]:
    """The values as typed; a last text parameter takes all that is left. UserError with the usage when they do not fit.

    An optional parameter is passed over when the word cannot be meant for it and can for a later one.
    """
    values: dict[str, str] = {}
    left = rest.strip()
    params = _typed(command)
    for i, param in enumerate(params):
        if not left:
            break
        later = params[i + 1 :]
        if param.kind is Kind.TEXT and not later:
            values[param.name], left = left, ""
            break
        word, _, after = _first_word(left)
        if not param.required and not _could_be(param, word) and any(_could_be(p, word) for p in later):
            continue
        values[param.name], left = word, after
    missing = [p.name for p in params if p.required and p.name not in values]
    if missing:
        raise UserError(f"{missing[0]} is missing.\n{usage(command)}")
    if left:
        raise UserError(f"{left[:40]!r} does not fit.\n{usage(command)}")
    return values


def usage(command: Command) -> str:
    """How the command is written, with its example."""
    line = " ".join((f"/{command.name}", *(_shown(p) for p in _typed(command))))
    example = f"\nFor example: {command.example}" if command.example else ""
    return f"Write: {line}{example}"


def _typed(command: Command) -> tuple[Param, ...]:
    return tuple(param for param in command.params if param.kind is not Kind.FILE)


def _shown(param: Param) -> str:
    name = "|".join(param.choices) if 0 < len(param.choices) <= 6 and param.kind is Kind.CHOICE else param.name
    return name if param.required else f"[{name}]"


def _first_word(text: str) -> Sequence[str]:
    found = re.match(r"(\S+)(\s*)(.*)", text, re.DOTALL)
    return found.groups() if found else ("", "", "")


def _could_be(param: Param, word: str) -> bool:
    if param.choices:
        return word.lower() in (choice.lower() for choice in param.choices)
    pattern = _LIKE.get(param.kind)
    return pattern is None or pattern.fullmatch(word) is not None
