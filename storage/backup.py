"""Copies of a database, and the way back from one. The file that holds both with all else is `bot.backups`'."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from signals.errors import UserError
from storage import server_copy, sqlite_file
from storage.database import Database
from storage.migrate import current_revision, upgrade
from storage.restored import settle
from storage.revisions import refuse_unknown

PARTIAL = ".partial"


async def backup(database: Database, path: Path) -> Path:
    """Write a checked copy of the live database to `path`, replacing a former one; readers and writers go on.

    The copy appears whole or not at all: a SQLite file, or for a server what pg_dump writes. UserError for a damaged
    database, a folder that cannot be written, or a missing pg_dump.
    """
    if database.file is None:
        await asyncio.to_thread(_whole_or_not, path, lambda fresh: server_copy.dump(database.url, fresh))
    else:
        await asyncio.to_thread(_whole_or_not, path, lambda fresh: _copied(Path(str(database.file)), fresh))
    return path


async def restore(path: Path, url: str, now: datetime, kinds: Collection[str] = ()) -> tuple[str, ...]:
    """Put a copy in the place of the database; Deskmate must not be running.

    Gives back where the former one was kept; none of it is deleted. The copy is checked, brought to this version's
    tables and settled (`storage.restored`; documents of `kinds` are marked) before anything is touched. UserError, and
    nothing changed, for a copy that is missing, damaged, of a newer version or of something else.
    """
    database = Database(url)
    try:
        if database.file is None:
            return await _restore_server(database, path, now, kinds)
        return await _restore_file(database.file, path, now, kinds)
    finally:
        await database.close()


async def check_copy(path: Path) -> str:
    """The revision of a SQLite copy; UserError when it is missing, damaged, of a newer Deskmate, or something else."""
    await asyncio.to_thread(_refuse_damaged, path)
    revision = await asyncio.to_thread(sqlite_file.revision_of, path)
    if revision is None:
        raise UserError(f"The backup {path} is a database of something else than Deskmate.")
    refuse_unknown(revision, str(path))
    return revision


async def _restore_file(file: Path, path: Path, now: datetime, kinds: Collection[str]) -> tuple[str, ...]:
    await check_copy(path)
    fresh = file.with_name(file.name + PARTIAL)
    try:
        await asyncio.to_thread(_copy, path, fresh)
        await _make_ready(f"sqlite+aiosqlite:///{fresh}", now, kinds)
        return await asyncio.to_thread(_swap, fresh, file)
    except OSError as e:
        raise UserError(f"The backup could not be copied to {file}: {e.strerror}.") from e
    finally:
        _remove(*sqlite_file.companions(fresh))


async def _restore_server(database: Database, path: Path, now: datetime, kinds: Collection[str]) -> tuple[str, ...]:
    url = database.url.render_as_string(hide_password=False)
    await asyncio.to_thread(server_copy.check, path)
    former = await server_copy.move_aside(database)
    try:
        await asyncio.to_thread(server_copy.load, database.url, path)
        refuse_unknown(await current_revision(url), str(path))
        await _make_ready(url, now, kinds)
    except BaseException:
        await server_copy.move_back(database, former)
        raise
    return (f"schema {former} of the same database",)


async def _make_ready(url: str, now: datetime, kinds: Collection[str]) -> None:
    await upgrade(url)
    opened = await Database.open(url)
    try:
        await settle(opened, now, kinds)
    finally:
        await opened.close()


def _whole_or_not(path: Path, write: Callable[[Path], None]) -> None:
    fresh = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        write(fresh)
        _to_disk(fresh)
        fresh.replace(path)
    except OSError as e:
        raise UserError(f"The backup {path} cannot be written: {e.strerror}.") from e
    finally:
        _remove(fresh)


def _copied(file: Path, fresh: Path) -> None:
    sqlite_file.copy_into(file, fresh)
    _refuse_damaged(fresh)


def _copy(path: Path, fresh: Path) -> None:
    fresh.parent.mkdir(parents=True, exist_ok=True)
    _remove(*sqlite_file.companions(fresh))
    shutil.copyfile(path, fresh)


def _swap(fresh: Path, file: Path) -> tuple[str, ...]:
    """The former database stays under another name; its own is never without a file."""
    _to_disk(fresh)
    aside = [_keep_aside(file)] if file.exists() else []
    aside += [part.rename(_free_name(part)) for part in sqlite_file.companions(file)[1:] if part.exists()]
    fresh.replace(file)
    _to_disk(file.parent)
    return tuple(str(part) for part in aside)


def _keep_aside(file: Path) -> Path:
    target = _free_name(file)
    try:
        target.hardlink_to(file)
    except OSError:  # a file system without hard links
        file.rename(target)
    return target


def _refuse_damaged(path: Path) -> None:
    if not path.is_file():
        raise UserError(f"There is no backup at {path}.")
    fault = sqlite_file.faults_of(path)
    if fault is not None:
        raise UserError(f"The backup {path} is damaged ({fault}): use an older one.")


def _free_name(path: Path) -> Path:
    number = 1
    while (target := path.with_name(f"{path.name}.former-{number}")).exists():
        number += 1
    return target


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
