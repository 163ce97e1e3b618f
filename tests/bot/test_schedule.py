"""A slot of a job has one effect, whoever runs it and whenever it died."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.schedule import Pace, Schedule
from bot.timetable import Row
from signals.errors import TemporaryError
from storage.values import JobRun

NOW = datetime(2022, 11, 8, 12, 7, 30, tzinfo=UTC)


class FakeClock:
    """A clock that is moved by hand."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class FakeJobRuns:
    """Job runs in memory, by the same rules as the table."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, datetime], JobRun] = {}

    async def claim(self, job: str, slot: datetime, holder: str, lease_s: float, now: datetime) -> JobRun | None:
        former = self.rows.get((job, slot))
        if former and (former.state in ("done", "skipped") or (former.state == "running" and former.lease_until > now)):
            return None
        fence = former.fence + 1 if former else 1
        self.rows[job, slot] = JobRun(job, slot, "running", holder, fence, now + timedelta(seconds=lease_s), now)
        return self.rows[job, slot]

    async def renew(self, run: JobRun, now: datetime) -> JobRun | None:
        return run

    async def finish(self, run: JobRun, state: str, detail: str, now: datetime) -> bool:
        current = self.rows[run.job, run.slot]
        if current.fence != run.fence:
            return False
        self.rows[run.job, run.slot] = replace(current, state=state, detail=detail, finished_at=now)
        return True

    async def skip(self, job: str, slot: datetime, holder: str, detail: str, now: datetime) -> bool:
        if (job, slot) in self.rows:
            return False
        self.rows[job, slot] = JobRun(job, slot, "skipped", holder, 1, now, now, now, detail)
        return True

    async def release(self, run: JobRun, now: datetime) -> None:
        self.rows[run.job, run.slot] = replace(self.rows[run.job, run.slot], lease_until=now)

    async def newest(
        self, job: str | None = None, limit: int = 20, until: datetime | None = None
    ) -> tuple[JobRun, ...]:
        runs = [run for run in self.rows.values() if job in (None, run.job) and (until is None or run.slot <= until)]
        return tuple(sorted(runs, key=lambda run: run.slot, reverse=True)[:limit])

    async def taken(self, job: str, since: datetime, limit: int) -> tuple[datetime, ...]:
        return tuple(sorted(slot for name, slot in self.rows if name == job and slot >= since)[:limit])


class Work:
    """Counts its runs; may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self.error = error
        self.wanted = 1
        self.reached = asyncio.Event()

    async def __call__(self) -> str:
        self.runs += 1
        if self.runs >= self.wanted:
            self.reached.set()
        if self.error is not None:
            raise self.error
        return f"run {self.runs}"


def row(work: Work, job: str = "sync", *, every_s: float = 300, grace_s: float = 300) -> Row:
    return Row(job, every_s, 5, grace_s, work)


def schedule(rows: list[Row], runs: FakeJobRuns, clock: FakeClock) -> Schedule:
    return Schedule(rows, runs, clock, Pace(lease_s=60, pickup_s=0.01))


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
    await asyncio.wait_for(work.reached.wait(), 5)
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


async def test_a_failed_slot_is_tried_again_soon_by_its_second_way_and_then_not_any_more() -> None:
    runs, bad, rest = FakeJobRuns(), Work(TemporaryError("the exchange is away")), Work()
    clock = FakeClock()
    own = Schedule([Row("sync", 300, 5, 300, bad, 0.01, rest)], runs, clock, Pace(60, 60))

    await own.catch_up()
    clock.moment += timedelta(seconds=1)
    await asyncio.wait_for(rest.reached.wait(), 30)
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
    await asyncio.wait_for(quick_again.wait(), 30)
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

    await asyncio.wait_for(own.catch_up(), 30)

    assert next(iter(runs.rows.values())).detail == "kept"
