"""Platforms beside the timetable: each runs in the one loop, is retried when it fails, and stops nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from signals.clock import monotonic_s
from signals.errors import DeskmateError, TemporaryError, UserError

log = logging.getLogger(__name__)


class Platform(Protocol):
    """A chat platform. It owns no loop and no signal handler."""

    @property
    def name(self) -> str:
        """`discord`, `telegram`."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Log in and serve until `stop` is set, then leave within 5 s.

        Raises UserError for what a person must mend (a refused token) and TemporaryError for what may pass by itself;
        both are retried, the former seldom. Runs again after it failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds until a platform is started again: doubled from `first_s` up to `most_s`, begun anew after `steady_s` of
    service; `mend_s` where a person must mend something (Discord counts every log-in).
    """

    first_s: float = 2.0
    most_s: float = 300.0
    mend_s: float = 900.0
    steady_s: float = 300.0
    leave_s: float = 6.0

    def after(self, failures: int, error: BaseException | None) -> float:
        """The wait after so many failures in a row, the last with this error."""
        if isinstance(error, UserError):
            return self.mend_s
        asked = error.retry_after_s if isinstance(error, TemporaryError) and error.retry_after_s else 0.0
        return max(asked, min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 20)))


class Platforms:
    """Keeps every platform running until told to stop; `states` says how each is, for people."""

    def __init__(self, platforms: Sequence[Platform], backoff: Backoff) -> None:
        self._platforms = tuple(platforms)
        self._backoff = backoff
        self.states: dict[str, str] = {platform.name: "not started" for platform in platforms}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; a platform that does not leave in time is cancelled. Raises nothing of a platform."""
        tasks = [asyncio.create_task(self._keep(platform, stop), name=platform.name) for platform in self._platforms]
        try:
            await stop.wait()
        finally:
            stop.set()
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=self._backoff.leave_s)
                for task in late:
                    log.warning("%s did not leave in time", task.get_name())
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, platform: Platform, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            began = monotonic_s()
            self.states[platform.name] = "running"
            error = await self._once(platform, stop)
            if stop.is_set():
                break
            failures = 1 if monotonic_s() - began >= self._backoff.steady_s else failures + 1
            wait_s = self._backoff.after(failures, error)
            told = str(error) if isinstance(error, DeskmateError) else "failed" if error else "ended by itself"
            self.states[platform.name] = f"{told}; next try in {wait_s:.0f} s"
            log.warning("%s: %s", platform.name, self.states[platform.name])
            await _wait(stop, wait_s)
        self.states[platform.name] = "stopped"

    async def _once(self, platform: Platform, stop: asyncio.Event) -> BaseException | None:
        """How a run of the platform ended: None, or its error, which is logged where it is a bug."""
        task = asyncio.create_task(platform.run(stop))
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        if task.cancelled():
            return None
        error = task.exception()
        if error is not None and not isinstance(error, DeskmateError):
            log.error("%s failed", platform.name, exc_info=error)
        return error


async def _wait(stop: asyncio.Event, wait_s: float) -> None:
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait((waiting,), timeout=wait_s)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
