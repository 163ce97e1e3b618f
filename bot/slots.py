"""What a schedule asks of the table of job runs, and how it treats slots that somebody left behind."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Protocol

from bot.timetable import Entry
from signals.clock import Clock
from signals.errors import DeskmateError
from storage.values import JobRun

log = logging.getLogger(__name__)
LOOK_BACK = 10
LOOK_AHEAD = 2_000  # slots that a clock set back may find done already


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

    async def release(self, run: JobRun, now: datetime) -> None:
        """Give an unfinished slot up, so that it can be claimed at once."""
        ...

    async def skip(self, job: str, slot: datetime, holder: str, detail: str, now: datetime) -> bool:
        """Record that a slot will not run; False when it has a row already."""
        ...

    async def newest(
        self, job: str | None = None, limit: int = 20, until: datetime | None = None
    ) -> tuple[JobRun, ...]:
        """Runs, newest slot first; with `until` none of a later slot."""
        ...

    async def taken(self, job: str, since: datetime, limit: int) -> tuple[datetime, ...]:
        """Slots from `since` on that have a row, ascending."""
        ...


async def close_abandoned(
    runs: JobRuns, row: Entry, slot: datetime, mine: tuple[str, float, datetime]
) -> JobRun | None:
    """The row of `slot`, if it has one. Older slots whose holder died are recorded as skipped: this one makes up for
    them. `mine` is holder, lease and now.
    """
    holder, lease_s, now = mine
    found = await runs.newest(row.job, LOOK_BACK, slot)
    for dead in found:
        if dead.state == "running" and dead.slot < slot:
            run = await runs.claim(dead.job, dead.slot, holder, lease_s, now)
            if run is not None:
                await runs.finish(run, "skipped", "abandoned; a newer slot makes up for it", now)
    return found[0] if found and found[0].slot == slot else None


async def keep_lease(runs: JobRuns, run: JobRun, clock: Clock, lease_s: float) -> None:
    """Renew a run's lease until cancelled, or until another holder took it over."""
    while True:
        await asyncio.sleep(lease_s / 3)
        try:
            if await runs.renew(run, clock.now()) is None:
                return
        except DeskmateError as e:
            log.warning("the lease of %s could not be renewed: %s", run.job, e)


async def next_due(runs: JobRuns, row: Entry, now: datetime) -> datetime:
    """When a slot of the row that has not run yet is due next."""
    slot = row.after(row.slot_at(now))
    taken = set(await runs.taken(row.job, slot, LOOK_AHEAD))
    while slot in taken:
        slot = row.after(slot)
    return row.due_of(slot)
