"""One `run` per database, also from another machine or data folder: the lease, taken, kept and lost."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bot.holder import host
from bot.instance import in_use
from signals.clock import iso, monotonic_s
from signals.errors import DeskmateError, UserError
from storage.leases import Lease, LeaseStore

log = logging.getLogger(__name__)
NAME = "run"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class TenurePace:
    """Seconds between two beats, without a beat until the holder counts as dead, and between a challenger's looks.

    Of the time between two looks no more than `longest_s` counts as silence: a challenger that was itself held up has
    not listened, and where it is held up the holder may be, too.
    """

    beat_s: float = 2.0
    dead_s: float = 12.0
    look_s: float = 0.5
    longest_s: float = 1.0


class Tenure:
    """This process as the one that serves from a database. Time is measured on a monotonic clock only."""

    def __init__(self, store: LeaseStore, pace: TenurePace, monotonic: Callable[[], float] = monotonic_s) -> None:
        self._store = store
        self._pace = pace
        self._monotonic = monotonic
        self._lease: Lease | None = None
        self.lost = False

    async def take(self, place: str, now: datetime, stop: asyncio.Event) -> Lease | None:
        """Hold the database, after its former holder has been silent for long enough.

        UserError, naming the holder, as soon as it is seen to live. A holder at the same `place` is dead, since the
        lock of that place is ours: it is not waited for. None when `stop` is set before that.
        """
        mine = Lease(NAME, uuid4().hex, host(), os.getpid(), place, now)
        first = seen = await self._store.look(NAME)
        silent_s, looked = 0.0, self._monotonic()
        while not stop.is_set():
            free = seen is None or not seen.holder or seen.place == place
            if not free and seen is not None and seen != first:
                raise UserError(refusal(seen))
            if free or silent_s >= self._pace.dead_s:
                taken = await self._store.take(mine, seen)
                if taken is not None:
                    self._lease = taken
                    if not free and seen is not None:
                        log.warning("took over from %s, which has gone silent", described(seen))
                    return taken
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._pace.look_s)
            seen = await self._store.look(NAME)
            passed, looked = self._monotonic() - looked, self._monotonic()
            silent_s += min(passed, self._pace.longest_s)
        return None

    async def keep(self, stop: asyncio.Event) -> None:
        """Beat for as long as the lease is ours; sets `stop` when it is not. Outages of the database are waited for."""
        while self._lease is not None:
            await asyncio.sleep(self._pace.beat_s)
            try:
                if await self._store.beat(self._lease):
                    continue
                found = await self._store.look(NAME)
            except DeskmateError as e:
                log.warning("the lease of the database could not be renewed: %s", e)
                continue
            self.lost = True
            log.error("this process has lost the database to %s and ends", described(found) if found else "somebody")
            stop.set()
            return

    async def release(self) -> None:
        """Give the database back, so that the next one need not wait; logs what stands in the way."""
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                await self._store.release(lease)
            except DeskmateError as e:
                log.warning("the lease of the database could not be given back: %s", e)


@asynccontextmanager
async def tenure(store: LeaseStore, lock: Path, stop: asyncio.Event, now: datetime) -> AsyncIterator[Tenure]:
    """Serve from the database inside; `lock` is the file that this process holds locked. Another sets `stop` by
    taking over.

    UserError that names the holder when another `run` lives. Stopped while it waited, it holds nothing.
    """
    own = Tenure(store, TenurePace())
    await own.take(place_of(lock), now, stop)
    keeping = asyncio.create_task(own.keep(stop))
    try:
        yield own
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await own.release()


def described(lease: Lease) -> str:
    """Process, machine and time."""
    return f"deskmate run, process {lease.pid} on {lease.host} since {iso(lease.since)}"


def refusal(lease: Lease) -> str:
    """What the second one is told."""
    return in_use(described(lease))


def place_of(lock: Path) -> str:
    """What only processes that share this locked file have in common: the running kernel and the file itself."""
    found = lock.stat()
    try:
        kernel = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        kernel = uuid4().hex  # shared with nobody: the next one waits until this holder is silent
    return f"{kernel}:{found.st_dev}:{found.st_ino}"
