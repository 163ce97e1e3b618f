"""When a host must be left alone: it asked for a pause, it refuses for good, or it does not answer at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from signals.clock import monotonic_s
from signals.errors import TemporaryError, UnavailableError

DEFAULT_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3 * 86_400.0  # the longest ban that Binance documents
REFUSED_FOR_S = 3_600.0  # after a 403 or 451 nobody asks again for this long
FAILURES_TO_REST = 3
REST_S = 30.0


class Embargo:
    """One per host, shared by every symbol and job. Measured on a monotonic clock."""

    def __init__(self, host: str, monotonic: Callable[[], float] = monotonic_s) -> None:
        self._host = host
        self._monotonic = monotonic
        self._until = -math.inf
        self._why = ""
        self._refused_until = -math.inf
        self._refusal = ""
        self._failures = 0

    def check(self) -> None:
        """Raise UnavailableError while the host refuses, TemporaryError (with the wait) during a pause."""
        now = self._monotonic()
        if now < self._refused_until:
            raise UnavailableError(self._refusal)
        if now < self._until:
            left = self._until - now
            raise TemporaryError(f"{self._host} {self._why}: no request for {left:.0f} s", retry_after_s=left)

    def pause(self, seconds: float, why: str) -> None:
        """Leave the host alone for so long; never shortens a pause that stands."""
        self._until = max(self._until, self._monotonic() + seconds)
        self._why = why

    def refuse(self, why: str) -> None:
        """The host refuses for good; it is tried again after an hour, in case it was its firewall's mood."""
        self._refused_until = self._monotonic() + REFUSED_FOR_S
        self._refusal = f"{self._host} {why}"

    @property
    def refused(self) -> bool:
        """True while the host refuses for good, so that a chain can go on to the next one."""
        return self._monotonic() < self._refused_until

    def failed(self) -> None:
        """A call was given up after its retries; the third in a row rests the host for half a minute."""
        self._failures += 1
        if self._failures >= FAILURES_TO_REST:
            self.pause(REST_S, "does not answer")

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds asked for by `Retry-After` (a number or an HTTP date); 60 when it is absent or unreadable."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    seconds = _number(text)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return DEFAULT_PAUSE_S
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 1.0), LONGEST_PAUSE_S)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None
