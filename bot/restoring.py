"""The way back: a backup takes the place of database and learned models, and what was there is kept aside."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.backup_file import About, unpack
from bot.ground import make_folder
from bot.instance import take_seat
from bot.settings import Settings
from bot.tenure import NAME, place_of, refusal
from rag.index.folder import IndexFolder
from rag.truth import TYPES
from signals.clock import monotonic_s
from signals.errors import UserError
from storage.backup import check_copy, restore
from storage.database import Database
from storage.leases import Lease, LeaseStore

SILENT_S = 8.0  # a holder beats every two seconds
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: `about` is None for a bare copy of the database; `aside` says where the former is."""

    about: About | None
    aside: tuple[str, ...]
    models: int


async def restore_backup(settings: Settings, path: Path, now: datetime) -> Restored:
    """Put a backup in the place of what is there, unless anything of Deskmate is at work on it.

    Everything is checked before the first change. UserError, and nothing changed, when `run`, `chat` or the like holds
    the folder or the database, or the backup is damaged, of a newer version, or of the other kind of database.
    """
    make_folder(settings.data_dir)
    seat = take_seat(settings.data_dir, settings.database_file, "deskmate restore", now)
    try:
        index = IndexFolder(settings.data_dir / "index")
        try:
            await _refuse_served(settings, seat.lock)
            restored = await _restore(settings, path, now)
            await asyncio.to_thread(_empty, settings.data_dir / "index")
            return restored
        finally:
            index.close()
    finally:
        seat.release()


async def _restore(settings: Settings, path: Path, now: datetime) -> Restored:
    if path.suffix == ".db":
        await check_copy(path)
        return Restored(None, await restore(path, settings.url, now, frozenset(TYPES)), 0)
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restoring-") as folder:
        found = await asyncio.to_thread(unpack, path, Path(folder))
        kind = Database(settings.url).dialect
        if found.about.database != kind:
            raise UserError(f"The backup {path} is of {found.about.database}, and DATABASE_URL names {kind}.")
        aside = await restore(found.database, settings.url, now, frozenset(TYPES))
        models = await asyncio.to_thread(_put_back, found.models, settings.data_dir / "models")
        return Restored(found.about, aside, models)


async def _refuse_served(settings: Settings, lock: Path) -> None:
    """A `run` of another folder or machine may serve the same database; one that cannot be opened serves nobody."""
    try:
        database = await Database.open(settings.url)
    except UserError:
        return
    try:
        living = await _living_holder(LeaseStore(database), place_of(lock))
    except UserError:
        return
    finally:
        await database.close()
    if living is not None:
        raise UserError(refusal(living))


async def _living_holder(store: LeaseStore, here: str) -> Lease | None:
    first = await store.look(NAME)
    if first is None or not first.holder or first.place == here:
        return None
    until = monotonic_s() + SILENT_S
    while monotonic_s() < until:
        await asyncio.sleep(LOOK_S)
        seen = await store.look(NAME)
        if seen != first:
            return seen if seen is not None and seen.holder else None
    return None


def _put_back(models: tuple[Path, ...], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for model in models:
        target = folder / model.name
        if target.exists() and target.read_bytes() != model.read_bytes():
            target.rename(target.with_name(f"{target.name}.former"))
        shutil.copyfile(model, target)
    return len(models)


def _empty(folder: Path) -> None:
    """The index is made anew from the database; its lock stays, for it is held."""
    for part in folder.iterdir():
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        elif part.name != "lock":
            part.unlink(missing_ok=True)
