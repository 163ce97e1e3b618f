"""Faults in SQLite's own system calls, without any tool: its unix VFS lets each call be replaced (`xSetSystemCall`).

Syncs are not among those calls: they are the method `xSync` of each open file, which is replaced when it is opened.
Works wherever Python's SQLite is a shared library that gives its symbols away; `available` says whether it is.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
import fcntl
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LONG, INT, POINTER = ctypes.c_long, ctypes.c_int, ctypes.c_void_p
CALLS: dict[str, tuple[Any, ...]] = {
    "open": (INT, ctypes.c_char_p, INT, INT),
    "ftruncate": (INT, INT, LONG),
    "fcntl": (INT, INT, INT, POINTER),
    "read": (LONG, INT, POINTER, LONG),
    "pread": (LONG, INT, POINTER, LONG, LONG),
    "pread64": (LONG, INT, POINTER, LONG, LONG),
    "write": (LONG, INT, POINTER, LONG),
    "pwrite": (LONG, INT, POINTER, LONG, LONG),
    "pwrite64": (LONG, INT, POINTER, LONG, LONG),
    "fallocate": (INT, INT, LONG, LONG),
    "unlink": (INT, ctypes.c_char_p),
    "mmap": (POINTER, POINTER, LONG, INT, INT, INT, LONG),
}
WRITING = ("open", "ftruncate", "write", "pwrite", "pwrite64", "fallocate", "sync")
WRITES = ("write", "pwrite", "pwrite64")
KINDS = {
    **dict.fromkeys(WRITES, "write"),
    **dict.fromkeys(("ftruncate", "fallocate", "unlink"), "size"),
    "sync": "sync",
    **dict.fromkeys(("open", "fcntl", "read", "pread", "pread64", "mmap"), "read"),
}
IOERR_FSYNC, FULL = 1034, 13  # SQLite's own words, as its methods give them back
FULL_FOR = 6  # calls that ask for room, one after the other
MODES = ("io error", "full disk", "killed before", "killed after", "killed half way")


XSYNC = ctypes.CFUNCTYPE(INT, POINTER, INT)
XOPEN = ctypes.CFUNCTYPE(INT, POINTER, ctypes.c_char_p, POINTER, INT, POINTER)
METHODS = 19  # words of an `sqlite3_io_methods` of version 3; the first is the version
SYNC_AT = 5


class _Vfs(ctypes.Structure):
    _fields_ = [
        *(("iVersion", INT), ("szOsFile", INT), ("mxPathname", INT), ("pNext", POINTER), ("zName", ctypes.c_char_p)),
        *(("pAppData", POINTER), ("xOpen", POINTER), ("xDelete", POINTER), ("xAccess", POINTER)),
        *(("xFullPathname", POINTER), ("xDlOpen", POINTER), ("xDlError", POINTER), ("xDlSym", POINTER)),
        *(("xDlClose", POINTER), ("xRandomness", POINTER), ("xSleep", POINTER), ("xCurrentTime", POINTER)),
        *(("xGetLastError", POINTER), ("xCurrentTimeInt64", POINTER)),
        ("xSetSystemCall", ctypes.CFUNCTYPE(INT, POINTER, ctypes.c_char_p, POINTER)),
        ("xGetSystemCall", ctypes.CFUNCTYPE(POINTER, POINTER, ctypes.c_char_p)),
    ]


def available() -> str | None:
    """None when faults can be put in, else why not."""
    try:
        found = _vfs()
    except (OSError, AttributeError) as e:
        return f"SQLite's own calls cannot be reached here: {e}"
    return None if found.contents.iVersion >= 3 else "SQLite is too old to have its calls replaced"


def _vfs() -> Any:
    library = ctypes.CDLL(_sqlite3.__file__)
    find = library.sqlite3_vfs_find
    find.restype, find.argtypes = ctypes.POINTER(_Vfs), [ctypes.c_char_p]
    return find(b"unix")


@dataclass
class Faults:
    """Counts the calls by kind, and lets the `nth` of its `kind` go wrong; 0: none does. Keep it alive for as long as
    SQLite is used.
    """

    nth: int = 0
    mode: str = ""
    kind: str = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS.values(), 0))
    left: int = 0
    hit: str = ""
    _kept: list[Any] = field(default_factory=list)

    def install(self) -> None:
        """Replace the calls of every connection from now on."""
        vfs = _vfs()
        for name, signature in CALLS.items():
            kind = ctypes.CFUNCTYPE(signature[0], *signature[1:], use_errno=True)
            address = vfs.contents.xGetSystemCall(vfs, name.encode())
            if address:
                replaced = kind(self._instead(name, kind(address)))
                self._kept.append(replaced)
                assert vfs.contents.xSetSystemCall(vfs, name.encode(), ctypes.cast(replaced, POINTER)) == 0
        self._watch_syncs(vfs)

    def _watch_syncs(self, vfs: Any) -> None:
        real_open = XOPEN(vfs.contents.xOpen)
        made: dict[int, Any] = {}

        def opened(given: int, name: bytes | None, file: int, flags: int, out: int | None) -> int:
            status = int(real_open(given, name, file, flags, out))
            methods = POINTER.from_address(file)
            if methods.value and methods.value not in made:
                copy = (POINTER * METHODS)(*(POINTER * METHODS).from_address(methods.value))
                sync = XSYNC(self._instead("sync", XSYNC(copy[SYNC_AT])))
                copy[SYNC_AT] = ctypes.cast(sync, POINTER)
                self._kept.append((copy, sync))
                made[methods.value] = ctypes.addressof(copy)
            if methods.value:
                methods.value = made[methods.value]
            return status

        replaced = XOPEN(opened)
        self._kept += [real_open, replaced]
        vfs.contents.xOpen = ctypes.cast(replaced, POINTER)

    def _instead(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if name == "fcntl" and _gives_back(*given):
                return real(*given)  # no system refuses to take a lock back
            kind = KINDS[name]
            self.counts[kind] += 1
            now = kind == self.kind and self.counts[kind] == self.nth
            if now:
                self.hit = name
                if self.mode == "killed before":
                    os.kill(os.getpid(), signal.SIGKILL)
                if self.mode == "killed half way" and name in WRITES:
                    real(*given[:2], given[2] // 2, *given[3:])
                if self.mode.startswith("killed"):
                    real(*given) if self.mode == "killed after" else None
                    os.kill(os.getpid(), signal.SIGKILL)
                if self.mode == "full disk":
                    self.left = FULL_FOR
                if self.mode == "io error":
                    return _failed(name, errno.EIO)
            if self.left and name in WRITING:
                self.left -= 1
                return _failed(name, errno.ENOSPC)
            return real(*given)

        return call


def _gives_back(_: int, command: int, lock: int | None) -> bool:
    return command == fcntl.F_SETLK and bool(lock) and ctypes.c_short.from_address(lock or 0).value == fcntl.F_UNLCK


def _failed(name: str, number: int) -> int:
    if name == "sync":
        return IOERR_FSYNC if number == errno.EIO else FULL
    ctypes.set_errno(number)
    return -1 if name != "mmap" else ctypes.c_void_p(-1).value or -1
