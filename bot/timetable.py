"""The timetable as values: which job, how often or at what local time, and how late is still useful."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.wording import age
from signals.clock import from_ms, to_ms

Work = Callable[[], Awaitable[str]]
ONE_DAY = timedelta(days=1)
# lanes: jobs of one lane take turns, so that an hour of training, or a feed that hangs, holds up no signal
QUICK, SLOW, OUTSIDE = "quick", "slow", "outside"


class Entry(Protocol):
    """A row of the timetable, of either kind. A slot is a moment that names one run of the job, for good."""

    @property
    def job(self) -> str:
        """The job's name, under which its slots are kept."""
        ...

    @property
    def work(self) -> Work:
        """What the first try of a slot does; gives back one line that says what it did."""
        ...

    @property
    def again(self) -> Work | None:
        """What a later try of a slot that failed does; None: the same."""
        ...

    @property
    def retry_s(self) -> float:
        """Seconds until a slot that failed is tried again while it is useful; 0: not before the next slot."""
        ...

    @property
    def lane(self) -> str:
        """Jobs of the same lane take turns."""
        ...

    @property
    def rhythm(self) -> str:
        """How often, for people: `5 min`, `08:00 Europe/Berlin`."""
        ...

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot whose work was due at `now`."""
        ...

    def due_of(self, slot: datetime) -> datetime:
        """When the work of a slot begins."""
        ...

    def after(self, slot: datetime) -> datetime:
        """The next slot."""
        ...

    def due_after(self, now: datetime) -> datetime:
        """When the next slot's work begins."""
        ...

    def is_useful(self, slot: datetime, now: datetime) -> bool:
        """Whether a slot that has not run may still be run."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One job by the clock. Slots are multiples of `every_s` since the epoch; work begins `offset_s` after its slot.

    A slot older than `grace_s` is not run any more. `retry_s` and `again` are as `Entry` says.
    """

    job: str
    every_s: float
    offset_s: float
    grace_s: float
    work: Work
    retry_s: float = 0.0
    again: Work | None = None
    lane: str = QUICK

    @property
    def rhythm(self) -> str:
        """The interval in words."""
        return age(self.every_s)

    @property
    def delay_s(self) -> float:
        """The offset, shortened where slots follow each other within seconds."""
        return min(self.offset_s, self.every_s / 4)

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot whose work was due at `now`."""
        every_ms = max(1, round(self.every_s * 1000))
        due_ms = to_ms(now) - round(self.delay_s * 1000)
        return from_ms(due_ms - due_ms % every_ms)

    def due_of(self, slot: datetime) -> datetime:
        """When the work of a slot begins."""
        return slot + timedelta(seconds=self.delay_s)

    def after(self, slot: datetime) -> datetime:
        """The next slot."""
        return slot + timedelta(seconds=self.every_s)

    def due_after(self, now: datetime) -> datetime:
        """When the next slot's work begins."""
        return self.due_of(self.after(self.slot_at(now)))

    def is_useful(self, slot: datetime, now: datetime) -> bool:
        """Whether a slot that has not run may still be run."""
        return now.astimezone(UTC) - slot <= timedelta(seconds=self.grace_s + self.delay_s)


@dataclass(frozen=True, slots=True)
class LocalDaily:
    """One job a day at a local time of one zone, such as 08:00 in Europe/Berlin, known by (job, zone, local date).

    The slot is the local date, written as its midnight in UTC, whatever the zone's offset: a day has one slot, also
    when its clocks are changed. A local time that the clocks skip is the moment that many minutes after the change; of
    one that comes twice the first is meant.
    """

    name: str
    zone: str
    at: time
    grace_s: float
    work: Work
    retry_s: float = 0.0
    again: Work | None = None
    lane: str = QUICK

    @property
    def job(self) -> str:
        """`digest@Europe/Berlin`: slots of each zone are apart."""
        return f"{self.name}@{self.zone}"

    @property
    def rhythm(self) -> str:
        """The time and the zone."""
        return f"{self.at:%H:%M} {self.zone}"

    def slot_at(self, now: datetime) -> datetime:
        """The newest local date whose time had come at `now`."""
        return slot_of(local_day(now, self.zone, self.at))

    def due_of(self, slot: datetime) -> datetime:
        """When that date's time comes, in UTC."""
        return local_moment(slot.date(), self.zone, self.at)

    def after(self, slot: datetime) -> datetime:
        """The next date that the zone has (one or the other was left out at the date line)."""
        following = slot + ONE_DAY
        while self.slot_at(self.due_of(following)) != following:
            following += ONE_DAY
        return following

    def due_after(self, now: datetime) -> datetime:
        """When the time comes next."""
        return self.due_of(self.after(self.slot_at(now)))

    def is_useful(self, slot: datetime, now: datetime) -> bool:
        """Whether a date that has not run may still be run."""
        return now - self.due_of(slot) <= timedelta(seconds=self.grace_s)


def local_moment(day: date, zone: str, at: time) -> datetime:
    """A local date and time as a moment in UTC, by the rules of `LocalDaily`."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def local_day(now: datetime, zone: str, at: time) -> date:
    """The newest local date of `zone` whose time `at` had come at `now`: never goes back while `now` goes on."""
    day = now.astimezone(ZoneInfo(zone)).date()
    while local_moment(day, zone, at) > now:  # twice where a zone left a date out
        day -= ONE_DAY
    return day


def slot_of(day: date) -> datetime:
    """A local date as the slot under which its run is kept: its midnight, written in UTC."""
    return datetime.combine(day, time(), UTC)
