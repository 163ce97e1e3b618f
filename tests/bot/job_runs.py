"""What the tests of the schedule share: a clock moved by hand, job runs in memory, work that is counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.schedule import Pace, Schedule
from bot.timetable import Row
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
