"""Clocks that are set and summer time: every slot once, and within a minute of its time or of the step.

The real schedule with the real APScheduler, in virtual time: days pass in milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import Pace, Schedule
from bot.timetable import Entry, LocalDaily, Row, local_day, local_moment
from tests.bot.job_runs import FakeJobRuns
from tests.bot.virtual_time import WallClock, run_virtually

NOON = datetime(2022, 11, 8, 12, 1, tzinfo=UTC)
STEPS = {
    "an hour": timedelta(hours=1),
    "a day": timedelta(days=1),
    "ten years": timedelta(days=3652),
}
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
LATEST_S = 60.0


@dataclass
class Ran:
    """One run of a job: the slot by the wall clock at that time, and the moment on the monotonic one."""

    job: str
    slot: datetime
    at_s: float


@dataclass
class Place:
    """A schedule over a wall clock, and what it did."""

    wall: WallClock
    runs: FakeJobRuns = field(default_factory=FakeJobRuns)
    ran: list[Ran] = field(default_factory=list)
    rows: list[Entry] = field(default_factory=list)

    def row(self, job: str, every_s: float, offset_s: float = 5.0) -> None:
        self.rows.append(Row(job, every_s, offset_s, every_s, self._work(job)))

    def daily(self, zone: str, at: time) -> None:
        entry = LocalDaily("digest", zone, at, 3600.0, self._work(f"digest@{zone}"))
        self.rows.append(entry)

    def _work(self, job: str):  # type: ignore[no-untyped-def]
        async def work() -> str:
            (slot,) = [run.slot for run in self.runs.rows.values() if run.job == job and run.state == "running"]
            self.ran.append(Ran(job, slot, self.wall.monotonic()))
            await asyncio.sleep(1.5)
            return "did it"

        return work

    def schedule(self) -> Schedule:
        return Schedule(self.rows, self.runs, self.wall, Pace(), self.wall.monotonic)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    wall = WallClock(NOON)
    follow(wall, monkeypatch)
    return Place(wall)


def follow(wall: WallClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler asks no port for the time: its own reading of the wall clock is turned to ours."""
    for module in ("apscheduler.schedulers.base", "apscheduler.executors.base"):
        monkeypatch.setattr(f"{module}.datetime", wall.as_datetime())


@pytest.mark.parametrize("amount", STEPS)
@pytest.mark.parametrize("sign", [1, -1], ids=["forward", "back"])
@pytest.mark.parametrize("back_again", [False, True], ids=["and stays", "and is put right"])
def test_after_a_step_every_slot_runs_once_and_within_a_minute(
    place: Place, amount: str, sign: int, back_again: bool
) -> None:
    step = STEPS[amount] * sign
    for job, every_s in (("sync", 300.0), ("signals", 900.0), ("analytics", 3600.0), ("backup", 86_400.0)):
        place.row(job, every_s)
    stepped_s: list[float] = []

    async def main() -> None:
        own = place.schedule()
        own.start()
        await asyncio.sleep(3600 + 17)
        place.wall.set_by(step)
        stepped_s.append(place.wall.monotonic())
        await asyncio.sleep(4000)
        if back_again:
            place.wall.set_by(-step)
            stepped_s.append(place.wall.monotonic())
            await asyncio.sleep(4000)
        await own.stop()

    marks: list[tuple[float, datetime]] = []
    run_virtually(lambda: _watched(place, main, marks))

    assert_once(place)
    for row in place.rows:
        held = {(run.job, run.slot): run.at_s for run in place.ran}
        for at_s, shown in marks:
            slot = row.slot_at(shown)
            began = held.get((row.job, slot))
            step_s = max((s for s in stepped_s if s <= at_s), default=0.0)
            due_s = at_s - (shown - row.due_of(slot)).total_seconds()
            limit_s = max(due_s, step_s) + LATEST_S
            if at_s > limit_s:
                assert began is not None, f"{row.job} {slot} has not run {at_s - max(due_s, step_s):.0f} s later"
                assert began <= limit_s


async def _watched(place: Place, main, marks: list[tuple[float, datetime]]) -> None:  # type: ignore[no-untyped-def]
    """Run `main`, noting every 45 s what the wall clock shows."""

    async def note() -> None:
        while True:
            marks.append((place.wall.monotonic(), place.wall.now()))
            await asyncio.sleep(45)

    noting = asyncio.create_task(note())
    await main()
    noting.cancel()


