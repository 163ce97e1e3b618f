"""How much one account, and all together, may ask: token buckets, one short refusal per window, then silence."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from signals.clock import monotonic_s

MOST_ACCOUNTS = 10_000
Answer = Literal["pass", "refuse", "silence"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of `burst` that fills by `per_minute` a minute."""

    burst: float
    per_minute: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an event; after `wait_s` seconds the next one may pass."""

    answer: Answer
    wait_s: int = 0


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    refused_at: float = -math.inf


class Limits:
    """Buckets per account and one for everybody. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        user: Rate = Rate(30, 60),
        everybody: Rate = Rate(300, 1200),
        *,
        window_s: float = 60.0,
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        self._user, self._everybody, self._window_s, self._clock = user, everybody, window_s, clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(everybody.burst, clock())

    def look(self, identity: str) -> Verdict:
        """Count one event: pass it, refuse it in words once per window, or say nothing more in that window."""
        now = self._clock()
        mine = self._bucket(identity, now)
        _fill(mine, self._user, now)
        _fill(self._all, self._everybody, now)
        if mine.left >= 1 and self._all.left >= 1:
            mine.left -= 1
            self._all.left -= 1
            return Verdict("pass")
        wait_s = max(_wait_s(mine, self._user), _wait_s(self._all, self._everybody))
        if now - mine.refused_at < self._window_s:
            return Verdict("silence", wait_s)
        mine.refused_at = now
        return Verdict("refuse", wait_s)

    def forget(self, identities: Collection[str]) -> None:
        """Drop the buckets of these accounts; what everybody may do together still counts."""
        for identity in identities:
            self._buckets.pop(identity, None)

    def _bucket(self, identity: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(identity, _Bucket(self._user.burst, now))
        self._buckets.move_to_end(identity)
        while len(self._buckets) > MOST_ACCOUNTS:
            self._buckets.popitem(last=False)
        return bucket


def _fill(bucket: _Bucket, rate: Rate, now: float) -> None:
    bucket.left = min(rate.burst, bucket.left + max(0.0, now - bucket.at) * rate.per_minute / 60.0)
    bucket.at = now


def _wait_s(bucket: _Bucket, rate: Rate) -> int:
    return max(0, math.ceil((1 - bucket.left) * 60.0 / rate.per_minute))
