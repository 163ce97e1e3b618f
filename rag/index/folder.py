"""The index's folder: one owner process, and a pointer to the generation that is live."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from rag.index.port import IndexBrokenError, IndexInUseError
from rag.weights import write_atomically
from signals.errors import UserError

_PREFIX = "index-"


class IndexFolder:
    """`FOLDER/current` names the live `FOLDER/index-<n>`; `FOLDER/lock` is held by the owner until `close`."""

    def __init__(self, folder: Path) -> None:
        """Create the folder where needed and take the lock.

        Raises IndexInUseError naming the holder's pid, UserError when the folder cannot be written.
        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as e:
            raise UserError(f"The folder {folder} cannot be written: {e.strerror}. Point DATA_DIR elsewhere.") from e
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            holder = os.read(self._lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._lock)
            raise IndexInUseError(
                f"The index in {folder} is in use by process {holder}; only one process may own it."
            ) from e
        os.ftruncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())

    def live(self) -> Path | None:
        """The live generation, None in a new folder. Raises IndexBrokenError when the pointer leads nowhere."""
        pointer = self._folder / "current"
        if not pointer.exists():
            return None
        name = pointer.read_text().strip()
        path = self._folder / name
        if not name.startswith(_PREFIX) or not path.is_dir():
            raise IndexBrokenError(f"The index in {self._folder} is missing its files. Rebuild it: deskmate reindex")
        return path

    def next(self) -> Path:
        """The path of a generation that does not exist yet."""
        numbers = [int(p.name.removeprefix(_PREFIX)) for p in self._generations()]
        return self._folder / f"{_PREFIX}{max(numbers, default=0) + 1}"

    def make_live(self, generation: Path) -> None:
        """Point to this generation atomically, then remove all others."""
        write_atomically(self._folder / "current", generation.name.encode())
        self.remove_others(generation)

    def remove_others(self, generation: Path) -> None:
        """Remove every generation but this one: what a crash in the middle of a rebuild has left."""
        for path in self._generations():
            if path != generation:
                shutil.rmtree(path, ignore_errors=True)

    def empty(self) -> bool:
        """Remove every generation: an index that nobody can use holds words of people all the same. True if any."""
        found = self._generations()
        (self._folder / "current").unlink(missing_ok=True)
        for path in found:
            shutil.rmtree(path, ignore_errors=True)
        return bool(found)

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._lock)

    def _generations(self) -> list[Path]:
        return [p for p in self._folder.glob(f"{_PREFIX}*") if p.name.removeprefix(_PREFIX).isdigit()]
