"""Platforms beside each other: one that fails is tried again, stops nobody, and all leave in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.platforms import Backoff, Platforms
from signals.errors import TemporaryError, UserError

QUICK = Backoff(first_s=0.001, most_s=0.004, mend_s=0.002, steady_s=60.0, leave_s=0.05)


class FakePlatform:
    """Does what the test says each time it is run."""

    def __init__(self, name: str, behave: Callable[[int, asyncio.Event], Awaitable[None]]) -> None:
        self.name, self._behave, self.runs, self.left = name, behave, 0, False

    async def run(self, stop: asyncio.Event) -> None:
        self.runs += 1
        try:
            await self._behave(self.runs, stop)
        finally:
            self.left = stop.is_set()


async def serve(_run: int, stop: asyncio.Event) -> None:
    await stop.wait()


def failing(error: Exception, times: int = 3) -> Callable[[int, asyncio.Event], Awaitable[None]]:
    async def behave(run: int, stop: asyncio.Event) -> None:
        if run <= times:
            raise error
        await stop.wait()

    return behave


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("error", [TemporaryError("gateway away"), UserError("token refused"), RuntimeError("a bug")])
async def test_one_that_fails_is_tried_again_and_the_other_serves_on(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    sick, well = FakePlatform("discord", failing(error)), FakePlatform("telegram", serve)
    platforms, stop = Platforms([sick, well], QUICK), asyncio.Event()

    running = asyncio.create_task(platforms.run(stop))
    await until(lambda: sick.runs == 4)
    states = dict(platforms.states)
    stop.set()
    await running

    assert well.runs == 1
    assert states == {"discord": "running", "telegram": "running"}
    assert sick.left
    assert well.left
    assert set(platforms.states.values()) == {"stopped"}
    assert bool(caplog.records) == isinstance(error, RuntimeError)


async def test_one_that_ends_by_itself_is_started_again() -> None:
    async def behave(run: int, stop: asyncio.Event) -> None:
        if run > 1:
            await stop.wait()

    platform, stop = FakePlatform("discord", behave), asyncio.Event()
    running = asyncio.create_task(Platforms([platform], QUICK).run(stop))
    await until(lambda: platform.runs == 2)
    stop.set()

    await running


async def test_one_that_does_not_leave_is_cancelled() -> None:
    async def deaf(_run: int, _stop: asyncio.Event) -> None:
        await asyncio.Event().wait()

    platform, stop = FakePlatform("discord", deaf), asyncio.Event()
    running = asyncio.create_task(Platforms([platform], QUICK).run(stop))
    await until(lambda: platform.runs == 1)
    stop.set()

    await asyncio.wait_for(running, 60)


async def test_a_stop_ends_a_wait_between_two_tries_at_once() -> None:
    platform, stop = FakePlatform("discord", failing(UserError("token refused"))), asyncio.Event()
    platforms = Platforms([platform], Backoff(mend_s=900.0))
    running = asyncio.create_task(platforms.run(stop))
    await until(lambda: "token refused; next try in 900 s" in platforms.states["discord"])
    stop.set()

    await asyncio.wait_for(running, 60)


async def test_without_platforms_there_is_only_the_stop() -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Platforms([], QUICK).run(stop))
    await asyncio.sleep(0)
    assert not running.done()
    stop.set()

    await asyncio.wait_for(running, 60)


def test_waits_are_doubled_capped_and_longer_where_asked() -> None:
    backoff = Backoff(first_s=2, most_s=300, mend_s=900)

    assert [backoff.after(n, RuntimeError()) for n in (1, 2, 3, 9, 1000)] == [2, 4, 8, 300, 300]
    assert backoff.after(1, UserError("x")) == 900
    assert backoff.after(1, TemporaryError("x", retry_after_s=77)) == 77
