"""The breaker and the queue in front of a model, with a clock that is set by hand."""

from __future__ import annotations

import asyncio

import pytest

from rag.model_errors import ModelError, ModelPaused, ModelTimeout, ModelUnusable
from rag.model_gate import Breaker, Gate


class Dial:
    """A clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(ModelUnusable), breaker.watch(10):
            raise ModelUnusable("no")


def test_two_failures_and_a_success_leave_it_closed() -> None:
    breaker = Breaker(clock=Dial())
    fail(breaker, 2)
    with breaker.watch(10):
        pass
    fail(breaker, 2)

    assert not breaker.is_open


def test_it_opens_after_three_and_a_failing_probe_keeps_it_open() -> None:
    clock = Dial()
    breaker = Breaker(clock=clock)
    fail(breaker, 3)
    assert breaker.is_open

    clock.now = 30
    fail(breaker)

    with pytest.raises(ModelPaused, match="30 s after 4 failures"), breaker.watch(10):
        pass


def test_only_one_probe_goes_through_at_a_time() -> None:
    clock = Dial()
    breaker = Breaker(clock=clock)
    fail(breaker, 3)
    clock.now = 30

    with breaker.watch(10), pytest.raises(ModelPaused), breaker.watch(10):
        pass

    assert not breaker.is_open


def test_a_cancelled_probe_lets_another_one_through() -> None:
    clock = Dial()
    breaker = Breaker(clock=clock)
    fail(breaker, 3)
    clock.now = 30

    with pytest.raises(asyncio.CancelledError), breaker.watch(10):
        raise asyncio.CancelledError

    with breaker.watch(10):
        pass
    assert not breaker.is_open


def test_a_bug_is_no_failure_of_the_model() -> None:
    breaker = Breaker(failures=1, clock=Dial())

    with pytest.raises(ZeroDivisionError), breaker.watch(10):
        raise ZeroDivisionError

    assert not breaker.is_open


@pytest.mark.parametrize(("waited", "counts"), [(9.0, False), (10.0, True)])
def test_a_cancellation_counts_once_the_model_had_its_time(waited: float, counts: bool) -> None:
    clock = Dial()
    breaker = Breaker(failures=1, clock=clock)

    with pytest.raises(asyncio.CancelledError), breaker.watch(10):
        clock.now += waited
        raise asyncio.CancelledError

    assert breaker.is_open is counts


async def test_a_call_that_takes_too_long_is_a_timeout_and_a_failure() -> None:
    breaker = Breaker(failures=1)
    gate = Gate(parallel=1, timeout_s=0.02, breaker=breaker)

    with pytest.raises(ModelTimeout):
        await gate.run(lambda: asyncio.sleep(1))

    assert breaker.is_open


async def test_a_turn_is_given_back_whatever_happens() -> None:
    async def wrong() -> None:
        raise ModelError("no")

    async def right() -> str:
        return "yes"

    gate = Gate(parallel=1, timeout_s=1, breaker=Breaker())
    with pytest.raises(ModelError):
        await gate.run(wrong)

    assert await gate.run(right) == "yes"
