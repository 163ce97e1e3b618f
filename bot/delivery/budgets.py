"""How fast destinations and platforms may be written to, and pauses that they asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storage.delivery_values import platform_of

MOST_WINDOWS = 4000


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `most` messages within any `seconds`."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform bears: over all, and in one destination by its address."""

    overall: Pace
    of_address: Callable[[str], tuple[Pace, ...]]


def _discord(_: str) -> tuple[Pace, ...]:
    return (Pace(5, 5.0),)


def _telegram(address: str) -> tuple[Pace, ...]:
    is_group = address.rsplit(":", 1)[-1].startswith("-")
    return (Pace(1, 1.0), Pace(20, 60.0)) if is_group else (Pace(1, 1.0),)


LIMITS: Mapping[str, Limits] = {
    "discord": Limits(Pace(50, 1.0), _discord),
    "telegram": Limits(Pace(30, 1.0), _telegram),
}
SHARE = 0.87  # of a platform's overall limit; the rest is left to those who ask and wait


class Window:
    """What was sent within the last `seconds`."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._times: deque[float] = deque()

    def free_at(self, now: float) -> float:
        """The moment, now or later, at which one more is allowed."""
        while self._times and self._times[0] <= now - self._pace.seconds:
            self._times.popleft()
        if len(self._times) < self._pace.most:
            return now
        return self._times[-self._pace.most] + self._pace.seconds

    def take(self, now: float) -> None:
        """Count one."""
        self._times.append(now)

    @property
    def last(self) -> float:
        """When the newest was counted; minus infinity where none is."""
        return self._times[-1] if self._times else float("-inf")


class Budgets:
    """Windows per destination and platform, and pauses after refusals. Moments are seconds of a monotonic clock."""

    def __init__(self, limits: Mapping[str, Limits] = LIMITS, share: float = SHARE) -> None:
        self._limits = limits
        self._overall = {name: Window(_part(one.overall, share)) for name, one in limits.items()}
        self._windows: dict[str, tuple[Window, ...]] = {}
        self._paused: dict[str, float] = {}

    def free_at(self, address: str, now: float) -> float:
        """When a message to this address is allowed next: now, or the later moment."""
        windows = (*self._windows_of(address, now), *self._overall_of(address))
        pauses = (self._paused.get(address, now), self._paused.get(platform_of(address), now))
        return max(now, *pauses, *(window.free_at(now) for window in windows))

    def platform_free_at(self, platform: str, now: float) -> float:
        """When anything is allowed on this platform next."""
        window = self._overall.get(platform)
        return max(now, self._paused.get(platform, now), window.free_at(now) if window else now)

    def take(self, address: str, now: float) -> None:
        """Count a message that is sent now."""
        for window in (*self._windows_of(address, now), *self._overall_of(address)):
            window.take(now)

    def pause(self, address_or_platform: str, until: float) -> None:
        """Nothing goes there before this moment."""
        self._paused[address_or_platform] = max(until, self._paused.get(address_or_platform, until))

    def _overall_of(self, address: str) -> tuple[Window, ...]:
        window = self._overall.get(platform_of(address))
        return (window,) if window else ()

    def _windows_of(self, address: str, now: float) -> tuple[Window, ...]:
        found = self._windows.get(address)
        if found is None:
            if len(self._windows) >= MOST_WINDOWS:
                self._forget(now)
            limits = self._limits.get(platform_of(address))
            found = tuple(Window(pace) for pace in limits.of_address(address)) if limits else ()
            self._windows[address] = found
        return found

    def _forget(self, now: float) -> None:
        self._windows = {a: ws for a, ws in self._windows.items() if any(w.last > now - 60.0 for w in ws)}
        self._paused = {a: until for a, until in self._paused.items() if until > now}


def _part(pace: Pace, share: float) -> Pace:
    return Pace(max(1, int(pace.most * share)), pace.seconds)
