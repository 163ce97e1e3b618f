"""Backups of the database and the learned models: on request and daily, the newest generations kept."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot.backup_file import About, about, pack, read_about, unpack
from bot.settings import Settings
from signals.errors import UserError
from storage.backup import backup
from storage.database import Database
from storage.migrate import current_revision

FOLDER = "backups"
PATTERNS = ("deskmate-*.zip", "deskmate-*.db")  # the second: copies as they once were


@dataclass(frozen=True, slots=True)
class Place:
    """The data folder, where its backups go (None: `backups` in it), and how many are kept there."""

    data_dir: Path
    folder: Path | None = None
    keep: int = 7

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return self.folder or self.data_dir / FOLDER


@dataclass(frozen=True, slots=True)
class Found:
    """A backup that lies in the folder; `about` is None where it cannot be read, or is a bare copy of the database."""

    path: Path
    size: int
    about: About | None
    fault: str = ""


def place_of(settings: Settings) -> Place:
    """Where backups go by the settings."""
    return Place(settings.data_dir, settings.backup.dir, settings.backup.keep)


async def keep_backup(url: str, place: Place, now: datetime) -> str:
    """Write `deskmate-YYYYMMDD.zip`, replacing that of the same day, and drop the oldest; one line on what was done."""
    target = await make_backup(url, place, place.backups / f"deskmate-{now:%Y%m%d}.zip", now)
    dropped = await asyncio.to_thread(_keep_newest, place)
    return f"wrote {target.name}, {size_of(target.stat().st_size)}" + (
        f"; {dropped} old one(s) dropped" * (dropped > 0)
    )


async def make_backup(url: str, place: Place, target: Path, now: datetime) -> Path:
    """Write a checked backup to `target`; the database may be in use.

    UserError when there is no database yet, it is damaged, or the file cannot be written.
    """
    revision = await current_revision(url)
    if revision is None:
        raise UserError("There is no database to back up yet: run `deskmate sync`.")
    database = Database(url)
    told = about(database.dialect, revision, version("deskmate"), now)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as folder:
            copy = await backup(database, Path(folder) / told.database_file)
            models = place.data_dir / "models"
            files = {f"models/{file.name}": file for end in ("txt", "json") for file in models.glob(f"*.{end}")}
            await asyncio.to_thread(pack, target, told, {told.database_file: copy} | files)
    except OSError as e:
        raise UserError(f"The backup {target} cannot be written: {e.strerror}.") from e
    finally:
        await database.close()
    return target


def found_in(folder: Path) -> tuple[Found, ...]:
    """The backups of a folder, newest first by their names. Blocks."""
    return tuple(_found(path) for path in reversed(_backups(folder)))


def _found(path: Path) -> Found:
    size = path.stat().st_size
    if path.suffix != ".zip":
        return Found(path, size, None)
    try:
        return Found(path, size, read_about(path))
    except UserError as e:
        return Found(path, size, None, str(e))


def _backups(folder: Path) -> list[Path]:
    return sorted(path for pattern in PATTERNS for path in folder.glob(pattern))


def _keep_newest(place: Place) -> int:
    old = _backups(place.backups)[: -place.keep]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def size_of(size: int) -> str:
    """`1.4 MB`, `12.5 kB`."""
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size / 1000:,.1f} kB"


async def rewritten_in(copies: Sequence[Path], rewrite: Callable[[Sequence[Path]], Awaitable[int]]) -> int:
    """Change the database inside each backup by `rewrite` (given its path) and pack it anew; how many were changed.

    A backup that cannot be read is removed, as nothing can be restored from it; so is a dump of a PostgreSQL server,
    which cannot be changed. UserError when one cannot be written.
    """
    done = await rewrite([path for path in copies if path.suffix != ".zip"])
    for path in (one for one in copies if one.suffix == ".zip"):
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
            try:
                found = await asyncio.to_thread(unpack, path, Path(folder))
            except UserError:
                found = None
            if found is None or found.database.suffix != ".db":
                path.unlink(missing_ok=True)
                continue
            done += await rewrite([found.database])
            files = {found.about.database_file: found.database} | {f"models/{one.name}": one for one in found.models}
            await asyncio.to_thread(pack, path, found.about, files)
    return done


def copies_in(place: Place) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """(backups, files that a restore set aside) of a data folder."""
    return tuple(_backups(place.backups)), tuple(sorted(place.data_dir.glob("*.former*")))
