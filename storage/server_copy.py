"""Copies of a PostgreSQL database by the server's own tools, which must be installed where Deskmate runs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from signals.errors import UserError
from storage.database import Database

LONGEST_S = 3600.0
SCHEMA = "public"


def dump(url: URL, path: Path) -> None:
    """Write the schema `public` in pg_dump's own format. Blocks. UserError without pg_dump, or with what it says."""
    _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--schema={SCHEMA}", f"--file={path}"])


def check(path: Path) -> None:
    """Read the list of contents; UserError when the file is no dump, or cut off before its list ends. Blocks."""
    _call("pg_restore", ["--list", str(path)])


def load(url: URL, path: Path) -> None:
    """Read a dump into a database without a schema `public`, whole or not at all. Blocks; UserError as in `dump`."""
    _run("pg_restore", url, ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(path)])


async def move_aside(database: Database) -> str:
    """Rename the schema, tables and all; gives back its new name. Nothing is deleted."""
    async with database.write() as conn:
        taken = set(await conn.scalars(sa.text("SELECT nspname FROM pg_namespace")))
        number = 1
        while (name := f"former_{number}") in taken:
            number += 1
        await conn.exec_driver_sql(f"ALTER SCHEMA {SCHEMA} RENAME TO {name}")
    return name


async def move_back(database: Database, former: str) -> None:
    """Undo `move_aside`; what was loaded meanwhile is dropped."""
    async with database.write() as conn:
        await conn.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        await conn.exec_driver_sql(f"ALTER SCHEMA {former} RENAME TO {SCHEMA}")


def _run(tool: str, url: URL, options: Sequence[str]) -> None:
    with _address(url) as address:
        _call(tool, [*options, f"--dbname={address}", "--no-password"])


@contextmanager
def _address(url: URL) -> Iterator[str]:
    """libpq's address; the password is in a file that only we can read, for arguments are seen by everybody."""
    given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    with tempfile.TemporaryDirectory() as folder:
        if url.password is not None:
            file = Path(folder) / "pgpass"
            file.touch(mode=0o600)
            word = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
            file.write_text(f"*:*:*:*:{word}\n", encoding="utf-8")
            given["passfile"] = str(file)
        yield " ".join(f"{name}={_quoted(str(value))}" for name, value in given.items() if value is not None)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _call(tool: str, arguments: Sequence[str]) -> None:
    found = shutil.which(tool)
    if found is None:
        raise UserError(
            f"{tool} is not installed here: install PostgreSQL's client of the server's version, or run {tool} on the "
            "server (docs/operations.md has the commands)."
        )
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [found, *arguments], capture_output=True, text=True, errors="replace", timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as e:
        raise UserError(f"{tool} did not end within an hour and was stopped.") from e
    if done.returncode:
        said = " ".join(done.stderr.split())[:300] or f"status {done.returncode}"
        raise UserError(f"{tool} could not do it: {said}")
