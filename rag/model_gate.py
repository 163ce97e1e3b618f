"""The way to a model: a queue as wide as the server, a deadline, and a breaker after repeated failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rag.model_errors import ModelBusy, ModelError, ModelPaused, ModelTimeout
from rag.turns import FairTurns

Result = TypeVar("Result")
_PATIENCE = 0.9


class Breaker:
    """Closed until `failures` calls in a row failed, then open for `open_s` seconds, then one probe decides.

    `clock` is monotonic, in seconds.
    """

    def __init__(self, *, failures: int = 3, open_s: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._open_s, self._clock = failures, open_s, clock
        self._failed, self._until, self._probing = 0, 0.0, False
        self._last: ModelError | None = None

    @property
    def is_open(self) -> bool:
        """True while calls are refused without asking the server."""
        return self._failed >= self._limit and (self._probing or self._clock() < self._until)

    @property
    def probing(self) -> bool:
        """True while one call finds out whether the server is well again."""
        return self._probing

    def refuse(self) -> None:
        """Raises ModelPaused while calls are refused."""
        if self.is_open:
            wait_s = max(0.0, self._until - self._clock())
            text = f"the model is not asked for another {wait_s:.0f} s after {self._failed} failures"
            raise ModelPaused(f"{text}; the last one: {self._last}", retry_after_s=wait_s)

    @contextmanager
    def watch(self, patience_s: float) -> Iterator[None]:
        """Around one call. Raises ModelPaused when open; counts a ModelError as a failure.

        A call cancelled from outside counts as one only after `patience_s`: an earlier cancellation says nothing.
        """
        probe = self._enter()
        began = self._clock()
        try:
            yield
        except ModelError as e:
            self._fail(e)
            raise
        except asyncio.CancelledError:
            if self._clock() - began >= patience_s:
                self._fail(ModelTimeout("the model gave no answer in time"))
            raise
        else:
            self._failed, self._last = 0, None
        finally:
            self._probing = self._probing and not probe

    def _enter(self) -> bool:
        self.refuse()
        probe = self._failed >= self._limit
        self._probing = self._probing or probe
        return probe

    def _fail(self, error: ModelError) -> None:
        self._failed, self._last = self._failed + 1, error
        self._until = self._clock() + self._open_s


class Gate:
    """At most `parallel` calls at once, people in turns, each call with `timeout_s` in all, its wait included."""

    def __init__(self, *, parallel: int, timeout_s: float, breaker: Breaker) -> None:
        self._turns, self._timeout_s, self.breaker = FairTurns(parallel), timeout_s, breaker

    @property
    def queued(self) -> int:
        """How many calls wait for their turn."""
        return self._turns.queued

    async def run(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """The call's result. Raises ModelBusy if its turn never came, ModelTimeout, ModelPaused, or what it raises."""
        self.breaker.refuse()
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        await self._turn(deadline)
        try:
            with self.breaker.watch(_PATIENCE * self._timeout_s):
                return await self._within(deadline, call)
        finally:
            self._turns.release()

    async def _turn(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError as e:
            raise ModelBusy(f"the model was busy with other questions for {self._timeout_s:g} s") from e

    async def _within(self, deadline: float, call: Callable[[], Awaitable[Result]]) -> Result:
        try:
            async with asyncio.timeout_at(deadline):
                return await call()
        except TimeoutError as e:
            raise ModelTimeout(f"the model gave no complete answer within {self._timeout_s:g} s") from e
