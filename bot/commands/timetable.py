"""The timetable for people: each job with its last run, what it did, and when it is due next."""

from __future__ import annotations

from datetime import datetime

from bot.reply import Reply, Table
from bot.schedule import Schedule
from bot.tenure import NAME, described
from bot.timetable import Entry
from bot.wording import age, when
from storage.stores import Stores
from storage.values import JobRun

COLUMNS = ("job", "every", "last run", "at", "took", "what it did", "next")
NOBODY = "No process runs the timetable: start `deskmate run`. Jobs can be run one by one with /runjob."


async def timetable_of(schedule: Schedule, stores: Stores, now: datetime) -> Reply:
    """Every row of the timetable, and which process serves from this database."""
    rows = [await _row(schedule, stores, row, now) for row in schedule.rows]
    lease = await stores.leases.look(NAME)
    serving = f"Served by {described(lease)}." if lease and lease.holder else NOBODY
    return Reply(serving, tables=(Table("Timetable", COLUMNS, tuple(rows)),), private=True)


async def _row(schedule: Schedule, stores: Stores, row: Entry, now: datetime) -> tuple[str, ...]:
    runs = await stores.job_runs.newest(row.job, 1, now) or await stores.job_runs.newest(row.job, 1)
    told = _told(runs[0], now) if runs else ("never", "", "", "")
    return (row.job, row.rhythm, *told, when(await schedule.next_due(row)))


def _told(run: JobRun, now: datetime) -> tuple[str, str, str, str]:
    state, end = run.state, run.finished_at or now
    if state == "running":
        by = run.holder.rpartition(":")[0] or run.holder
        state = f"running by {by}" if run.lease_until > now else f"left by {by}"
    took_s = (end - run.started_at).total_seconds()
    took = f"{took_s:.1f} s" if 0 <= took_s < 10 else age(took_s) if took_s >= 0 else ""
    return state, when(run.started_at), took, run.detail
