"""Stand-ins for discord.py's objects, as far as the adapter uses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import discord

from bot.discord_adapter.payload import Outgoing


def refusal(kind: type[discord.HTTPException], status: int, code: int = 0) -> discord.HTTPException:
    """As the library raises it."""
    response: Any = SimpleNamespace(status=status, reason="no")
    return kind(response, {"code": code, "message": "no"})


def gone(code: int = 10008) -> discord.HTTPException:
    return refusal(discord.NotFound, 404, code)


def busy() -> discord.HTTPException:
    return refusal(discord.DiscordServerError, 503)


def forbidden() -> discord.HTTPException:
    return refusal(discord.Forbidden, 403, 50013)


class Troubled:
    """Raises what is planned, one a call, then works."""

    def __init__(self, *troubles: BaseException) -> None:
        self.troubles = list(troubles)
        self.calls: list[dict[str, Any]] = []

    async def __call__(self, *given: Any, **named: Any) -> Any:
        self.calls.append({"given": given} | named)
        if self.troubles:
            raise self.troubles.pop(0)
        return FakeMessage()


@dataclass
class FakeMessage:
    """A sent message."""

    edit: Troubled = field(default_factory=Troubled)
    delete: Troubled = field(default_factory=Troubled)


@dataclass
class FakeChannel:
    """Something that messages are sent to."""

    send: Any = field(default_factory=Troubled)
    id: int = 7


@dataclass
class FakeInteraction:
    """An interaction after its arrival."""

    guild_id: int | None = 5
    id: int = 11
    channel_id: int = 7
    edit_original_response: Troubled = field(default_factory=Troubled)
    delete_original_response: Troubled = field(default_factory=Troubled)
    follow: Troubled = field(default_factory=Troubled)
    channel: FakeChannel = field(default_factory=FakeChannel)
    user: FakeChannel = field(default_factory=lambda: FakeChannel(id=99))

    @property
    def followup(self) -> Any:
        return SimpleNamespace(send=self.follow)

    @property
    def client(self) -> Any:
        return SimpleNamespace(get_partial_messageable=lambda _id: self.channel)


@dataclass
class FakePlace:
    """Notes what it is told to show."""

    hidden: bool = False
    refuses_openly: bool = False
    told: list[tuple[str, str]] = field(default_factory=list)
    trouble: BaseException | None = None

    async def first(self, message: Outgoing) -> None:
        await self._note("first", message)

    async def more(self, message: Outgoing) -> None:
        await self._note("more", message)

    async def whisper(self, message: Outgoing) -> None:
        await self._note("whisper", message)

    async def nothing(self) -> None:
        self.told.append(("nothing", ""))

    async def _note(self, how: str, message: Outgoing) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append((how, message.content))
