"""What one asker sees of one answer: progress by edits at the platform's pace, and always the last state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.reply import Reply
from bot.telegram_adapter.courier import Courier, Keyboard, Place, UndeliveredError, UnsureError
from bot.telegram_adapter.render import Rendered, Text, note

log = logging.getLogger(__name__)
Render = Callable[[Reply], Rendered]
BETWEEN_S = 1.0
BETWEEN_IN_GROUPS_S = 3.0
RESTARTING = "Deskmate is being restarted and could not finish this; ask again in a minute."
UNCONFIRMED = "Telegram did not confirm a part of this answer. If something is missing, ask again."


@dataclass(slots=True)
class Shown:
    """A message as the asker sees it; no id when nobody knows whether it arrived."""

    message_id: int | None
    text: Text
    keyboard: Keyboard


class Screen:
    """The messages of one answer. `adopt` is a message of ours that the answer takes the place of."""

    def __init__(self, courier: Courier, place: Place, render: Render, adopt: int | None = None) -> None:
        self.place = place
        self._courier = courier
        self._render = render
        self._messages = [] if adopt is None else [Shown(adopt, Text("", ""), ())]
        self._photos: set[tuple[str, bytes]] = set()
        self._wanted: Rendered | None = None
        self._newest: Reply | None = None
        self._worker: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._unsure = False

    async def say(self, reply: Reply) -> None:
        """Show progress soon; a newer one replaces an older one that was not shown yet.

        What only the asker may see is not shown where others read.
        """
        if self._finished.is_set() or (reply.private and not self.place.private):
            return
        self._newest = reply
        self._wanted = self._render(reply)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._keep_up())

    async def finish(self, reply: Reply) -> None:
        """Show the last state. ClosedChatError or UndeliveredError when it cannot be."""
        self._newest = reply
        await self.finish_with(self._render(reply))

    async def finish_with(self, rendered: Rendered) -> None:
        """The same, of what is rendered already."""
        self._finished.set()
        if self._worker is not None:
            await self._worker
        await self._show(rendered, last=True)
        if self._unsure:
            await self._courier.send(self.place, note(UNCONFIRMED).texts[0], quoting=False)

    async def interrupt(self) -> None:
        """Say that there will be no more, keeping what is shown."""
        if self._newest is None:
            await self.finish(Reply(text=RESTARTING, error=True))
        else:
            await self.finish(replace(self._newest, buttons=(), notes=(*self._newest.notes, RESTARTING)))

    async def _keep_up(self) -> None:
        while self._wanted is not None and not self._finished.is_set():
            wanted, self._wanted = self._wanted, None
            try:
                await self._show(wanted, last=False)
            except UndeliveredError as e:
                log.info("telegram: progress was not shown: %s", e)
            await self._pause()

    async def _pause(self) -> None:
        while not self._finished.is_set():
            try:
                async with asyncio.timeout(BETWEEN_S if self.place.private else BETWEEN_IN_GROUPS_S):
                    await self._finished.wait()
            except TimeoutError:
                if self._courier.has_room(self.place):
                    return

    async def _show(self, rendered: Rendered, *, last: bool) -> None:
        if last and rendered.captioned and not self._messages:
            await self._captioned(rendered)
        else:
            for i, text in enumerate(rendered.texts):
                is_bottom = i == len(rendered.texts) - 1
                await self._put(i, text, rendered.keyboard if is_bottom else ())
            await self._clear(len(rendered.texts))
            await self._pictures(rendered, () if rendered.texts else rendered.keyboard)
        if last:
            for file in rendered.documents:
                await self._surely(self._courier.document(self.place, file))

    async def _put(self, i: int, text: Text, keyboard: Keyboard) -> None:
        if i < len(self._messages):
            old = self._messages[i]
            if (old.text, old.keyboard) == (text, keyboard):
                return
            if old.message_id is not None and await self._courier.edit(self.place, old.message_id, text, keyboard):
                old.text, old.keyboard = text, keyboard
                return
        try:
            sent: int | None = await self._courier.send(self.place, text, keyboard, quoting=i == 0)
        except UnsureError as e:
            log.warning("telegram: a message is held back, for it may have arrived: %s", e)
            self._unsure, sent = True, None
        self._messages[i : i + 1] = [Shown(sent, text, keyboard)]

    async def _clear(self, kept: int) -> None:
        for old in self._messages[kept:]:
            if old.message_id is not None:
                await self._courier.delete(self.place, old.message_id)
        del self._messages[kept:]

    async def _captioned(self, rendered: Rendered) -> None:
        photo = rendered.photos[0]
        text = rendered.texts[0] if rendered.texts else photo.caption
        await self._surely(self._courier.photo(self.place, replace(photo, caption=text), rendered.keyboard))

    async def _pictures(self, rendered: Rendered, keyboard: Keyboard) -> None:
        for photo in rendered.photos:
            if (photo.name, photo.png) not in self._photos:
                self._photos.add((photo.name, photo.png))
                quoting = not self._messages
                await self._surely(self._courier.photo(self.place, photo, keyboard, quoting=quoting))

    async def _surely(self, sending: Awaitable[object]) -> None:
        try:
            await sending
        except UnsureError as e:
            log.warning("telegram: a file is held back, for it may have arrived: %s", e)
            self._unsure = True
