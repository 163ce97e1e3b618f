"""Model files: `VERSION.txt` (LightGBM's text) and `VERSION.json` (the manifest) in a folder; nothing is executed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from signals.errors import DataError, UserError
from signals.learned.manifest import parse, to_json
from signals.learned.model import LearnedModel, Trained, revive
from signals.learned.model_text import LARGEST

VERSION = re.compile(r"(15m|1h|4h|1d)-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}", re.ASCII)
AGAIN = "restore it from a backup, or run `deskmate train`"


def save(folder: Path, trained: Trained) -> None:
    """Write both files, each whole or not at all; the same version replaces. UserError when they cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{trained.manifest.version}.txt", trained.text)
        manifest = json.dumps(to_json(trained.manifest), indent=1, allow_nan=False)
        _write(folder / f"{trained.manifest.version}.json", manifest + "\n")
    except OSError as e:
        raise UserError(f"the model cannot be saved in {folder} ({e.strerror}); make DATA_DIR writable") from e


def load(folder: Path, version: str, sha256: str) -> LearnedModel:
    """A saved model, checked from end to end. `sha256` is the checksum of its text that was recorded elsewhere.

    DataError, naming the file and the fix, when a file is missing, cut off, changed, or another model's.
    """
    if not VERSION.fullmatch(version):
        raise DataError(f"{version!r:.60} is not a model's version; run `deskmate train`")
    manifest_file, text_file = folder / f"{version}.json", folder / f"{version}.txt"
    manifest = parse(_read(manifest_file), manifest_file.name)
    if manifest.version != version or manifest.sha256 != sha256:
        raise DataError(f"{manifest_file.name} belongs to another model than the recorded one; {AGAIN}")
    return revive(manifest, _read(text_file))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is too large for a model; {AGAIN}")
        return path.read_bytes().decode("ascii")
    except FileNotFoundError as e:
        raise DataError(f"the model's file {path.name} is missing from {path.parent}; {AGAIN}") from e
    except OSError as e:
        raise DataError(f"the model's file {path.name} cannot be read ({e.strerror}); {AGAIN}") from e
    except UnicodeDecodeError as e:
        raise DataError(f"the model's file {path.name} is not a text; {AGAIN}") from e


def _write(path: Path, text: str) -> None:
    waiting = path.with_suffix(path.suffix + ".new")
    with waiting.open("w", encoding="ascii", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
