"""What a command is, before any platform: one list makes Discord's, Telegram's and the terminal's commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.commands.caller import Caller
from bot.reply import Reply
from bot.roles import Role


class Kind(StrEnum):
    """What a parameter's text means; `bot.commands.values` parses each strictly. FILE has none: see `Attached`."""

    TEXT = "text"
    SYMBOL = "symbol"
    TIMEFRAME = "timeframe"
    MONEY = "money"
    PERCENT = "percent"
    WHOLE = "whole"
    CHOICE = "choice"
    USER = "user"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; required ones come first. `choices` for Kind.CHOICE (at most 25).

    `own`: what is offered while it is typed is looked up for the asker.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a command: its name, its size in bytes as the platform tells it, and how it is read.

    `read` raises UserError or TemporaryError in words.
    """

    name: str
    size: int
    read: Callable[[], Awaitable[bytes]]


Say = Callable[[Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command as somebody gave it: values by parameter name as text, the event's id, and a way to show progress.

    `say` replaces what the asker sees so far (the card before the words, progress of long work); adapters pace it.
    `files` came with it; `on_disk` finds a file by its path where the asker is at this machine, and is None elsewhere.
    """

    caller: Caller
    values: Mapping[str, str]
    event_id: str
    say: Say
    files: tuple[Attached, ...] = ()
    on_disk: Callable[[str], Attached] | None = None


Handler = Callable[[Invocation], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: who may use it, whether its answer is private, what must be confirmed, and what it does.

    `confirm` says in words which uses ask for a confirmation; the handler asks for it.
    """

    name: str
    description: str
    run: Handler
    params: tuple[Param, ...] = field(default=())
    role: Role = Role.VIEWER
    private: bool = False
    confirm: str = ""
    example: str = ""
