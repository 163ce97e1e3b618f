"""Turns at the model: people in a circle, one call each. And what an asker may do meanwhile: wait, be told, stop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from rag.model_errors import ModelStopped

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: `told` hears the place in the queue (1 is next) whenever it changes; `stopped` ends the explanation.

    `words` is given the checked sentences of an explanation that is being written, "" when they count no more.
    """

    person: str
    told: Callable[[int], None] = lambda _place: None
    words: Callable[[str], None] = lambda _text: None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


ASKING: ContextVar[Asker | None] = ContextVar("asking", default=None)


@dataclass(eq=False, slots=True)
class _Waiter:
    ready: asyncio.Future[None]
    told: Callable[[int], None]
    place: int = 0


class FairTurns:
    """At most `parallel` holders at once. Of those who wait, each person gets one turn before anyone gets a second."""

    def __init__(self, parallel: int) -> None:
        self._free = parallel
        self._waiting: OrderedDict[str, deque[_Waiter]] = OrderedDict()

    @property
    def queued(self) -> int:
        """How many calls wait."""
        return sum(len(line) for line in self._waiting.values())

    async def acquire(self) -> None:
        """Wait for a turn as the asker of the present context. Cancelling gives up the place."""
        if self._free and not self._waiting:
            self._free -= 1
            return
        asker = ASKING.get() or Asker("")
        waiter = _Waiter(asyncio.get_running_loop().create_future(), asker.told)
        self._waiting.setdefault(asker.person, deque()).append(waiter)
        self._tell()
        try:
            await waiter.ready
        except asyncio.CancelledError:
            if waiter.ready.done() and not waiter.ready.cancelled():
                self.release()
            else:
                self._leave(asker.person, waiter)
            raise

    def release(self) -> None:
        """Give the turn to the next person, or back."""
        while self._waiting:
            person, line = self._waiting.popitem(last=False)
            waiter = line.popleft()
            if line:
                self._waiting[person] = line
            if not waiter.ready.done():  # one that was cancelled in this very moment has not left the line yet
                waiter.ready.set_result(None)
                break
        else:
            self._free += 1
        self._tell()

    def _leave(self, person: str, waiter: _Waiter) -> None:
        line = self._waiting.get(person)
        if line is not None and waiter in line:
            line.remove(waiter)
            if not line:
                del self._waiting[person]
        self._tell()

    def _tell(self) -> None:
        lines = [list(line) for line in self._waiting.values()]
        place = 0
        for depth in range(max(map(len, lines), default=0)):
            for waiter in (line[depth] for line in lines if depth < len(line)):
                place += 1
                if waiter.place != place:
                    waiter.place = place
                    waiter.told(place)


async def unless_stopped(work: Awaitable[Result]) -> Result:
    """The work's result; raises ModelStopped, the work cancelled, when the asker of this context stops it."""
    asker = ASKING.get()
    if asker is None:
        return await work
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(asker.stopped.wait())
    try:
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ModelStopped("the asker stopped the explanation")
        return task.result()
    finally:
        for one in (task, stop):
            one.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)
