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
        self._lock = self._taken()

    def hold(self) -> None:
        """Make sure of the lock: somebody may have removed the folder, and with it the file that was locked.

        Raises as the constructor does.
        """
        try:
            same = os.path.samestat((self._folder / "lock").stat(), os.fstat(self._lock))
        except FileNotFoundError:
            same = False
        if not same:
            lost, self._lock = self._lock, self._taken()
            os.close(lost)

    def _taken(self) -> int:
        folder = self._folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as e:
            raise UserError(f"The folder {folder} cannot be written: {e.strerror}. Point DATA_DIR elsewhere.") from e
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise IndexInUseError(
                f"The index in {folder} is in use by process {holder}; only one process may own it."
            ) from e
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        return lock

    def live(self) -> Path | None:
        """The live generation, None in a new folder. Raises IndexBrokenError when the pointer leads nowhere."""
        pointer = self._folder / "current"
        if not pointer.exists():
            if self._generations():
                raise IndexBrokenError("The vector index has lost its pointer. Rebuild it: deskmate reindex")
            return None
        name = pointer.read_bytes().decode(errors="replace").strip()
        path = self._folder / name
        if not name.startswith(_PREFIX) or not path.is_dir():
            raise IndexBrokenError("The vector index is missing its files. Rebuild it: deskmate reindex")
        return path

    def next(self) -> Path:
        """The path of a generation that does not exist yet."""
        numbers = [int(p.name.removeprefix(_PREFIX)) for p in self._generations()]
        return self._folder / f"{_PREFIX}{max(numbers, default=0) + 1}"

    def point_to(self, generation: Path) -> None:
        """Make this generation the live one, atomically. UserError when the folder cannot be written."""
        write_atomically(self._folder / "current", generation.name.encode())

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
