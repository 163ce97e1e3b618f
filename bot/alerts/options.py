"""How often, how long and at most how frequently an alert is told: the words at the end of its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from signals.errors import UserError

DEFAULT_DAYS = 30
MOST_DAYS = 365
DEFAULT_COOLDOWN_S = 3600
MOST_COOLDOWN_S = 30 * 86_400
_SECONDS = {"m": 60, "min": 60, "h": 3600, "hour": 3600, "hours": 3600, "d": 86_400, "day": 86_400, "days": 86_400}
_SECONDS |= {"minutes": 60, "minute": 60, "w": 604_800, "week": 604_800, "weeks": 604_800}
_SPAN = r"([0-9]{1,4})\s*(minutes|minute|min|m|hours|hour|h|days|day|d|weeks|week|w)"
_END = r"(?=[\s,]|$)"
_ONCE = re.compile(rf"(?<!\S)(?:only\s+)?once{_END}", re.ASCII)
_EVERY = re.compile(rf"(?<!\S)(?:every\s+time|each\s+time|always|repeat(?:ed|edly|ing)?){_END}", re.ASCII)
_COOLDOWN = re.compile(rf"(?<!\S)(?:with\s+)?cool-?down\s+(?:of\s+)?(?:{_SPAN}|(0|none|off)){_END}", re.ASCII)
_EXPIRES = re.compile(
    rf"(?<!\S)(?:expires?|until|till|for)\s+(?:in\s+|on\s+|the\s+next\s+)?(?:{_SPAN}|([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})){_END}",
    re.ASCII,
)
_LEFT = re.compile(rf"(?<!\S)(cool-?down|expires?|until|till){_END}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """Once unless `repeats`; `cooldown_s` between two that are told; `expires_at` in UTC."""

    repeats: bool
    cooldown_s: int
    expires_at: datetime


def read_options(text: str, now: datetime) -> tuple[Options, str]:
    """The options of a line in lower case, and what is left of it. UserError for one that cannot be meant."""
    once, every = _ONCE.search(text), _EVERY.search(text)
    if once and every:
        raise UserError("an alert is told once or every time, not both; write one of them")
    cooldown, expires = _COOLDOWN.search(text), _EXPIRES.search(text)
    rest = text
    for found in (once, every, cooldown, expires):
        if found:
            rest = rest.replace(found.group(), " ", 1)
    left = _LEFT.search(rest)
    if left:
        raise UserError(f"{left[1]!r} is not understood here; write {_example(left[1])}")
    repeats = every is not None or (cooldown is not None and once is None)
    return Options(repeats, _cooldown(cooldown) if repeats else 0, _expiry(expires, now)), rest


def seconds_of(amount: str, unit: str) -> int:
    """Seconds of a span such as 4 and `h`."""
    return int(amount) * _SECONDS[unit]


def _cooldown(found: re.Match[str] | None) -> int:
    if found is None:
        return DEFAULT_COOLDOWN_S
    seconds = 0 if found[3] else seconds_of(found[1], found[2])
    if seconds > MOST_COOLDOWN_S:
        raise UserError("a cooldown is at most 30 days; write for example cooldown 4h")
    return seconds


def _expiry(found: re.Match[str] | None, now: datetime) -> datetime:
    last = now + timedelta(days=MOST_DAYS)
    if found is None:
        return now + timedelta(days=DEFAULT_DAYS)
    if found[1]:
        at = now + timedelta(seconds=seconds_of(found[1], found[2]))
    else:
        try:
            at = datetime.strptime(found[3], "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1, seconds=-1)
        except ValueError as e:
            raise UserError(f"{found[3]} is not a date; write it as {last:%Y-%m-%d}") from e
    if not now < at <= last:
        raise UserError(
            f"an alert expires after now ({now:%Y-%m-%d}) and by {last:%Y-%m-%d}, a year at most; "
            f"write for example expires {now + timedelta(days=DEFAULT_DAYS):%Y-%m-%d}"
        )
    return at


def _example(word: str) -> str:
    return "cooldown 4h" if word.startswith("cool") else "expires in 7d"
