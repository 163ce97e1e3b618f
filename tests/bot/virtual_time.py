"""An event loop whose time goes on by itself, as fast as nothing is left to do, and a wall clock that can be set."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any


class _Impatient:
    """A selector that never waits for a timer: it moves the loop's time on instead."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return self._real.select(timeout)
        found = self._real.select(0)
        if not found:
            self.now_s += timeout
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Hours of sleeping pass in milliseconds; what is ready runs first."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)  # type: ignore[arg-type]

    def time(self) -> float:
        """Seconds since the loop was made, as far as it was moved on."""
        return self._impatient.now_s


class WallClock:
    """A wall clock over the loop's time: `set_by` is what an operator, or a time server, does to it."""

    def __init__(self, moment: datetime) -> None:
        self._start, self._offset = moment, timedelta()

    def monotonic(self) -> float:
        """The loop's time: never set."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """What the wall clock shows."""
        return self._start + timedelta(seconds=self.monotonic()) + self._offset

    def set_by(self, step: timedelta) -> None:
        """Set the clock forward, or back."""
        self._offset += step

    def as_datetime(self) -> type[datetime]:
        """A stand-in for the class `datetime` whose `now` is this clock's, for a library that reads it by itself."""
        clock = self

        class Virtual(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now().astimezone(tz)

        return Virtual


def run_virtually(main: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine function in virtual time."""

    async def whole() -> None:
        await main()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(whole())
