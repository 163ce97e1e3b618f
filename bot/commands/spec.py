"""What a command is, before any platform: the same list makes Discord's slash commands, Telegram's menu and the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.commands.caller import Caller
from bot.reply import Reply
from bot.roles import Role


class Kind(StrEnum):
    """What a parameter's text means; `bot.commands.values` parses each strictly."""

    TEXT = "text"
    SYMBOL = "symbol"
    TIMEFRAME = "timeframe"
    MONEY = "money"
    PERCENT = "percent"
    WHOLE = "whole"
    CHOICE = "choice"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; required ones come first. `choices` for Kind.CHOICE (at most 25)."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()


Say = Callable[[Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command as somebody gave it: values by parameter name as text, the platform's event id, and a way to show progress.

    `say` replaces what the asker sees so far (the card before the words, progress of long work); adapters pace it.
    """

    caller: Caller
    values: Mapping[str, str]
    event_id: str
    say: Say


@dataclass(frozen=True, slots=True)
class Command:
    """A command: who may use it, whether its answer is private, what must be confirmed, and what it does."""

    name: str
    description: str
    run: Callable[[Invocation], Awaitable[Reply]]
    params: tuple[Param, ...] = field(default=())
    role: Role = Role.VIEWER
    private: bool = False
    confirm: str = ""
    example: str = ""
