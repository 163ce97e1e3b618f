"""Progress of long work, told through `say`: the newest state only, as fast as the platform takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.commands.spec import Say
from bot.jobs.sync import Progress
from bot.reply import Reply

log = logging.getLogger(__name__)
PAUSE_S = 1.0


@asynccontextmanager
async def told(say: Say, title: str) -> AsyncIterator[Progress]:
    """A progress function that may be called from any thread; what it is given is told at most once a second."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    state = ""

    def update(done: int, total: int, what: str = "") -> None:
        nonlocal state
        state = f"{title}: {done} of {total} {what}".strip()
        loop.call_soon_threadsafe(news.set)

    async def keep_telling() -> None:
        while True:
            await news.wait()
            news.clear()
            try:
                await say(Reply(text=state, private=True))
            except Exception:
                log.exception("progress could not be shown")
            await asyncio.sleep(PAUSE_S)

    teller = asyncio.create_task(keep_telling())
    try:
        yield update
    finally:
        teller.cancel()
        await asyncio.gather(teller, return_exceptions=True)
