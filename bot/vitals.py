"""Whether Deskmate can save and is at work: cheap looks for a container's health check, `/health` and the log."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bot.checkups.finding import Finding
from bot.reply import Reply, Table
from bot.settings import Settings
from bot.tenure import NAME, described
from signals.clock import monotonic_s
from signals.errors import DeskmateError
from storage.database import Database
from storage.leases import Lease, LeaseStore

log = logging.getLogger(__name__)
PROBE_BYTES = 1024 * 1024
EVERY_S = 10.0
BEAT_WITHIN_S = 8.0  # a `run` that can save beats every two seconds
LOOK_S = 0.25
FREE_SPACE = "free some space, or set DATA_DIR to another disk; work goes on by itself as soon as there is room"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def can_save(folder: Path) -> str | None:
    """Write, sync and remove a megabyte in the folder; None when that works, else why not. Blocks."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        full = "it is full" if e.errno in _FULL else e.strerror
        return f"nothing can be saved in {folder.absolute()}: {full}"
    return None


async def look(settings: Settings) -> Reply:
    """Room on the disk, and a `run` whose beat goes on in the database; `error` when either is missing."""
    fault = await asyncio.to_thread(can_save, settings.data_dir)
    found = [Finding("disk", "fail", fault, FREE_SPACE) if fault else Finding("disk", "ok", "can be written")]
    found.append(await _service(settings))
    bad = [one for one in found if one.state == "fail"]
    rows = tuple((one.state, one.part, one.text, one.fix) for one in found)
    data = {"state": "fail" if bad else "ok", "parts": [asdict(one) for one in found]}
    text = "Not well." if bad else "Well."
    return Reply(text, tables=(Table("", ("", "part", "found", "what to do"), rows),), data=data, error=bool(bad))


async def watch(folder: Path, stop: asyncio.Event, saves: Callable[[Path], str | None] = can_save) -> None:
    """Look every few seconds until `stop`, and log each change between red and green."""
    former: str | None = None
    while not stop.is_set():
        fault = await asyncio.to_thread(saves, folder)
        if fault and not former:
            log.error("health is red: %s; %s", fault, FREE_SPACE)
        elif former and not fault:
            log.warning("health is green again: the disk can be written")
        former = fault
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def _service(settings: Settings) -> Finding:
    try:
        database = await Database.open(settings.url)
    except DeskmateError as e:
        return Finding("service", "fail", str(e))
    try:
        return await _beating(LeaseStore(database))
    except DeskmateError as e:
        return Finding("service", "fail", str(e))
    finally:
        await database.close()


async def _beating(store: LeaseStore) -> Finding:
    first = seen = await store.look(NAME)
    until = monotonic_s() + BEAT_WITHIN_S
    while _held(seen) and seen == first and monotonic_s() < until:
        await asyncio.sleep(LOOK_S)
        seen = await store.look(NAME)
    if seen is None or not seen.holder:
        return Finding("service", "fail", "no `deskmate run` is at work", "start it: deskmate run")
    if seen == first:
        told = f"{described(seen)} has saved nothing for {BEAT_WITHIN_S:.0f} s"
        return Finding("service", "fail", told, "look at its log; a full disk or a database that is away stops it")
    return Finding("service", "ok", f"{described(seen)} is at work and saves")


def _held(lease: Lease | None) -> bool:
    return lease is not None and bool(lease.holder)
