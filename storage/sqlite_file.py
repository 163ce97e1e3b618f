"""A SQLite file as a file: copies of it, its bytes, what is wrong with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from signals.errors import TemporaryError
from storage.dialect import BUSY_TIMEOUT_MS, translate


def copy_into(source: Path, target: Path) -> None:
    """Write a compact, consistent copy of a live SQLite file by VACUUM INTO; `target` must not exist. Blocks.

    Errors are those of `translate`.
    """
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as e:
        known = translate(e, str(source))
        if known is None:
            raise
        raise known from e


def scrub(path: Path) -> None:
    """Write a live SQLite file anew, without the bytes of what was removed, and empty its log. Blocks.

    No transaction may write meanwhile. TemporaryError while others read what was there before.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as e:
        known = translate(e, str(path))
        if known is None:
            raise
        raise known from e
    if busy:
        raise TemporaryError(f"The database {path} is being read; what was removed is overwritten later.")


def faults_of(path: Path) -> str | None:
    """What is wrong with a SQLite file, None when it is sound. Blocks; changes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            first = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as e:
        return str(e)
    return None if first == "ok" else str(first)


def revision_of(path: Path) -> str | None:
    """The schema's revision in a SQLite file; None in one that is not ours. Blocks; changes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else str(found[0])


def companions(path: Path) -> tuple[Path, ...]:
    """The files that belong to a SQLite database, the main one first."""
    return tuple(path.with_name(path.name + end) for end in ("", "-wal", "-shm"))
