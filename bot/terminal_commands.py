"""The terminal's side of the commands: a typed line becomes an invocation, a button is pressed by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from bot.commands.arguments import fit
from bot.commands.caller import LOCAL
from bot.commands.registry import Commands
from bot.commands.spec import Attached, Invocation
from bot.reply import Button, Reply
from bot.wording import clean
from signals.errors import UserError

Show = Callable[[Reply], None]


class TypedCommands:
    """What a person types, line by line; `progress` shows what is said meanwhile."""

    def __init__(self, commands: Commands, progress: Show) -> None:
        self._commands = commands
        self._progress = progress
        self._buttons: tuple[Button, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The commands that can be typed."""
        return tuple(command.name for command in self._commands.all)

    async def answer(self, line: str) -> Reply:
        """The reply to a line: `/signal eth 4h`, `:take` or `yes` for a button of the last reply, else a question."""
        reply = await self._reply(line.strip())
        kept = tuple(button for button in self._buttons if not button.action.startswith(("yes:", "no:")))
        self._buttons = reply.confirm.buttons if reply.confirm else reply.buttons or kept
        return reply

    async def _reply(self, line: str) -> Reply:
        pressed = self._button(line)
        if pressed is not None:
            return await self._commands.press(pressed.action, self._invocation({}))
        if line.startswith(":"):
            return Reply(text=self._possible(), error=True)
        if not line.startswith("/"):
            return await self._commands.ask(line, self._invocation({}))
        name, _, rest = line[1:].partition(" ")
        command = next((c for c in self._commands.all if c.name == name.lower()), None)
        if command is None:
            return await self._commands.run(name, self._invocation({}))
        try:
            values = fit(command, rest)
        except UserError as e:
            return Reply(text=str(e), error=True)
        return await self._commands.run(command.name, self._invocation(values))

    def _button(self, line: str) -> Button | None:
        word = line.lower()
        for button in self._buttons:
            if word == f":{button.label.lower()}" or (word in ("yes", "no") and word == button.label.lower()):
                return button
        return None

    def _possible(self) -> str:
        if not self._buttons:
            return "There is nothing to press; buttons belong to the reply before."
        return f"That cannot be pressed here; possible: {hint(self._buttons)}."

    def _invocation(self, values: dict[str, str]) -> Invocation:
        async def say(reply: Reply) -> None:
            self._progress(reply)

        return Invocation(LOCAL, values, uuid4().hex, say, on_disk=on_disk)


def on_disk(path: str) -> Attached:
    """The file at a path of this machine (`~` is the home folder); UserError when there is none that can be read."""
    place = Path(path.strip("\"'")).expanduser()

    async def read() -> bytes:
        try:
            return await asyncio.to_thread(place.read_bytes)
        except OSError as e:
            raise _unreadable(place, e) from e

    try:
        return Attached(place.name, place.stat().st_size, read)
    except (OSError, ValueError) as e:
        raise _unreadable(place, e) from e


def _unreadable(place: Path, error: Exception) -> UserError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return UserError(f"{clean(str(place))[:200]!r} cannot be read: {why}; give the path of a CSV file, or its text")


def hint(buttons: tuple[Button, ...]) -> str:
    """How the buttons of a reply are pressed: `:take :why`, or `yes no`."""
    labels = [button.label.lower() for button in buttons]
    return " ".join(label if label in ("yes", "no") else f":{label}" for label in labels)
