"""What ran, slot by slot: a slot has one effect, whoever runs it and however often it is tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.rows import as_row, from_row
from storage.tables import job_runs
from storage.values import JobRun

RUNNING, DONE, FAILED, SKIPPED = "running", "done", "failed", "skipped"
LONGEST_AHEAD = 10  # leases: a holder on another machine may have set a longer one, or its clock goes ahead


class JobRunStore:
    """Slots of jobs, held by a lease; a holder whose lease was taken over can neither renew nor finish."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, job: str, slot: datetime, holder: str, lease_s: float, now: datetime) -> JobRun | None:
        """Take the slot until `now + lease_s`; None when it is done, skipped, or held by a lease that still runs.

        A failed slot, and one whose lease has lapsed, is taken over with the next fencing number. A lease that ends
        later than `now` allows was begun before the clock was set back, and counts as lapsed.
        """
        async with self._database.write() as conn:
            former = await _run(conn, job, slot)
            if former is not None and _is_taken(former, now, timedelta(seconds=LONGEST_AHEAD * lease_s)):
                return None
            fence = 1 if former is None else former.fence + 1
            run = JobRun(job, slot, RUNNING, holder, fence, now + timedelta(seconds=lease_s), now)
            await conn.execute(dialect.upsert(conn.dialect.name, job_runs), as_row(run) | {"lease_s": lease_s})
        return run

    async def renew(self, run: JobRun, now: datetime) -> JobRun | None:
        """Prolong the lease by its own length from `now`; None when another has taken the slot over or it has ended."""
        async with self._database.write() as conn:
            lease_s = await conn.scalar(sa.select(job_runs.c.lease_s).where(*_held_by(run)))
            if lease_s is None:
                return None
            until = now + timedelta(seconds=lease_s)
            await conn.execute(sa.update(job_runs).where(*_held_by(run)).values(lease_until=until))
            return await _run(conn, run.job, run.slot)

    async def finish(self, run: JobRun, state: str, detail: str, now: datetime) -> bool:
        """End the slot as done, failed or skipped; False, and nothing changed, when the holder was fenced off."""
        end = sa.update(job_runs).where(*_held_by(run)).values(state=state, detail=detail, finished_at=now)
        async with self._database.write() as conn:
            return (await conn.execute(end)).rowcount > 0

    async def release(self, run: JobRun, now: datetime) -> None:
        """Give an unfinished slot up, so that anybody may claim it at `now`; nothing when fenced off."""
        end = sa.update(job_runs).where(*_held_by(run)).values(lease_until=now)
        async with self._database.write() as conn:
            await conn.execute(end)

    async def skip(self, job: str, slot: datetime, holder: str, detail: str, now: datetime) -> bool:
        """Record that a slot will not run; False when it has a row already."""
        run = JobRun(job, slot, SKIPPED, holder, 1, now, now, now, detail)
        async with self._database.write() as conn:
            added = await conn.execute(dialect.insert_new(conn.dialect.name, job_runs), as_row(run) | {"lease_s": 0.0})
        return added.rowcount > 0

    async def newest(
        self, job: str | None = None, limit: int = 20, until: datetime | None = None
    ) -> tuple[JobRun, ...]:
        """Runs of a job (of all if None), newest slot first; with `until` none of a later slot."""
        query = sa.select(job_runs).order_by(job_runs.c.slot.desc(), job_runs.c.job).limit(limit)
        if until is not None:
            query = query.where(job_runs.c.slot <= until)
        return await self._select(query if job is None else query.where(job_runs.c.job == job))

    async def taken(self, job: str, since: datetime, limit: int) -> tuple[datetime, ...]:
        """The first `limit` slots from `since` on that have a row, ascending."""
        mine = sa.select(job_runs.c.slot).where(job_runs.c.job == job, job_runs.c.slot >= since)
        async with self._database.read() as conn:
            return tuple(await conn.scalars(mine.order_by(job_runs.c.slot).limit(limit)))

    async def last_done(self, job: str) -> JobRun | None:
        """The newest slot of the job that was done."""
        mine = sa.select(job_runs).where(job_runs.c.job == job, job_runs.c.state == DONE)
        found = await self._select(mine.order_by(job_runs.c.slot.desc()).limit(1))
        return found[0] if found else None

    async def _select(self, query: sa.Select[Any]) -> tuple[JobRun, ...]:
        async with self._database.read() as conn:
            return tuple(from_row(JobRun, row) for row in await conn.execute(query))


def _is_taken(run: JobRun, now: datetime, ahead: timedelta) -> bool:
    return run.state in (DONE, SKIPPED) or (run.state == RUNNING and now < run.lease_until <= now + ahead)


async def _run(conn: AsyncConnection, job: str, slot: datetime) -> JobRun | None:
    found = await conn.execute(sa.select(job_runs).where(job_runs.c.job == job, job_runs.c.slot == slot))
    row = found.one_or_none()
    return None if row is None else from_row(JobRun, row)


def _held_by(run: JobRun) -> tuple[sa.ColumnElement[bool], ...]:
    t = job_runs.c
    return (t.job == run.job, t.slot == run.slot, t.fence == run.fence, t.state == RUNNING)
