"""The clock of `run`: APScheduler says when, the table `job_run` what was done. The only home of apscheduler.

A slot of a job has one effect: it is claimed with a lease and a fencing number, finished once, and picked up by the
next look when its holder died. Which slot is due is decided by the wall clock alone at the time of the look, so that a
clock that is set, forward or back, neither repeats a slot nor waits for one. Jobs of a lane run one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.holder import me
from bot.slots import JobRuns, close_abandoned, keep_lease, next_due
from bot.timetable import QUICK, Entry
from signals.clock import Clock, iso, monotonic_s
from signals.errors import DeskmateError
from storage.values import JobRun

log = logging.getLogger(__name__)
JUMP_S = 5.0
Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a claim is held without renewal, and between two looks for slots that were missed or abandoned."""

    lease_s: float = 120.0
    pickup_s: float = 30.0


class Schedule:
    """Runs the rows of a timetable until it is stopped. `clock` is the wall's; `monotonic` finds its jumps."""

    def __init__(
        self,
        rows: Sequence[Entry],
        runs: JobRuns,
        clock: Clock,
        pace: Pace,
        monotonic: Callable[[], float] = monotonic_s,
    ) -> None:
        self.rows = tuple(rows)
        self._runs = runs
        self._clock = clock
        self._pace = pace
        self._monotonic = monotonic
        self._holder = f"{me()}:{uuid4().hex[:6]}"
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.Task[None]] = set()
        self._scheduler: Any = None
        self._first: asyncio.Task[None] | None = None
        self._look: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin: the newest missed slots run at once, in the order of the rows, then every slot in its time."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for row in self.rows:
            options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}  # `fire` judges what is late
            self._scheduler.add_job(self._due, _when_due(row), args=[row], id=row.job, **options)
        self._scheduler.start()
        self._first = asyncio.create_task(self._first_round())
        self._look = asyncio.create_task(self._keep_looking())

    async def up_to_date(self) -> None:
        """Returns when the slots that `start` found missed are through; at once where it was not called."""
        if self._first is not None:
            await asyncio.wait([self._first])

    async def stop(self, timeout_s: float = 8.0) -> None:
        """Take no more work; finish what runs within `timeout_s`, else give it up to be picked up at once."""
        self._stopping = True
        if self._scheduler is not None:
            self._scheduler.pause()
            await asyncio.sleep(0)  # what it began this instant returns: `shutdown` would log it as an error
            self._scheduler.shutdown(wait=False)
        for task in filter(None, (self._look, self._first, *self._timers)):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def fire(self, row: Entry) -> None:
        """Work on the newest due slot of a row, unless it is done, too old or held by another."""
        await self._begin(row)

    async def catch_up(self) -> None:
        """Work on the newest slot of every row that was missed, abandoned or failed and is still useful."""
        await self._all_of(self.rows)

    async def run_now(self, job: str) -> JobRun | None:
        """Run a row's work as a slot of its own and give back how it ended; None while that job is at work.

        KeyError for a job that is not in the timetable. Works without `start`.
        """
        row = {row.job: row for row in self.rows}[job]
        if row.job in self._busy:
            return None
        self._busy.add(row.job)
        try:
            async with self._turns[row.lane]:
                now = self._clock.now()
                run = await self._runs.claim(row.job, now, self._holder, self._pace.lease_s, now)
                if run is None:
                    return None
                await self._work(row.work, run)
        finally:
            self._busy.discard(row.job)
        found = await self._runs.newest(row.job, 1, run.slot)
        return found[0] if found else None

    async def next_due(self, row: Entry) -> datetime:
        """When a row's work begins next: later than its rhythm says where a clock set back meets slots that ran."""
        return await next_due(self._runs, row, self._clock.now())

    async def _due(self, row: Entry) -> None:
        """What APScheduler calls: it waits for nothing, so that a stop finds none of its tasks to cut off."""
        self._begin(row)

    def _begin(self, row: Entry) -> asyncio.Task[None]:
        task = asyncio.create_task(self._fire(row), name=row.job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _fire(self, row: Entry) -> None:
        if row.job in self._busy or self._stopping:
            return
        self._busy.add(row.job)
        try:
            async with self._turns[row.lane]:
                if not self._stopping:
                    await self._newest_slot(row)
        except DeskmateError as e:
            log.warning("%s could not be claimed or finished, it is looked at again: %s", row.job, e)
        except Exception:  # the timetable outlives a bug in one row
            log.exception("%s could not be claimed or finished", row.job)
        finally:
            self._busy.discard(row.job)

    async def _newest_slot(self, row: Entry) -> None:
        now = self._clock.now()
        slot = row.slot_at(now)
        former = await close_abandoned(self._runs, row, slot, (self._holder, self._pace.lease_s, now))
        work = row.work
        if former is not None and former.state != "running":
            if former.state != "failed" or not _may_retry(row, former, now):
                return
            work = row.again or row.work
        if not row.is_useful(slot, now):
            if former is None:
                await self._runs.skip(row.job, slot, self._holder, "too late to be useful", now)
            return
        run = await self._runs.claim(row.job, slot, self._holder, self._pace.lease_s, now)
        if run is not None and not await self._work(work, run) and row.retry_s:
            self._look_again(row)

    async def _work(self, work: Work, run: JobRun) -> bool:
        """Do and record it; True unless it failed."""
        keeper = asyncio.create_task(keep_lease(self._runs, run, self._clock, self._pace.lease_s))
        state, detail = "done", ""
        try:
            detail = await work()
        except DeskmateError as e:
            state, detail = "failed", str(e)
            log.warning("%s: %s", run.job, e)
        except Exception as e:
            state, detail = "failed", f"{type(e).__name__}, error {uuid4().hex[:8]}"
            log.exception("%s failed (%s)", run.job, detail)
        except asyncio.CancelledError:
            log.warning("%s %s was given up unfinished; the next start takes it up", run.job, iso(run.slot))
            await asyncio.shield(self._runs.release(run, self._clock.now()))
            raise
        finally:
            keeper.cancel()
        if not await self._runs.finish(run, state, detail[:500], self._clock.now()):
            log.warning("%s %s was taken over by another process", run.job, iso(run.slot))
        else:
            log.info("%s %s %s: %s", run.job, iso(run.slot), state, detail)
        return state == "done"

    def _look_again(self, row: Entry) -> None:
        """A failed slot's next try, sooner than the next look."""

        async def later() -> None:
            await asyncio.sleep(row.retry_s)
            self._begin(row)

        timer = asyncio.create_task(later())
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _first_round(self) -> None:
        """What the slow jobs work on is brought up to date first."""
        await self._all_of([row for row in self.rows if row.lane == QUICK])
        await self._all_of([row for row in self.rows if row.lane != QUICK])

    async def _all_of(self, rows: Sequence[Entry]) -> None:
        begun = [self._begin(row) for row in rows]
        if begun:
            await asyncio.wait(begun)

    async def _keep_looking(self) -> None:
        wall, mono = self._clock.now(), self._monotonic()
        while True:
            await asyncio.sleep(self._pace.pickup_s)
            drift = (self._clock.now() - wall).total_seconds() - (self._monotonic() - mono)
            if abs(drift) > JUMP_S:
                log.warning("the clock jumped by %+.0f s; the timetable is set anew", drift)
                self._set_anew()
            wall, mono = self._clock.now(), self._monotonic()
            first = self._first is not None and not self._first.done()
            for row in self.rows:
                if row.lane == QUICK or not first:
                    self._begin(row)

    def _set_anew(self) -> None:
        for row in self.rows:
            self._scheduler.reschedule_job(row.job, trigger=_when_due(row))


def _may_retry(row: Entry, failed: JobRun, now: datetime) -> bool:
    ended = failed.finished_at or failed.started_at
    return row.retry_s > 0 and not 0 <= (now - ended).total_seconds() < row.retry_s * 0.9


def _when_due(row: Entry) -> Any:
    from apscheduler.triggers.base import BaseTrigger

    class WhenDue(BaseTrigger):  # type: ignore[misc]
        def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
            return row.due_after(now)

    return WhenDue()
