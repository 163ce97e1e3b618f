"""The clock of `run`: APScheduler says when, the table `job_run` what was done. The only home of apscheduler.

A slot of a job has one effect: it is claimed with a lease and a fencing number, finished once, and picked up by the
next look when its holder died. Jobs that touch the market run one after the other, in the order of the timetable.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from bot.timetable import Row
from signals.clock import Clock, iso, monotonic_s
from signals.errors import DeskmateError
from storage.values import JobRun

log = logging.getLogger(__name__)
JUMP_S = 5.0
LOOK_BACK = 10


class JobRuns(Protocol):
    """What the schedule needs of the table of job runs."""

    async def claim(self, job: str, slot: datetime, holder: str, lease_s: float, now: datetime) -> JobRun | None:
        """The run, if this slot may be worked on now by `holder`."""
        ...

    async def renew(self, run: JobRun, now: datetime) -> JobRun | None:
        """Prolong the lease by its own length; None when another holder took over."""
        ...

    async def finish(self, run: JobRun, state: str, detail: str, now: datetime) -> bool:
        """Record the end; False when another holder took over."""
        ...

    async def skip(self, job: str, slot: datetime, holder: str, detail: str, now: datetime) -> bool:
        """Record that a slot will not run; False when it has a row already."""
        ...

    async def newest(self, job: str | None = None, limit: int = 20) -> tuple[JobRun, ...]:
        """Runs, newest slot first."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a claim is held without renewal, and between two looks for slots that were missed or abandoned."""

    lease_s: float = 120.0
    pickup_s: float = 30.0


class Schedule:
    """Runs the rows of a timetable until it is stopped."""

    def __init__(self, rows: Sequence[Row], runs: JobRuns, clock: Clock, pace: Pace) -> None:
        self.rows = tuple(rows)
        self._runs = runs
        self._clock = clock
        self._pace = pace
        self._holder = f"run-{uuid4().hex[:12]}"
        self._turn = asyncio.Lock()
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduler: Any = None
        self._look: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin: the newest missed slots run at once, in the order of the rows, then every slot in its time."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        now = self._clock.now()
        for row in self.rows:
            self._scheduler.add_job(
                self.fire,
                IntervalTrigger(seconds=row.every_s, start_date=row.due_after(now), timezone="UTC"),
                args=[row],
                id=row.job,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=max(1, round(row.grace_s)),
            )
        self._scheduler.start()
        self._look = asyncio.create_task(self._keep_looking())

    async def stop(self, timeout_s: float = 8.0) -> None:
        """Take no more work; finish what runs within `timeout_s`, else abandon it to be picked up later."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if self._look is not None:
            self._look.cancel()
            with suppress(asyncio.CancelledError):
                await self._look
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def fire(self, row: Row) -> None:
        """Work on the newest due slot of a row, unless it is done, too old or held by another."""
        task = asyncio.create_task(self._fire(row))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task])  # a stop that gives up a late task must not end APScheduler's own in an error

    async def run_now(self, job: str) -> JobRun | None:
        """Run a row's work as a slot of its own and give back how it ended; None while that job is at work.

        KeyError for a job that is not in the timetable. Works without `start`.
        """
        row = {row.job: row for row in self.rows}[job]
        if row.job in self._busy:
            return None
        self._busy.add(row.job)
        try:
            async with self._turn:
                now = self._clock.now()
                run = await self._runs.claim(row.job, now, self._holder, self._pace.lease_s, now)
                if run is None:
                    return None
                await self._work(row, run)
        finally:
            self._busy.discard(row.job)
        newest = await self._runs.newest(row.job, 1)
        return newest[0] if newest else None

    async def catch_up(self) -> None:
        """Work on the newest slot of every row that was missed or abandoned and is still useful."""
        for row in self.rows:
            await self.fire(row)

    async def _fire(self, row: Row) -> None:
        if row.job in self._busy:
            return
        self._busy.add(row.job)
        try:
            async with self._turn:
                await self._newest_slot(row)
        except DeskmateError as e:
            log.warning("%s could not be claimed or finished, it is looked at again: %s", row.job, e)
        except Exception:  # the timetable outlives a bug in one row
            log.exception("%s could not be claimed or finished", row.job)
        finally:
            self._busy.discard(row.job)

    async def _newest_slot(self, row: Row) -> None:
        now = self._clock.now()
        slot = row.slot_at(now)
        former = await self._runs.newest(row.job, LOOK_BACK)
        await self._close_abandoned([run for run in former if run.slot < slot], now)
        if former and former[0].slot >= slot and former[0].state != "running":
            return
        if not row.is_useful(slot, now):
            await self._runs.skip(row.job, slot, self._holder, "too late to be useful", now)
            return
        run = await self._runs.claim(row.job, slot, self._holder, self._pace.lease_s, now)
        if run is not None:
            await self._work(row, run)

    async def _close_abandoned(self, older: Sequence[JobRun], now: datetime) -> None:
        """Slots whose holder died and which a newer slot makes up for."""
        for dead in older:
            if dead.state == "running" and dead.lease_until <= now:
                run = await self._runs.claim(dead.job, dead.slot, self._holder, self._pace.lease_s, now)
                if run is not None:
                    await self._runs.finish(run, "skipped", "abandoned; a newer slot makes up for it", now)

    async def _work(self, row: Row, run: JobRun) -> None:
        keeper = asyncio.create_task(self._keep_lease(run))
        state, detail = "done", ""
        try:
            detail = await row.work()
        except DeskmateError as e:
            state, detail = "failed", str(e)
            log.warning("%s: %s", row.job, e)
        except Exception as e:
            state, detail = "failed", f"{type(e).__name__}, error {uuid4().hex[:8]}"
            log.exception("%s failed (%s)", row.job, detail)
        finally:
            keeper.cancel()
        if not await self._runs.finish(run, state, detail[:500], self._clock.now()):
            log.warning("%s %s was taken over by another process", row.job, iso(run.slot))
        else:
            log.info("%s %s %s: %s", row.job, iso(run.slot), state, detail)

    async def _keep_lease(self, run: JobRun) -> None:
        while True:
            await asyncio.sleep(self._pace.lease_s / 3)
            if await self._runs.renew(run, self._clock.now()) is None:
                return

    async def _keep_looking(self) -> None:
        wall, mono = self._clock.now(), monotonic_s()
        while True:
            await self.catch_up()
            await asyncio.sleep(self._pace.pickup_s)
            drift = (self._clock.now() - wall).total_seconds() - (monotonic_s() - mono)
            if abs(drift) > JUMP_S:
                log.warning("the clock jumped by %.0f s; the timetable is set anew", drift)
                self._scheduler.wakeup()
            wall, mono = self._clock.now(), monotonic_s()
