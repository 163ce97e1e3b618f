"""Slots that failed, were given up or lost their lease, and jobs that take long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.schedule import Pace, Schedule
from bot.timetable import Row
from signals.errors import TemporaryError
from storage.values import JobRun
from tests.bot.job_runs import FakeClock, FakeJobRuns, Work, row, schedule


async def test_a_failed_slot_is_tried_again_soon_by_its_second_way_and_then_not_any_more() -> None:
    runs, bad, rest = FakeJobRuns(), Work(TemporaryError("the exchange is away")), Work()
    clock = FakeClock()
    own = Schedule([Row("sync", 300, 5, 300, bad, 0.01, rest)], runs, clock, Pace(60, 60))

    await own.catch_up()
    clock.moment += timedelta(seconds=1)
    await asyncio.wait_for(rest.reached.wait(), 60)
    await own.catch_up()
    clock.moment += timedelta(seconds=1)
    await own.catch_up()
    await own.stop()

    (run,) = runs.rows.values()
    assert (bad.runs, rest.runs) == (1, 1)
    assert (run.state, run.fence) == ("done", 2)


async def test_a_failed_slot_of_another_process_is_not_tried_again_before_its_time() -> None:
    runs, work, clock = FakeJobRuns(), Work(TemporaryError("away")), FakeClock()
    own = Schedule([Row("sync", 300, 5, 300, work, 20.0)], runs, clock, Pace(60, 60))
    await own.catch_up()

    await own.catch_up()
    clock.moment += timedelta(seconds=21)
    await own.catch_up()
    await own.stop()

    assert work.runs == 2


async def test_given_up_work_can_be_taken_up_at_once() -> None:
    runs, begun, clock = FakeJobRuns(), asyncio.Event(), FakeClock()

    async def endless() -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    own = Schedule([Row("sync", 300, 5, 300, endless)], runs, clock, Pace(3600, 60))
    catching_up = asyncio.create_task(own.catch_up())
    await begun.wait()
    await own.stop(timeout_s=0.01)
    await catching_up
    work = Work()

    await schedule([row(work)], runs, clock).catch_up()

    assert work.runs == 1
    assert next(iter(runs.rows.values())).fence == 2


async def test_a_slow_job_holds_up_no_quick_one_and_waits_for_the_first_round() -> None:
    order: list[str] = []
    go_on, quick_again = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        order.append("slow begins")
        await go_on.wait()
        return ""

    async def quick() -> str:
        order.append("quick")
        if len(order) > 2:
            quick_again.set()
        return ""

    class RealClock(FakeClock):
        def now(self) -> datetime:
            return datetime.now(UTC)

    rows = [Row("train", 86_400, 5, 86_400, slow, lane="slow"), Row("sync", 0.2, 0.01, 1, quick)]
    own = Schedule(rows, FakeJobRuns(), RealClock(), Pace(60, 0.05))

    own.start()
    await asyncio.wait_for(quick_again.wait(), 60)
    go_on.set()
    await own.stop()

    assert order[0] == "quick"
    assert order[1:].count("slow begins") == 1


async def test_a_lease_goes_on_being_renewed_after_the_database_was_away() -> None:
    renewed = asyncio.Event()

    class Away(FakeJobRuns):
        failures = 2

        async def renew(self, run: JobRun, now: datetime) -> JobRun | None:
            self.failures -= 1
            if self.failures >= 0:
                raise TemporaryError("the database is away")
            renewed.set()
            return run

    async def until_renewed() -> str:
        await renewed.wait()
        return "kept"

    runs = Away()
    own = Schedule([Row("sync", 300, 5, 300, until_renewed)], runs, FakeClock(), Pace(0.03, 60))

    await asyncio.wait_for(own.catch_up(), 60)

    assert next(iter(runs.rows.values())).detail == "kept"
