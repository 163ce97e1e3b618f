"""The timetable as values: which job, how often, how long after the bar's close, and how late is still useful."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from signals.clock import from_ms, to_ms

Work = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One job. Slots are the multiples of `every_s` since the epoch; work begins `offset_s` after its slot.

    A slot older than `grace_s` is not run any more. `work` returns one line that says what it did.
    """

    job: str
    every_s: float
    offset_s: float
    grace_s: float
    work: Work

    @property
    def delay_s(self) -> float:
        """The offset, shortened where slots follow each other within seconds."""
        return min(self.offset_s, self.every_s / 4)

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot whose work was due at `now`."""
        every_ms = max(1, round(self.every_s * 1000))
        due_ms = to_ms(now) - round(self.delay_s * 1000)
        return from_ms(due_ms - due_ms % every_ms)

    def due_after(self, now: datetime) -> datetime:
        """When the next slot's work begins."""
        return self.slot_at(now) + timedelta(seconds=self.every_s + self.delay_s)

    def is_useful(self, slot: datetime, now: datetime) -> bool:
        """Whether a slot that has not run may still be run."""
        return now.astimezone(UTC) - slot <= timedelta(seconds=self.grace_s + self.delay_s)
