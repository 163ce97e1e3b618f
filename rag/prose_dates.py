"""Dates and times of day in prose, and whether they are known ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = {name[:3].lower(): n for n, name in enumerate(_NAMES, start=1)}
_MONTHS = "|".join(f"{name}|{name[:3]}" for name in _NAMES) + "|Sept"
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ORDINAL = "(?:st|nd|rd|th)?"
_ISO = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)T?")
_DAY_MONTH = re.compile(
    rf"\b(?:(?P<d0>\d{{1,2}}){_ORDINAL}\s?(?:-|to|and|,)\s?)?(?P<d>\d{{1,2}}){_ORDINAL}(?: of)? (?P<m>{_MONTHS})\b\.?"
    r"(?:,? (?P<y>\d{4}))?"
)
_MONTH_DAY = re.compile(rf"\b(?P<m>{_MONTHS})\.? (?P<d>\d{{1,2}}){_ORDINAL}(?![\d.,]*\d|\s?%)(?:,? (?P<y>\d{{4}})\b)?")
_MONTH_YEAR = re.compile(rf"\b(?P<m>{_MONTHS})\.?,? (?P<y>(?:19|20)\d{{2}})\b")
_MONTH_ONLY = re.compile(rf"\b(?:[Ii]n|[Ss]ince|of|until|[Bb]y|from|early|late|mid|last)[ -](?P<m>{_MONTHS})\b")
_SLASH = re.compile(r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>\d{4}|\d{2}))?\b(?![/%])")
_TIME = re.compile(r"\b(?P<h>[01]?\d|2[0-3]):(?P<min>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?Z?(?![\d.]*\d)")
_YEAR = re.compile(r"(?<![\d$.,+-])(?P<y>(?:19|20)\d{2})(?![\d%kKmM]|[.,]\d|\s?(?:%|USD|dollars|x\b))")
_WEEKDAY = re.compile(rf"\b(?P<w>{'|'.join(_DAYS)})(?:'s|s)?\b")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates and times of day (hour, minute) that the evidence names."""

    days: frozenset[date]
    times: frozenset[tuple[int, int]]

    def has(self, month: int, day: int | None = None, year: int | None = None) -> bool:
        """Whether a known date fits what is said of it."""
        return any(
            d.month == month and (day is None or d.day == day) and (year is None or d.year == year) for d in self.days
        )


@dataclass(frozen=True, slots=True)
class Dated:
    """A date or time that stands in a text; `days` are the calendar days it can mean (only whole dates have one)."""

    start: int
    end: int
    shown: str
    known: bool
    day: date | None = None
    time: tuple[int, int] | None = None


def calendar(texts: Iterable[str], moments: Iterable[datetime]) -> Calendar:
    """Every date and time in the texts, and the moments themselves."""
    moments = tuple(moments)
    days, times = {m.date() for m in moments}, {(m.hour, m.minute) for m in moments}
    for text in texts:
        for found in dates(text, Calendar(frozenset(), frozenset())):
            days |= {found.day} if found.day else set()
            times |= {found.time} if found.time else set()
    return Calendar(frozenset(days), frozenset(times))


def dates(text: str, known: Calendar) -> tuple[Dated, ...]:
    """Every date and time of day in `text`, A year or a/b that is no known date is left to be a number."""
    found: list[Dated] = []
    for kind in (_whole, _parts, _weekdays, _slashes, _times, _years):
        for item in list(kind(text, known)):
            found.append(item)
            text = text[: item.start] + " " * (item.end - item.start) + text[item.end :]
    return tuple(found)


def _whole(text: str, known: Calendar) -> Iterator[Dated]:
    spans: list[tuple[int, int]] = []
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in spans):
                continue
            spans.append(match.span())
            yield _dated(match, known)


def _dated(match: re.Match[str], known: Calendar) -> Dated:
    groups = match.groupdict()
    month = int(groups["m"]) if groups["m"].isdigit() else _MONTH[groups["m"][:3].lower()]
    year, day = int(groups["y"]) if groups["y"] else None, int(groups["d"])
    first = int(groups["d0"]) if groups.get("d0") else day
    ok = known.has(month, day, year) and known.has(month, first, year)
    return Dated(match.start(), match.end(), match[0], ok, _day(year or _year_of(known, month, day), month, day))


def _year_of(known: Calendar, month: int, day: int) -> int:
    return next((d.year for d in known.days if (d.month, d.day) == (month, day)), 2000)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parts(text: str, known: Calendar) -> Iterator[Dated]:
    for match in _MONTH_YEAR.finditer(text):
        yield Dated(*match.span(), match[0], known.has(_MONTH[match["m"][:3].lower()], None, int(match["y"])))
    for match in _MONTH_ONLY.finditer(_MONTH_YEAR.sub(lambda m: " " * len(m[0]), text)):
        yield Dated(*match.span(), match["m"], known.has(_MONTH[match["m"][:3].lower()]))


def _weekdays(text: str, known: Calendar) -> Iterator[Dated]:
    for match in _WEEKDAY.finditer(text):
        yield Dated(*match.span(), match["w"], any(_DAYS[d.weekday()] == match["w"] for d in known.days))


def _slashes(text: str, known: Calendar) -> Iterator[Dated]:
    for match in _SLASH.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["y"]) if match["y"] else None
        year = year + 2000 if year is not None and year < 100 else year
        for day, month in ((a, b), (b, a)):
            if known.has(month, day, year):
                yield Dated(*match.span(), match[0], True)
                break
        else:
            if year is not None:
                yield Dated(*match.span(), match[0], False, _day(year, b, a) or _day(year, a, b))


def _times(text: str, known: Calendar) -> Iterator[Dated]:
    for match in _TIME.finditer(text):
        time = (int(match["h"]), int(match["min"]))
        yield Dated(*match.span(), match[0], time in known.times, time=time)


def _years(text: str, known: Calendar) -> Iterator[Dated]:
    for match in _YEAR.finditer(text):
        if any(d.year == int(match["y"]) for d in known.days):
            yield Dated(*match.span(), match[0], True)
