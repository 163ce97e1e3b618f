"""The backup: one zip with a copy of the database, the learned models and a manifest of their checksums."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from signals.clock import iso
from signals.errors import UserError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE_FILES = {"sqlite": "deskmate.db", "postgresql": "deskmate.dump"}
MODEL = re.compile(r"models/[0-9A-Za-z][0-9A-Za-z_-]{0,80}\.(txt|json)", re.ASCII)
LARGEST_MANIFEST = 4 * 1024 * 1024
CHUNK = 1024 * 1024
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, RuntimeError)


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself: when and by which version, of which kind of database at which revision."""

    made_at: str
    version: str
    database: str
    revision: str

    @property
    def database_file(self) -> str:
        """The database's name in the backup."""
        return DATABASE_FILES[self.database]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup whose every file had its checksum, in a folder."""

    about: About
    folder: Path

    @property
    def database(self) -> Path:
        """The copy of the database."""
        return self.folder / self.about.database_file

    @property
    def models(self) -> tuple[Path, ...]:
        """The learned models' files."""
        return tuple(sorted((self.folder / "models").glob("*")))


def about(database: str, revision: str, version: str, now: datetime) -> About:
    """What a backup made now says of itself."""
    return About(iso(now), version, database, revision)


def pack(path: Path, told: About, files: Mapping[str, Path]) -> None:
    """Write files under their names in the backup; it appears whole or not at all, and is read back first. Blocks.

    UserError when it cannot be written.
    """
    fresh = path.with_name(path.name + ".partial")
    try:
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            listed = {name: _add(archive, name, file) for name, file in sorted(files.items())}
            manifest = {"format": FORMAT, "files": listed} | {n: getattr(told, n) for n in About.__slots__}
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1) + "\n")
        _read_through(fresh)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(path)
    except OSError as e:
        raise UserError(f"The backup {path} cannot be written: {e.strerror}.") from e
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def unpack(path: Path, folder: Path) -> Unpacked:
    """Read a backup into an empty folder, every file checked against the manifest. Blocks.

    UserError for a file that is missing, damaged, no backup of Deskmate, or of a newer format.
    """
    if not path.is_file():
        raise UserError(f"There is no backup at {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            told, listed = _manifest(archive, path)
            (folder / "models").mkdir()
            for name, expected in listed.items():
                with (folder / name).open("xb") as target:
                    found = _copied(archive, name, target)
                if found != expected:
                    raise UserError(f"The backup {path} is damaged ({name} is not what was saved): use an older one.")
    except _UNREADABLE as e:
        raise UserError(f"The backup {path} is damaged ({e}): use an older one.") from e
    except OSError as e:
        raise UserError(f"The backup {path} cannot be unpacked in {folder}: {e.strerror}.") from e
    return Unpacked(told, folder)


def read_about(path: Path) -> About:
    """What a backup says of itself, without reading the rest. Blocks; UserError as `unpack`."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(archive, path)[0]
    except (*_UNREADABLE, OSError) as e:
        raise UserError(f"The backup {path} is damaged ({e}): use an older one.") from e


def _manifest(archive: zipfile.ZipFile, path: Path) -> tuple[About, dict[str, tuple[str, int]]]:
    info = archive.getinfo(MANIFEST)
    if info.file_size > LARGEST_MANIFEST:
        raise ValueError("its manifest is too large")
    told: dict[str, Any] = json.loads(archive.read(info))
    if told["format"] != FORMAT:
        raise UserError(f"The backup {path} was made by a newer Deskmate (format {told['format']}): install that one.")
    found = About(**{name: str(told[name]) for name in About.__slots__})
    listed = {str(name): (str(one["sha256"]), int(one["bytes"])) for name, one in told["files"].items()}
    strange = [name for name in listed if name != found.database_file and not MODEL.fullmatch(name)]
    if strange or found.database_file not in listed:
        raise ValueError(f"{(strange or ['its database'])[0]!r} is not in its place")
    return found, listed


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> dict[str, str | int]:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _copied(archive: zipfile.ZipFile, name: str, target: IO[bytes] | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if target is not None:
                target.write(chunk)
    return digest.hexdigest(), size


def _read_through(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name, expected in _manifest(archive, path)[1].items():
            if _copied(archive, name, None) != expected:
                raise UserError(f"The backup {path} does not read back as it was written: look at the disk.")
