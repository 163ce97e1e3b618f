"""Finds callbacks that hold an event loop for too long, on a noisy machine too."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TRACED = 2 if sys.gettrace() is not None else 1  # coverage slows every line
CPU_LIMIT_S = 0.25 * TRACED
HELD_LIMIT_S = 0.5 * TRACED


@dataclass(frozen=True, slots=True)
class Held:
    """A callback that held the loop: seconds of computing, and seconds in all but those spent waiting for a core."""

    what: str
    cpu_s: float
    held_s: float

    def __str__(self) -> str:
        return f"{self.what} held the event loop for {self.held_s:.2f} s ({self.cpu_s:.2f} s of them computing)"


@dataclass(slots=True)
class LoopWatch:
    """Measures every callback of every loop of the process; `held` collects those above a limit.

    Computing is measured as the thread's CPU time. Sleeping or waiting for a file counts too, as wall time less the
    time the kernel says the thread waited for a core (Linux), so that a busy machine fails no test. Garbage collection
    is left out: after many tests it has much to go through, whoever sets it off. A callback that imports a module for
    the first time is let off: that happens once and would blame whichever test runs first.
    """

    cpu_limit_s: float = CPU_LIMIT_S
    held_limit_s: float = HELD_LIMIT_S
    held: list[Held] = field(default_factory=list)
    _collected: threading.local = field(default_factory=threading.local)

    def install(self) -> Callable[[], None]:
        """Watch from now on; returns the function that ends it."""
        original = asyncio.Handle._run

        def run(handle: asyncio.Handle) -> None:
            self.measure(handle, original)

        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.callbacks.append(self.collecting)

        def remove() -> None:
            asyncio.Handle._run = original  # type: ignore[method-assign]
            gc.callbacks.remove(self.collecting)

        return remove

    def collecting(self, phase: str, _info: dict[str, int]) -> None:
        """Called by the interpreter when a collection starts and stops, in the thread that set it off."""
        mine = self._collected.__dict__
        if phase == "start":
            mine["began"] = time.thread_time()
        elif "began" in mine:
            mine["total_s"] = mine.get("total_s", 0.0) + time.thread_time() - mine.pop("began")

    def collected_s(self) -> float:
        """Seconds that this thread has spent in garbage collection."""
        return float(self._collected.__dict__.get("total_s", 0.0))

    def measure(self, handle: asyncio.Handle, original: Callable[[asyncio.Handle], Any]) -> None:
        """Run one callback and note it when it was above a limit."""
        modules = len(sys.modules)
        queued, wall, cpu, collected = waited_for_core_s(), time.perf_counter(), time.thread_time(), self.collected_s()
        original(handle)
        collected = self.collected_s() - collected
        cpu_s, wall_s = time.thread_time() - cpu - collected, time.perf_counter() - wall - collected
        if max(cpu_s - self.cpu_limit_s, wall_s - self.held_limit_s) <= 0 or len(sys.modules) > modules:
            return
        waited_s = waited_for_core_s()
        held_s = cpu_s if queued is None or waited_s is None else wall_s - (waited_s - queued)
        if cpu_s > self.cpu_limit_s or held_s > self.held_limit_s:
            self.held.append(Held(name_of(handle), cpu_s, held_s))


class _Schedule(threading.local):
    """The kernel's account of the thread that asks, opened once: every callback of every test reads it twice."""

    def __init__(self) -> None:
        self.file: int | None = None
        with contextlib.suppress(OSError):
            self.file = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self.__dict__.get("file") is not None:
            os.close(self.file)  # type: ignore[arg-type]


_MINE = _Schedule()


def waited_for_core_s() -> float | None:
    """Seconds this thread has been ready to run without a core, since it began; None where the kernel does not say."""
    if _MINE.file is None:
        return None
    try:
        return int(os.pread(_MINE.file, 64, 0).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def name_of(handle: asyncio.Handle) -> str:
    """The task or function that a handle runs."""
    callback = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return str(getattr(owner.get_coro(), "__qualname__", owner.get_name()))
    return str(getattr(callback, "__qualname__", callback))
