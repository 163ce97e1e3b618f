"""The commands as platforms see them: run by name, press a button, ask in plain words. Nothing here ever raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands.boundary import Act, Boundary
from bot.commands.caller import Caller
from bot.commands.spec import Command, Handler, Invocation
from bot.reply import Reply
from bot.roles import Role
from signals.errors import UserError

MOST_SUGGESTIONS = 25
Suggest = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that may be chosen, and what the asker reads instead of it."""

    value: str
    label: str


Own = Callable[[Caller, Mapping[str, str], str], Awaitable[tuple[Offer, ...]]]


@dataclass(frozen=True, slots=True)
class Press:
    """What a button does: `run` gets what follows the colon as the value `id`; `free` ones are not rate limited."""

    name: str
    label: str
    run: Handler
    role: Role = Role.VIEWER
    free: bool = False


class Commands:
    """Every command and button behind the one boundary; adapters translate, this decides.

    `suggest(command, param)` gives all values that may be offered while a person types; `own` looks up, by command and
    parameter, those that are the person's.
    """

    def __init__(
        self, all_commands: Sequence[Command], presses: Sequence[Press], boundary: Boundary, suggest: Suggest
    ) -> None:
        self.all: tuple[Command, ...] = tuple(all_commands)
        self.presses: tuple[Press, ...] = tuple(presses)
        self._by_name: Mapping[str, Command] = {command.name: command for command in self.all}
        self._by_press: Mapping[str, Press] = {press.name: press for press in self.presses}
        self._boundary = boundary
        self._suggest = suggest
        self.own: Mapping[tuple[str, str], Own] = {}

    def visible_to(self, role: Role) -> tuple[Command, ...]:
        """The commands that a role may give, in the order of menus."""
        return tuple(command for command in self.all if role.may(command.role))

    async def run(self, name: str, invocation: Invocation) -> Reply:
        """A command by its name. Never raises: refusals and failures are replies with `error`."""
        command = self._by_name.get(name)
        if command is None:
            return await self._boundary.pass_through(Act(name[:40]), invocation, _unknown_command)
        act = Act(command.name, command.role, command.private, command.params)
        return await self._boundary.pass_through(act, invocation, command.run)

    async def press(self, action: str, invocation: Invocation) -> Reply:
        """A button by its action (`why:REC_ID`). Never raises; a button of a former version is refused in words."""
        name, _, rest = action.partition(":")
        press = self._by_press.get(name)
        pressed = replace(invocation, values={"id": rest[:60]})
        if press is None:
            return await self._boundary.pass_through(Act(f"{name[:20]}:"), pressed, _unknown_press)
        return await self._boundary.pass_through(Act(f"{name}:", press.role, free=press.free), pressed, press.run)

    async def ask(self, text: str, invocation: Invocation) -> Reply:
        """Free text, as the command `ask`."""
        return await self.run("ask", replace(invocation, values={"question": text}))

    def autocomplete(self, name: str, param: str, prefix: str) -> tuple[str, ...]:
        """At most 25 values for a parameter that begin with, else contain, what was typed; no I/O."""
        typed = prefix.strip().lower()[:50]
        values = [value for value in self._suggest(name, param) if typed in value.lower()]
        values.sort(key=lambda value: not value.lower().startswith(typed))
        return tuple(values[:MOST_SUGGESTIONS])

    async def own_offers(
        self, name: str, param: str, caller: Caller, given: Mapping[str, str], typed: str
    ) -> tuple[Offer, ...]:
        """At most 25 of the asker's own values for a parameter; none where their role does not reach. Never raises.

        `given` is what was filled in so far, by parameter.
        """
        command, look = self._by_name.get(name), self.own.get((name, param))
        if command is None or look is None:
            return ()
        return (await self._boundary.looked_up(command.role, caller, lambda known: look(known, given, typed[:50])))[
            :MOST_SUGGESTIONS
        ]


async def _unknown_command(_invocation: Invocation) -> Reply:
    raise UserError("there is no such command; /help lists those you may use")


async def _unknown_press(_invocation: Invocation) -> Reply:
    raise UserError("this button is of a former version; ask again for a new card")
