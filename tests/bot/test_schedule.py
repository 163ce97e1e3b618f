"""A slot of a job has one effect, whoever runs it and whenever it died."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.schedule import Pace, Schedule
from bot.timetable import Row
from signals.errors import TemporaryError
from storage.values import JobRun
from tests.bot.job_runs import NOW, FakeClock, FakeJobRuns, Work, row, schedule


def test_slots_are_multiples_of_the_interval_and_due_after_the_offset() -> None:
    every_five = row(Work())

    assert every_five.slot_at(NOW) == datetime(2022, 11, 8, 12, 5, tzinfo=UTC)
    assert every_five.slot_at(datetime(2022, 11, 8, 12, 5, 3, tzinfo=UTC)) == datetime(2022, 11, 8, 12, 0, tzinfo=UTC)
    assert every_five.due_after(NOW) == datetime(2022, 11, 8, 12, 10, 5, tzinfo=UTC)


def test_a_fast_timetable_shortens_its_offset() -> None:
    fast = row(Work(), every_s=2)

    assert fast.delay_s == 0.5
    assert fast.due_after(NOW) > NOW


async def test_a_slot_is_worked_on_once_however_often_it_is_tried() -> None:
    runs, work = FakeJobRuns(), Work()
    one, other = schedule([row(work)], runs, FakeClock()), schedule([row(work)], runs, FakeClock())

    await asyncio.gather(one.catch_up(), other.catch_up(), one.catch_up())

    assert work.runs == 1
    (run,) = runs.rows.values()
    assert (run.state, run.detail, run.fence) == ("done", "run 1", 1)


async def test_the_next_slot_is_worked_on_again() -> None:
    runs, work, clock = FakeJobRuns(), Work(), FakeClock()
    own = schedule([row(work)], runs, clock)

    await own.catch_up()
    clock.moment += timedelta(minutes=5)
    await own.catch_up()

    assert work.runs == 2
    assert len(runs.rows) == 2


async def test_an_abandoned_slot_is_picked_up_when_its_lease_has_lapsed() -> None:
    runs, work, clock = FakeJobRuns(), Work(), FakeClock()
    await runs.claim("sync", row(work).slot_at(NOW), "the dead one", 60, NOW)
    own = schedule([row(work)], runs, clock)

    await own.catch_up()
    before = work.runs
    clock.moment += timedelta(seconds=61)
    await own.catch_up()

    assert (before, work.runs) == (0, 1)
    assert next(iter(runs.rows.values())).fence == 2


async def test_an_abandoned_older_slot_is_closed_when_a_newer_one_makes_up_for_it() -> None:
    runs, work, clock = FakeJobRuns(), Work(), FakeClock()
    old = row(work).slot_at(NOW) - timedelta(minutes=5)
    await runs.claim("sync", old, "the dead one", 60, NOW - timedelta(minutes=5))

    await schedule([row(work)], runs, clock).catch_up()

    states = {run.slot: run.state for run in runs.rows.values()}
    assert states == {old: "skipped", row(work).slot_at(NOW): "done"}
    assert work.runs == 1


async def test_a_slot_that_is_too_old_is_recorded_as_skipped() -> None:
    runs, work = FakeJobRuns(), Work()

    await schedule([row(work, every_s=3600, grace_s=60)], runs, FakeClock()).catch_up()

    assert work.runs == 0
    assert [run.state for run in runs.rows.values()] == ["skipped"]


@pytest.mark.parametrize("error", [TemporaryError("the exchange is away"), ZeroDivisionError("a bug")])
async def test_a_failed_job_is_recorded_and_does_not_stop_the_next(error: Exception) -> None:
    runs, bad, good = FakeJobRuns(), Work(error), Work()
    own = schedule([row(bad), row(good, "signals")], runs, FakeClock())

    await own.catch_up()
    await own.catch_up()

    states = {run.job: run.state for run in runs.rows.values()}
    assert states == {"sync": "failed", "signals": "done"}
    assert bad.runs == 1


async def test_jobs_take_turns_in_the_order_of_the_timetable() -> None:
    order: list[str] = []

    async def slow() -> str:
        await asyncio.sleep(0.01)
        order.append("sync")
        return ""

    async def quick() -> str:
        order.append("signals")
        return ""

    rows = [Row("sync", 300, 5, 300, slow), Row("signals", 300, 5, 300, quick)]
    own = schedule(rows, FakeJobRuns(), FakeClock())

    await asyncio.gather(own.fire(rows[0]), own.fire(rows[1]))

    assert order == ["sync", "signals"]


async def test_started_it_runs_missed_slots_at_once_and_stops_in_order() -> None:
    runs, work = FakeJobRuns(), Work()
    own = schedule([row(work)], runs, FakeClock(datetime.now(UTC)))

    own.start()
    await work.reached.wait()
    await own.stop()

    assert work.runs == 1


async def test_whoever_waits_until_it_is_up_to_date_waits_for_the_missed_slots() -> None:
    runs, let = FakeJobRuns(), asyncio.Event()

    async def slow() -> str:
        await let.wait()
        return "done"

    own = Schedule([replace(row(Work()), work=slow)], runs, FakeClock(datetime.now(UTC)), Pace())
    await own.up_to_date()  # not started: nothing to wait for
    own.start()
    waiting = asyncio.create_task(own.up_to_date())
    await asyncio.sleep(0.05)
    early = waiting.done()
    let.set()
    await asyncio.wait_for(waiting, 60)
    await own.stop()

    assert not early
    assert [run.state for run in runs.rows.values()] == ["done"]


async def test_a_stop_while_a_slot_is_at_work_gives_it_up_without_an_error(caplog: pytest.LogCaptureFixture) -> None:
    class Running(FakeClock):
        def now(self) -> datetime:
            return datetime.now(UTC)

    runs, begun = FakeJobRuns(), asyncio.Event()

    async def endless_the_second_time() -> str:
        if len(runs.rows) > 1:  # the first slot is caught up; the next is APScheduler's
            begun.set()
            await asyncio.sleep(3600)
        return ""

    own = schedule([Row("sync", 1, 0, 300, endless_the_second_time)], runs, Running())

    own.start()
    await begun.wait()
    await own.stop(timeout_s=0.01)

    assert [record.message for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("error", [TemporaryError("disk full"), RuntimeError("a bug")])
async def test_a_database_that_fails_for_a_while_does_not_end_the_timetable(error: Exception) -> None:
    class Failing(FakeJobRuns):
        failures = 2

        async def claim(self, job: str, slot: datetime, holder: str, lease_s: float, now: datetime) -> JobRun | None:
            self.failures -= 1
            if self.failures >= 0:
                raise error
            return await super().claim(job, slot, holder, lease_s, now)

    work = Work()
    own = schedule([row(work)], Failing(), FakeClock(datetime.now(UTC)))

    own.start()
    await asyncio.wait_for(work.reached.wait(), 60)
    await own.stop()

    assert work.runs == 1


async def test_a_holder_that_was_taken_over_cannot_finish(caplog: pytest.LogCaptureFixture) -> None:
    runs = FakeJobRuns()

    async def overtaken() -> str:
        ((job, slot),) = runs.rows
        run = runs.rows[job, slot]
        runs.rows[job, slot] = replace(run, fence=run.fence + 1, holder="another")
        return "late"

    await schedule([Row("sync", 300, 5, 300, overtaken)], runs, FakeClock()).catch_up()

    assert next(iter(runs.rows.values())).state == "running"
    assert "taken over" in caplog.text


async def test_work_that_does_not_end_is_abandoned_when_stopping() -> None:
    runs, begun = FakeJobRuns(), asyncio.Event()

    async def endless() -> str:
        begun.set()
        await asyncio.sleep(60)
        return ""

    own = Schedule([Row("sync", 300, 5, 300, endless)], runs, FakeClock(datetime.now(UTC)), Pace(60, 60))
    own.start()
    await begun.wait()

    await own.stop(timeout_s=0.05)

    assert next(iter(runs.rows.values())).state == "running"


async def test_a_second_timer_of_a_speedy_timetable_gives_consecutive_slots() -> None:
    runs, work = FakeJobRuns(), Work()

    class RealClock(FakeClock):
        def now(self) -> datetime:
            return datetime.now(UTC)

    own = Schedule([row(work, every_s=0.2, grace_s=0.2)], runs, RealClock(), Pace(60, 60))
    work.wanted = 3
    own.start()
    await work.reached.wait()
    await own.stop()

    slots = sorted(slot for _, slot in runs.rows)
    assert all(run.state == "done" for run in runs.rows.values())
    assert len(slots) == len(set(slots)) >= 3
