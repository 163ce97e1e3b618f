"""Brings a database to this code's schema. Alembic is loaded only when there is something to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from signals.errors import TemporaryError, UserError
from storage.database import Database
from storage.revisions import HEAD, refuse_unknown

if TYPE_CHECKING:
    from alembic.config import Config

ATTEMPTS = 20
PAUSE_S = 0.1


async def upgrade(url: str) -> bool:
    """Create the database or bring it up to date, in one transaction; True when something changed.

    Idempotent, and safe when several processes do it at once. UserError for a newer schema, a damaged file or a folder
    that cannot be written; the file is then as it was.
    """
    database = Database(url)
    _make_folder(database.file)
    try:
        return await _upgrade(database)
    finally:
        await database.close()


async def _upgrade(database: Database) -> bool:
    for _ in range(ATTEMPTS):
        try:
            return await _upgrade_once(database)
        except TemporaryError:  # a new file cannot be shared until its first process has switched it to WAL
            await asyncio.sleep(PAUSE_S)
    return await _upgrade_once(database)


async def _upgrade_once(database: Database) -> bool:
    async with database.write() as conn:
        revision = await database.revision(conn)
        refuse_unknown(revision, database.label)
        if revision == HEAD:
            return False
        await conn.run_sync(_run)
    return True


async def current_revision(url: str) -> str | None:
    """The schema's revision; None for a database that does not exist or was never set up. Changes nothing."""
    database = Database(url)
    if database.file and not database.file.exists():
        return None
    try:
        async with database.read() as conn:
            return await database.revision(conn)
    finally:
        await database.close()


def alembic_config() -> Config:
    """Alembic's settings without a file; put a connection under `attributes["connection"]`."""
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run(connection: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_folder(file: Path | None) -> None:
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise UserError(f"The folder {file.parent} cannot be made ({e.strerror}): choose another DATA_DIR.") from e
