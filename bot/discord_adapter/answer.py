"""Shows one answer as it grows: at most one edit a second, the last state always, then the final reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

from bot.discord_adapter.faults import TROUBLE, in_words
from bot.discord_adapter.payload import Outgoing
from bot.discord_adapter.places import Place
from bot.discord_adapter.render import render
from bot.reply import Reply

log = logging.getLogger(__name__)
PACE_S = 1.0
ENDED = Reply(text="Deskmate is being restarted: ask again in a minute.", error=True)


class Answer:
    """One answer in one place. `say` never waits for Discord; `finish` and `give_up` do, and raise nothing.

    `quiet` names the replies that go to the asker alone and leave what stands there (a button of a shared message).
    """

    def __init__(self, place: Place, quiet: Literal["never", "errors", "always"] = "never") -> None:
        self._place = place
        self._quiet = quiet
        self._waiting: Reply | None = None
        self._pacing: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self._shown_at = -PACE_S

    async def say(self, reply: Reply) -> None:
        """Progress: shown soon, unless something newer comes first."""
        if self._over.is_set() or reply.private > self._place.hidden:
            return
        self._waiting = reply
        if self._pacing is None or self._pacing.done():
            self._pacing = asyncio.create_task(self._show_waiting())

    async def finish(self, reply: Reply) -> None:
        """The final reply, once the edit that is under way is through."""
        self._over.set()
        if self._pacing is not None:
            await self._pacing
        try:
            await self._deliver(reply)
        except TROUBLE as e:
            log.warning("an answer could not be delivered: %s", in_words(e))

    async def give_up(self) -> None:
        """Say that the program ends, so that nothing is left that says an answer is coming."""
        await self.finish(ENDED)

    async def _deliver(self, reply: Reply) -> None:
        if reply.repeat or reply.silent:
            await self._place.nothing()
            return
        messages = render(reply)
        if self._quiet == "always" or (self._quiet == "errors" and reply.error):
            await self._whisper(messages)
            return
        if reply.private and not self._place.hidden and not (reply.error and self._place.refuses_openly):
            await self._place.nothing()
            await self._whisper(messages)
            return
        first, *rest = messages
        await self._wait_for_turn()
        await self._place.first(first)
        for message in rest:
            await self._place.more(message)

    async def _whisper(self, messages: Sequence[Outgoing]) -> None:
        for message in messages:
            await self._place.whisper(message)

    async def _show_waiting(self) -> None:
        while self._waiting is not None and not self._over.is_set():
            if await self._wait_for_turn(unless_over=True):
                return
            reply, self._waiting = self._waiting, None
            try:
                await self._place.first(render(reply)[0])
            except TROUBLE as e:
                log.info("progress could not be shown: %s", in_words(e))
            self._shown_at = asyncio.get_running_loop().time()

    async def _wait_for_turn(self, *, unless_over: bool = False) -> bool:
        left = self._shown_at + PACE_S - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        if not unless_over:
            await asyncio.sleep(left)
            return False
        try:
            await asyncio.wait_for(self._over.wait(), left)
        except TimeoutError:
            return False
        return True
