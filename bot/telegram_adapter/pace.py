"""How fast Telegram may be spoken to: windows reserved ahead, and obedience to 429, each chat for itself."""

from __future__ import annotations

import asyncio
import logging
from bisect import insort
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from signals.clock import monotonic_s

log = logging.getLogger(__name__)
Answer = bool | dict[str, Any] | list[dict[str, Any]]
MOST_CHATS = 2000


@dataclass(frozen=True, slots=True)
class PaceRules:
    """A little below what Telegram bears: 30 a second in all, 20 a minute in a group, an edit a second in a chat."""

    overall_per_s: int = 29
    group_per_min: int = 18
    edit_every_s: float = 1.05
    retries: int = 4
    longest_pause_s: float = 120.0


class Window:
    """At most `most` events within any `seconds`, first come, first served."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: list[float] = []

    def reserve(self, now: float) -> float:
        """Take the next free moment, which is `now` or later."""
        self._forget(now)
        when = now if len(self._times) < self._most else max(now, self._times[-self._most] + self._seconds)
        insort(self._times, when)
        return when

    def room(self, now: float) -> int:
        """How many events could happen at once."""
        self._forget(now)
        return max(0, self._most - len(self._times))

    def _forget(self, now: float) -> None:
        self._times = [t for t in self._times if t > now - self._seconds]


class Pace(BaseRateLimiter[None]):
    """Delays each request to its chat's and the platform's next free moment; a refused one waits as long as it is told.

    One slow chat delays no other: pauses after 429 belong to the chat that was refused.
    """

    def __init__(self, rules: PaceRules = PaceRules(), clock: Callable[[], float] = monotonic_s) -> None:
        self._rules = rules
        self._clock = clock
        self._overall = Window(rules.overall_per_s, 1.0)
        self._groups: dict[int, Window] = {}
        self._edits: dict[int, Window] = {}
        self._held_until: dict[int | None, float] = {}

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    def room(self, chat: int) -> int:
        """How many requests this chat could take at once; 0 while it is held."""
        now = self._clock()
        if self._held_until.get(chat, 0.0) > now:
            return 0
        group = self._groups[chat].room(now) if chat in self._groups else self._rules.group_per_min
        return min(self._overall.room(now), group)

    async def process_request(  # type: ignore[override] # the library calls it by keywords
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        **_: None,
    ) -> Answer:
        """Call at the reserved moment; after RetryAfter again, until the retries or the longest pause are used up."""
        given = data.get("chat_id")
        chat = given if isinstance(given, int) else None
        if chat is not None:
            await _until(self._reserved(chat, endpoint), self._clock)
        for attempt in range(self._rules.retries + 1):
            await _until(self._held_until.get(chat, 0.0), self._clock)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as e:
                pause_s = seconds_of(e)
                self._hold(chat, pause_s)
                if attempt == self._rules.retries or pause_s > self._rules.longest_pause_s:
                    raise
                log.info("telegram: %s in chat %s waits %.1f s as it is told (429)", endpoint, chat, pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _hold(self, chat: int | None, pause_s: float) -> None:
        now = self._clock()
        self._held_until = {key: until for key, until in self._held_until.items() if until > now}
        self._held_until[chat] = now + pause_s + 0.1

    def _reserved(self, chat: int, endpoint: str) -> float:
        now = self._clock()
        moments = [self._overall.reserve(now)]
        if chat < 0:
            moments.append(self._window(self._groups, chat, self._rules.group_per_min, 60.0).reserve(now))
        if endpoint.startswith("edit"):
            moments.append(self._window(self._edits, chat, 1, self._rules.edit_every_s).reserve(now))
        return max(moments)

    def _window(self, windows: dict[int, Window], chat: int, most: int, seconds: float) -> Window:
        if chat not in windows:
            if len(windows) >= MOST_CHATS:
                now = self._clock()
                for idle in [key for key, window in windows.items() if window.room(now) == most]:
                    del windows[idle]
            windows[chat] = Window(most, seconds)
        return windows[chat]


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    told = error.retry_after
    return told.total_seconds() if isinstance(told, timedelta) else float(told)


async def _until(moment: float, clock: Callable[[], float]) -> None:
    wait_s = moment - clock()
    if wait_s > 0:
        await asyncio.sleep(wait_s)
