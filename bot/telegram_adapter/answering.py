"""From what was said to what is shown: one invocation of the commands, its progress, its answer, its place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from bot.commands.arguments import fit
from bot.commands.caller import Caller
from bot.commands.registry import Commands
from bot.commands.spec import Command, Invocation, Say
from bot.reply import Reply
from bot.roles import Role
from bot.telegram_adapter.courier import ClosedChatError, Courier, Place, UndeliveredError
from bot.telegram_adapter.inbound import Call, Hint, Incoming, Me, Pressed, Question
from bot.telegram_adapter.render import Key, Rendered, note, render
from bot.telegram_adapter.screen import Screen
from signals.errors import UserError

log = logging.getLogger(__name__)
Run = Callable[[Caller, Say], Awaitable[Reply]]
TYPING_EVERY_S = 4.5
IN_PLACE = frozenset({"refresh", "yes", "no"})
OWN = frozenset({"take"})  # about the presser's own account: also refusals are for them alone
TOASTS = {"stop": "Stopping …", "refresh": "Refreshing …", "chart": "Drawing …", "backtest": "Testing …"}
NOT_YOURS = "Only the person who asked may press this."
ANSWERED_DIRECTLY = "That is for you alone: I answered in our direct chat."
OPEN_DIRECT_CHAT = "That is for you alone. Open a direct chat with me, press Start there, and ask again."


class Answering:
    """Answers whatever was read from an update; never raises but when cancelled."""

    def __init__(self, commands: Commands, courier: Courier, me: Me) -> None:
        self._commands = commands
        self._courier = courier
        self._me = me
        self._by_name = {command.name: command for command in commands.all}
        self._tappable = frozenset(f"/{command.name}" for command in commands.visible_to(Role.TRADER))

    async def answer(self, incoming: Incoming) -> None:
        """Run and show; a chat that cannot be reached is logged."""
        self._courier.heard_from(incoming.place.chat_id)
        try:
            await self._dispatch(incoming)
        except ClosedChatError as e:
            log.info("telegram: an answer was not sent: %s", e)
        except UndeliveredError as e:
            log.warning("telegram: an answer was not delivered: %s", e)

    async def _dispatch(self, incoming: Incoming) -> None:
        what = incoming.what
        if isinstance(what, Pressed):
            await self._press(incoming, what)
        elif isinstance(what, Call):
            await self._call(incoming, what)
        elif isinstance(what, Hint):
            await self._note(incoming.place, what.text)
        else:
            await self._question(incoming, what)

    async def _question(self, incoming: Incoming, question: Question) -> None:
        async def run(caller: Caller, say: Say) -> Reply:
            return await self._commands.ask(question.text, Invocation(caller, {}, incoming.event_id, say))

        await self._show(incoming, run, self._screen(incoming.place))

    async def _call(self, incoming: Incoming, call: Call) -> None:
        name = "help" if call.name == "start" else call.name
        command = self._by_name.get(name)
        if command is None and not call.surely_ours:
            return
        try:
            values = {} if command is None or call.name == "start" else fit(command, call.rest)
        except UserError as e:
            await self._screen(incoming.place).finish(Reply(text=str(e), error=True))
            return

        async def run(caller: Caller, say: Say) -> Reply:
            return await self._commands.run(name, Invocation(caller, values, incoming.event_id, say, incoming.files))

        if command is not None and command.private and not incoming.place.private:
            await self._privately(incoming, run)
        else:
            await self._show(incoming, run, self._screen(incoming.place))

    async def _press(self, incoming: Incoming, pressed: Pressed) -> None:
        verb = pressed.action.partition(":")[0]
        if pressed.is_foreign:
            await self._courier.acknowledge(pressed.callback_id, NOT_YOURS, alert=True)
            return
        await self._courier.acknowledge(pressed.callback_id, TOASTS.get(verb, ""))

        async def run(caller: Caller, say: Say) -> Reply:
            shown = _only_cards(say) if verb == "refresh" else say  # the old card stays until there is a new one
            reply = await self._commands.press(pressed.action, Invocation(caller, {}, incoming.event_id, shown))
            is_told = verb == "stop" and not reply.error  # the stopped answer itself shows that it ended
            return replace(reply, silent=True) if is_told else reply

        in_place = verb in IN_PLACE and pressed.is_text
        adopt = pressed.message_id if in_place else None
        await self._show(incoming, run, self._screen(incoming.place, adopt), verb)

    async def _show(self, incoming: Incoming, run: Run, screen: Screen, verb: str = "") -> None:
        reply = await self._working(screen, lambda: run(incoming.caller, screen.say))
        if reply.repeat or reply.silent:
            return
        if reply.private and (verb in OWN or not reply.error) and not incoming.place.private:
            await self._handed_over(incoming, reply, screen)
        elif reply.error and verb == "refresh":
            await self._screen(incoming.place).finish(reply)
        else:
            await screen.finish(reply)

    async def _privately(self, incoming: Incoming, run: Run) -> None:
        direct = self._screen(incoming.direct)
        if not await self._courier.typing(incoming.direct, first=True):
            await self._point(self._screen(incoming.place), OPEN_DIRECT_CHAT)
            return
        reply = await self._working(direct, lambda: run(incoming.direct_caller, direct.say))
        if reply.repeat or reply.silent:
            return
        await self._handed_over(incoming, reply, self._screen(incoming.place), direct)

    async def _handed_over(self, incoming: Incoming, reply: Reply, here: Screen, direct: Screen | None = None) -> None:
        try:
            await (direct or self._screen(incoming.direct)).finish(reply)
        except ClosedChatError:
            await self._point(here, OPEN_DIRECT_CHAT)
        else:
            await self._point(here, ANSWERED_DIRECTLY)

    async def _working(self, screen: Screen, run: Callable[[], Awaitable[Reply]]) -> Reply:
        done = asyncio.Event()
        typing = asyncio.create_task(self._type(screen.place, done))
        try:
            return await run()
        except asyncio.CancelledError:
            await screen.interrupt()
            raise
        finally:
            done.set()
            await _ended(typing)

    async def _type(self, place: Place, done: asyncio.Event) -> None:
        is_open = await self._courier.typing(place, first=True)
        while is_open and not done.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(TYPING_EVERY_S):
                    await done.wait()
            is_open = not done.is_set() and await self._courier.typing(place)

    async def _note(self, place: Place, text: str) -> None:
        await self._courier.send(place, render(Reply(text=text), self._tappable).texts[0])

    async def _point(self, screen: Screen, text: str) -> None:
        await screen.finish_with(self._pointer(text))

    def _pointer(self, text: str) -> Rendered:
        key = Key("Open the direct chat", "", f"https://t.me/{self._me.username}")
        return replace(note(text), keyboard=((key,),))

    def _screen(self, place: Place, adopt: int | None = None) -> Screen:
        return Screen(self._courier, place, lambda reply: render(reply, self._tappable), adopt)


def _only_cards(say: Say) -> Say:
    async def cards(reply: Reply) -> None:
        if reply.recommendations:
            await say(reply)

    return cards


async def _ended(task: asyncio.Task[None]) -> None:
    try:
        await asyncio.wait({task}, timeout=1.0)  # else "typing" could appear after the answer
    finally:
        task.cancel()


def menu(commands: tuple[Command, ...]) -> tuple[tuple[str, str], ...]:
    """The command menu: every command with its description, as Telegram bounds it."""
    return tuple((command.name, command.description[:256]) for command in commands)
