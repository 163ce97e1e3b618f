"""When a host must be left alone: it asked for a pause, it refuses for good, or it does not answer at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from signals.clock import monotonic_s
from signals.errors import TemporaryError, UnavailableError

DEFAULT_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3 * 86_400.0  # the longest ban that Binance documents
REFUSED_FOR_S = 3_600.0  # after a 403 or 451 nobody asks again for this long
FAILURES_TO_REST = 3
REST_S = 15.0


class EmbargoMemory(Protocol):
    """Keeps the pauses that hosts asked for, so that neither a restart nor another process forgets them."""

    def recall(self, host: str) -> tuple[float, str]:
        """Seconds that are left of the host's pause (0: none), and what it said."""
        ...

    def keep(self, host: str, seconds: float, why: str) -> None:
        """The host asked to be left alone for so long from now on. Raises nothing."""
        ...


class Embargo:
    """One per host, shared by every symbol and job. Measured on a monotonic clock; pauses outlive it in `memory`."""

    def __init__(
        self, host: str, monotonic: Callable[[], float] = monotonic_s, memory: EmbargoMemory | None = None
    ) -> None:
        self._host = host
        self.monotonic = monotonic
        self._memory = memory
        self._until = -math.inf
        self._why = ""
        self._refused_until = -math.inf
        self._refusal = ""
        self._failures = 0
        if memory is not None:
            left_s, self._why = memory.recall(host)
            self._until = monotonic() + left_s if left_s > 0 else -math.inf

    def check(self) -> None:
        """Raise UnavailableError while the host refuses, TemporaryError (with the wait) during a pause."""
        now = self.monotonic()
        if now < self._refused_until:
            raise UnavailableError(self._refusal)
        if now < self._until:
            left = self._until - now
            raise TemporaryError(f"{self._host} {self._why}: no request for {left:.0f} s", retry_after_s=left)

    def pause(self, seconds: float, why: str) -> None:
        """The host asked to be left alone for so long; never shortens a pause that stands."""
        if self._rest(seconds, why) and self._memory is not None:
            self._memory.keep(self._host, seconds, why)

    def _rest(self, seconds: float, why: str) -> bool:
        until = self.monotonic() + seconds
        if until <= self._until:
            return False
        self._until, self._why = until, why
        return True

    def refuse(self, why: str) -> None:
        """The host refuses for good; it is tried again after an hour, in case it was its firewall's mood."""
        self._refused_until = self.monotonic() + REFUSED_FOR_S
        self._refusal = f"{self._host} {why}"

    @property
    def refused(self) -> bool:
        """True while the host refuses for good, so that a chain can go on to the next one."""
        return self.monotonic() < self._refused_until

    def failed(self) -> None:
        """A call was given up after its retries; the third in a row rests the host for a quarter of a minute."""
        self._failures += 1
        if self._failures >= FAILURES_TO_REST:
            self._rest(REST_S, "does not answer")

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds asked for by `Retry-After` (a number or an HTTP date); 60 when it is absent or unreadable.

    A date is counted from `now`, which is the answer's own `Date` by default: this machine's clock may be off.
    """
    told = {name.lower(): value.strip() for name, value in headers.items()}
    seconds = _number(told.get("retry-after", ""))
    if seconds is None:
        moment = _moment(told.get("retry-after", ""))
        if moment is None:
            return DEFAULT_PAUSE_S
        seconds = (moment - (now or _moment(told.get("date", "")) or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 1.0), LONGEST_PAUSE_S)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