def assert_once(place: Place) -> None:
    twice = [key for key, n in Counter((run.job, run.slot) for run in place.ran).items() if n > 1]
    assert not twice
    assert place.ran


def test_slots_of_an_hour_that_comes_twice_are_not_repeated_and_the_next_is_told(place: Place) -> None:
    place.row("sync", 300.0)
    told: list[datetime] = []

    async def main() -> None:
        own = place.schedule()
        own.start()
        await asyncio.sleep(3600)
        place.wall.set_by(-timedelta(hours=1))
        await asyncio.sleep(60)
        told.append(await own.next_due(place.rows[0]))
        await asyncio.sleep(2 * 3600)
        await own.stop()

    run_virtually(main)

    assert_once(place)
    assert told == [datetime(2022, 11, 8, 13, 5, 5, tzinfo=UTC)]
    slots = [run.slot for run in place.ran]
    assert slots == sorted(slots)
    assert {b - a for a, b in pairwise(slots)} == {timedelta(minutes=5)}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(8), time(2, 15)], ids=str)
@pytest.mark.parametrize("change", ["forward", "back"])
def test_summer_time_neither_skips_nor_doubles_a_local_day(
    monkeypatch: pytest.MonkeyPatch, zone: str, at: time, change: str
) -> None:
    first, days = change_of(zone, change) - timedelta(days=1), 3
    place = Place(WallClock(datetime.combine(first, time(12), ZoneInfo(zone)).astimezone(UTC)))
    follow(place.wall, monkeypatch)
    place.daily(zone, at)

    async def main() -> None:
        own = place.schedule()
        own.start()
        await asyncio.sleep(days * 86_400)
        await own.stop()

    run_virtually(main)

    wanted = {first + timedelta(days=n) for n in range(1, days)}
    ran = [run.slot.date() for run in place.ran]
    assert len(ran) == len(set(ran))
    assert wanted <= set(ran) <= wanted | {first, first + timedelta(days=days)}
    for run in place.ran:
        due = local_moment(run.slot.date(), zone, at)
        late = (place.wall._start + timedelta(seconds=run.at_s) - due).total_seconds()
        assert 0 <= late <= LATEST_S
        local = due.astimezone(ZoneInfo(zone))
        exists = datetime.combine(run.slot.date(), at, ZoneInfo(zone))
        assert local.time() == at or exists.astimezone(UTC).astimezone(ZoneInfo(zone)).time() != at


def change_of(zone: str, change: str) -> date:
    """The local date in 2022 on which the zone's clocks go forward or back."""
    day, step = date(2022, 1, 1), 1 if change == "forward" else -1
    while True:
        noon = datetime.combine(day, time(12), ZoneInfo(zone))
        before = datetime.combine(day - timedelta(days=1), time(12), ZoneInfo(zone))
        moved = (noon.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        if moved.total_seconds() * step > 0:
            return day
        day += timedelta(days=1)


def test_a_date_that_a_zone_left_out_is_left_out() -> None:
    apia, eight = "Pacific/Apia", time(8)  # there was no 30 December 2011 there
    row = LocalDaily("digest", apia, eight, 3600.0, Place(WallClock(NOON))._work("x"))
    days = []

    moment = datetime(2011, 12, 28, 12, tzinfo=UTC)
    while moment < datetime(2012, 1, 2, tzinfo=UTC):
        days.append(local_day(moment, apia, eight))
        moment += timedelta(minutes=7)

    assert list(dict.fromkeys(d.day for d in days)) == [27, 28, 29, 31, 1, 2]
    assert days == sorted(days)
    assert row.after(datetime(2011, 12, 29, tzinfo=UTC)) == datetime(2011, 12, 31, tzinfo=UTC)
    assert row.due_after(datetime(2011, 12, 30, tzinfo=UTC)) == datetime(2011, 12, 30, 18, tzinfo=UTC)


def test_a_local_day_that_is_missed_for_too_long_is_recorded_as_skipped(place: Place) -> None:
    place.daily("Europe/Berlin", time(8))

    async def main() -> None:
        await place.schedule().catch_up()

    run_virtually(main)

    ((job, slot),) = place.runs.rows
    assert (job, slot) == ("digest@Europe/Berlin", datetime(2022, 11, 8, tzinfo=UTC))
    assert place.runs.rows[job, slot].state == "skipped"
    assert place.rows[0].rhythm == "08:00 Europe/Berlin"
