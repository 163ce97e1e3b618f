"""Time: a port, its implementations, and the conversions between aware UTC times and epoch milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the market's time, which may be frozen in the past for a replay, or run faster than the wall's."""

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


class RunningClock:
    """A clock that stands at `begin` until it is started, then goes on `speed` times as fast as the wall's.

    For recorded or invented candles: market days pass in minutes. `monotonic` gives seconds that never go back.
    """

    def __init__(self, begin: datetime, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._begin = begin
        self._speed = speed
        self._monotonic = monotonic
        self._started_s: float | None = None

    def start(self) -> None:
        """Let it go; once started it is never set back."""
        if self._started_s is None:
            self._started_s = self._monotonic()

    def now(self) -> datetime:
        """`begin` and `speed` times the seconds since the start."""
        if self._started_s is None:
            return self._begin
        return self._begin + timedelta(seconds=self._speed * (self._monotonic() - self._started_s))


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
