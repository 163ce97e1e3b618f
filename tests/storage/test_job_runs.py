"""Job runs: one effect per slot, whoever runs it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage.stores import Stores
from storage.values import JobRun
from tests.storage.builders import HOUR, NOW

SECOND = timedelta(seconds=1)


async def _claim(stores: Stores, holder: str = "a", *, after_s: float = 0) -> JobRun | None:
    return await stores.job_runs.claim("sync", NOW, holder, 30, NOW + after_s * SECOND)


async def _held(stores: Stores, holder: str = "a", *, after_s: float = 0) -> JobRun:
    run = await _claim(stores, holder, after_s=after_s)
    assert run is not None
    return run


async def test_a_slot_is_claimed_once(stores: Stores) -> None:
    run = await _claim(stores)

    assert run == JobRun("sync", NOW, "running", "a", 1, NOW + 30 * SECOND, NOW)
    assert await _claim(stores, "b", after_s=29) is None
    assert await _claim(stores, "a", after_s=29) is None
    assert await stores.job_runs.newest("sync") == (run,)


async def test_of_ten_that_want_a_slot_one_gets_it(stores: Stores) -> None:
    claims = await asyncio.gather(*(_claim(stores, str(i)) for i in range(10)))

    assert sum(claim is not None for claim in claims) == 1


async def test_jobs_and_slots_are_apart(stores: Stores) -> None:
    claims = [await stores.job_runs.claim(job, slot, "a", 30, NOW) for job in "xy" for slot in (NOW, NOW + HOUR)]

    assert all(claims)
    assert [(run.slot, run.job) for run in await stores.job_runs.newest(None, 3)] == [
        (NOW + HOUR, "x"),
        (NOW + HOUR, "y"),
        (NOW, "x"),
    ]


async def test_a_slot_that_is_done_is_never_run_again(stores: Stores) -> None:
    run = await _held(stores)

    assert await stores.job_runs.finish(run, "done", "3 bars", NOW + SECOND)

    assert await _claim(stores, "b", after_s=9999) is None
    (found,) = await stores.job_runs.newest("sync")
    assert (found.state, found.detail, found.finished_at) == ("done", "3 bars", NOW + SECOND)
    assert await stores.job_runs.last_done("sync") == found
    assert not await stores.job_runs.finish(run, "failed", "", NOW + 2 * SECOND)


async def test_a_failed_slot_may_be_tried_again(stores: Stores) -> None:
    await stores.job_runs.finish(await _held(stores), "failed", "no network", NOW)

    again = await _held(stores, "b", after_s=1)

    assert (again.fence, again.holder, again.detail, again.finished_at) == (2, "b", "", None)
    assert await stores.job_runs.last_done("sync") is None


async def test_a_lapsed_lease_is_taken_over_and_the_late_holder_fenced_off(stores: Stores) -> None:
    late = await _held(stores)

    taken = await _held(stores, "b", after_s=30)

    assert taken.fence == 2
    assert not await stores.job_runs.finish(late, "done", "late", NOW + 31 * SECOND)
    assert await stores.job_runs.renew(late, NOW + 31 * SECOND) is None
    assert await stores.job_runs.newest("sync") == (taken,)
    assert await stores.job_runs.finish(taken, "done", "", NOW + 32 * SECOND)


async def test_a_renewed_lease_runs_its_own_length_from_now(stores: Stores) -> None:
    run = await _held(stores)

    renewed = await stores.job_runs.renew(run, NOW + 20 * SECOND)

    assert renewed is not None
    assert renewed.lease_until == NOW + 50 * SECOND
    assert await _claim(stores, "b", after_s=49) is None
    assert await stores.job_runs.finish(run, "done", "", NOW + 50 * SECOND)
    assert await stores.job_runs.renew(run, NOW + 51 * SECOND) is None


async def test_a_skipped_slot_is_recorded_and_not_run(stores: Stores) -> None:
    assert await stores.job_runs.skip("sync", NOW, "a", "too late", NOW + HOUR)

    assert not await stores.job_runs.skip("sync", NOW, "a", "again", NOW + HOUR)
    assert await _claim(stores, after_s=9999) is None
    (found,) = await stores.job_runs.newest("sync")
    assert (found.state, found.detail) == ("skipped", "too late")


async def test_the_last_done_is_the_newest_slot_that_was(stores: Stores) -> None:
    for hours in (2, 1):
        run = await stores.job_runs.claim("sync", NOW - hours * HOUR, "a", 30, NOW)
        assert run is not None
        await stores.job_runs.finish(run, "done", str(hours), NOW)
    await _held(stores)

    last = await stores.job_runs.last_done("sync")

    assert last is not None
    assert last.detail == "1"
    assert await stores.job_runs.last_done("other") is None


async def test_a_released_slot_is_taken_up_at_once_by_another(stores: Stores) -> None:
    given_up = await _held(stores)

    await stores.job_runs.release(given_up, NOW + SECOND)

    taken = await _held(stores, "b", after_s=1)
    assert taken.fence == 2
    assert not await stores.job_runs.finish(given_up, "done", "late", NOW + 2 * SECOND)


async def test_a_lease_of_before_the_clock_was_set_back_has_lapsed(stores: Stores) -> None:
    await _held(stores)

    assert await _claim(stores, "b", after_s=-200) is None
    assert await _claim(stores, "b", after_s=-3600) is not None


async def test_runs_up_to_a_slot_and_slots_from_one_on_are_told(stores: Stores) -> None:
    for hours in (-1, 0, 2):
        await stores.job_runs.claim("sync", NOW + hours * HOUR, "a", 30, NOW)

    until = await stores.job_runs.newest("sync", 5, NOW)

    assert [run.slot for run in until] == [NOW, NOW - HOUR]
    assert await stores.job_runs.taken("sync", NOW, 10) == (NOW, NOW + 2 * HOUR)
    assert await stores.job_runs.taken("sync", NOW - HOUR, 1) == (NOW - HOUR,)
