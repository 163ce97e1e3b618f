"""Who holds what: one `run` per data folder and per database file, one process that writes the vector index.

Locks are `flock`s on small files, so that a killed process leaves none behind; the file's text only names the holder.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from signals.clock import iso
from signals.errors import UserError

LOCK_FILE = "run.lock"


@dataclass(frozen=True, slots=True)
class Hold:
    """A lock that is held until `release` or the end of the process."""

    path: Path
    _file: IO[str]

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if not self._file.closed:
            self._file.close()


def take(path: Path, purpose: str, now: datetime, *, shared: bool = False) -> Hold | None:
    """Take the lock without waiting; None when another process has it. `shared` lets other sharers in."""
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    if not shared:
        file.seek(0)
        file.truncate()
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": iso(now), "purpose": purpose}
        file.write(json.dumps(holder))
        file.flush()
    return Hold(path, file)


def holder_of(path: Path) -> str:
    """Purpose, process, machine and time as the lock's file says; `another process` where it is silent."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return f"{told['purpose']}, process {told['pid']} on {told['host']} since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def take_or_refuse(path: Path, purpose: str, now: datetime) -> Hold:
    """The lock, or UserError that names the holder."""
    hold = take(path, purpose, now)
    if hold is None:
        raise UserError(f"this data folder is in use by {holder_of(path)}; stop it, or set another DATA_DIR")
    return hold


@dataclass(frozen=True, slots=True)
class Seat:
    """The locks of the one that serves. `lock` is the file by which others at the same place know it."""

    lock: Path
    _holds: tuple[Hold, ...]

    def release(self) -> None:
        """Give everything back; safe to call twice."""
        for hold in self._holds:
            hold.release()


def take_seat(folder: Path, database: Path | None, purpose: str, now: datetime) -> Seat:
    """The locks of the data folder and of the database's file (None: a server's), without waiting and without opening
    either. UserError that names the holder of the one that is taken.
    """
    lock = folder / LOCK_FILE
    hold = take_or_refuse(lock, purpose, now)
    if database is None:
        return Seat(lock, (hold,))
    try:
        beside = lock_beside(database)
        own = take(beside, purpose, now)
    except OSError as e:
        hold.release()
        raise UserError(f"nothing can be written beside the database {database} ({e.strerror})") from e
    if own is None:
        hold.release()
        raise UserError(in_use(holder_of(beside)))
    return Seat(beside, (hold, own))


def lock_beside(database: Path) -> Path:
    """The locked file of a database's file, wherever it is reached from; its folder is made when it is missing."""
    real = database.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    return real.with_name(f"{real.name}.lock")


def in_use(holder: str) -> str:
    """What the second one is told of a database."""
    return f"this database is in use by {holder}; stop it, or set another DATABASE_URL"
