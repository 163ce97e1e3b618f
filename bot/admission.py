"""How `run` begins: who else serves is found out first, what takes seconds to load comes afterwards.

The locks need neither the database nor any slow library, so that a second `run` is out at once; the lease in the
database, for holders on other machines, needs the database alone.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.ground import make_folder, upgrade_database
from bot.instance import take_seat
from bot.settings import Settings
from signals.clock import SystemClock

if TYPE_CHECKING:
    from storage.database import Database

log = logging.getLogger(__name__)
LOADED_AFTER_S = 6.0  # of waiting for a silent holder; one that lives is seen before that


async def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; gives back the exit status, 1 when the database was lost to another.

    UserError, naming the holder, when another `run` holds the data folder or the database.
    """
    make_folder(settings.data_dir)
    stop, began = _stop_on_signals(), SystemClock().now()
    seat = take_seat(settings.data_dir, settings.database_file, "deskmate run", began)
    try:
        lost = await _serve(settings, seat.lock, stop, began)
    finally:
        seat.release()
    log.info("stopped")
    return 1 if lost else 0


async def _serve(settings: Settings, lock: Path, stop: asyncio.Event, began: datetime) -> bool:
    from bot.tenure import tenure
    from storage.database import Database
    from storage.leases import LeaseStore

    await upgrade_database(settings)
    loading = asyncio.create_task(_loaded_later())
    try:
        async with (
            Database.opened(settings.url) as database,
            tenure(LeaseStore(database), lock, stop, began) as own,
        ):
            if not stop.is_set():
                attend = await asyncio.to_thread(_load)  # in a thread: the beat goes on
                await attend(settings, database, stop)
    finally:
        loading.cancel()
        with suppress(asyncio.CancelledError):
            await loading
    return own.lost


async def _loaded_later() -> None:
    await asyncio.sleep(LOADED_AFTER_S)
    await asyncio.to_thread(_load)


def _load() -> Callable[[Settings, Database, asyncio.Event], Awaitable[None]]:
    from bot.service import attend

    return attend


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
