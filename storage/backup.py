"""Copies of a SQLite database, and the way back from one. A PostgreSQL server has tools of its own for both.

The drill, which a test walks through: stop Deskmate, `restore(backup, url)`, start again. By hand: move the database
and its `-wal` and `-shm` files aside and copy the backup to its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

from signals.errors import UserError
from storage import dialect
from storage.database import Database

PARTIAL = ".partial"


async def backup(database: Database, path: Path) -> Path:
    """Write a checked copy of the live database to `path`, replacing a former one; readers and writers go on.

    The copy appears whole or not at all. UserError for a server, a damaged database or a folder that cannot be written.
    """
    if database.file is None:
        raise UserError("A PostgreSQL database is backed up with pg_dump.")
    await asyncio.to_thread(_backup, database.file, path)
    return path


def restore(path: Path, url: str) -> tuple[Path, ...]:
    """Put a backup in the place of the database; Deskmate must not be running. Blocks.

    Returns where the former files were moved, none of them deleted. UserError, and nothing moved, for a backup that is
    missing or damaged.
    """
    file = dialect.file_of(dialect.url_of(url))
    if file is None:
        raise UserError("A PostgreSQL database is restored with pg_restore.")
    if not path.is_file():
        raise UserError(f"There is no backup at {path}.")
    _refuse_damaged(path)
    fresh = file.with_name(file.name + PARTIAL)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, fresh)
        aside = tuple(_move_aside(part) for part in dialect.companions(file) if part.exists())
        fresh.replace(file)
    except OSError as e:
        raise UserError(f"The backup could not be copied to {file}: {e.strerror}.") from e
    return aside


def _backup(file: Path, path: Path) -> None:
    fresh = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        dialect.copy_into(file, fresh)
        _refuse_damaged(fresh)
        with fresh.open("rb") as copied:
            os.fsync(copied.fileno())
        fresh.replace(path)
    except OSError as e:
        raise UserError(f"The backup {path} cannot be written: {e.strerror}.") from e
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def _refuse_damaged(path: Path) -> None:
    fault = dialect.faults_of(path)
    if fault is not None:
        raise UserError(f"The backup {path} is damaged ({fault}): use an older one.")


def _move_aside(path: Path) -> Path:
    number = 1
    while (target := path.with_name(f"{path.name}.former-{number}")).exists():
        number += 1
    return path.rename(target)
