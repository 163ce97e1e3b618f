"""The daily copy of the database, the newest seven kept."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from storage.backup import backup
from storage.database import Database

KEPT = 7
FOLDER = "backups"


async def keep_backup(database: Database, data_dir: Path, now: datetime) -> str:
    """Write `backups/deskmate-YYYYMMDD.db`, replacing that of the same day; one line on what was done."""
    if database.dialect != "sqlite":
        return "PostgreSQL is backed up by its own tools"
    folder = data_dir / FOLDER
    async with database.copying:
        target = await backup(database, folder / f"deskmate-{now:%Y%m%d}.db")
        await asyncio.to_thread(_keep_newest, folder)
    return f"wrote {target.name}"


def copies_in(data_dir: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """(backups, files that a restore set aside) of a data folder."""
    return tuple(sorted((data_dir / FOLDER).glob("*.db"))), tuple(sorted(data_dir.glob("*.former-*")))


def _keep_newest(folder: Path) -> None:
    for old in sorted(folder.glob("deskmate-*.db"))[:-KEPT]:
        old.unlink(missing_ok=True)
