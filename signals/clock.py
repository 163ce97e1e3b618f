"""Time: a port, its two implementations, and the conversions between aware UTC times and epoch milliseconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the market's time, which may be frozen in the past for a replay."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FrozenClock:
    """A clock that stands still, as `MARKET_NOW` asks."""

    moment: datetime

    def now(self) -> datetime:
        """The frozen moment."""
        return self.moment


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware time; a naive time is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {moment!r}")
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The aware UTC time of epoch milliseconds."""
    return datetime.fromtimestamp(int(ms) / 1000, UTC)


def iso(moment: datetime) -> str:
    """`2022-11-08T12:00:00Z`: how every time is written, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def monotonic_s() -> float:
    """Seconds that never go back, for deadlines and durations."""
    return time.monotonic()
