"""Single days in words: `yesterday`, `17 June`, `June 17th`, `17/6`, `17.06.`, `2026-06-17`, `Tuesday`, `the 17th`."""

from __future__ import annotations

import re
from datetime import date, timedelta

MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH = rf"(?:{'|'.join(MONTH_NAMES)}|mar)"
_SHORT_DAYS = {"mon": 0, "wed": 2, "fri": 4, "sat": 5, "sun": 6}
_NTH = r"[0-3]?[0-9](?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?:20[0-9]{2}|'[0-9]{2}))?"
DAY = (
    r"(?:day before yesterday|yesterday|today|last night|overnight|this (?:morning|afternoon|evening)|tonight"
    r"|20[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9](?:t[0-9:]+z?)?"
    r"|[0-3]?[0-9][/.-][01]?[0-9][/.-](?:20)?[0-9]{2}"
    r"|[0-3]?[0-9]/[0-3]?[0-9](?![0-9/]| of)|[0-3]?[0-9]\.[01][0-9]\.?(?![0-9])"
    r"|(?:(?<=on )|(?<=from )|(?<=since ))[0-3]?[0-9]\.[01]?[0-9]\.?(?![0-9])"
    r"|(?<!at )(?<!above )(?<!below )[0-3]?[0-9]\.[01]?[0-9]\.(?![0-9])"
    rf"|(?:the )?{_NTH}(?: day)?(?: of)?[ -]?{MONTH}{_YEAR}|{MONTH}[ -]?(?:the )?{_NTH}(?![0-9]){_YEAR}"
    rf"|(?:last |this (?:past )?|past |previous )?(?:{'|'.join(WEEKDAYS)})"
    r"|(?:on |last |this |since )(?:mon|wed|fri|sat|sun)(?!\w)"
    r"|(?:on )?the [0-3]?[0-9](?:st|nd|rd|th)|on [0-3]?[0-9](?:st|nd|rd|th))"
)
_ISO = re.compile(r"(20\d{2})[-/.](\d{1,2})[-/.](\d{1,2})")
_FULL = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]((?:20)?\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})[/.](\d{1,2})")
_NAMED = re.compile(rf"(?P<m>{MONTH})|(?P<y>20\d{{2}}|'\d{{2}})|(?P<d>\d{{1,2}})")
_FIXED = {
    "day before yesterday": 2,
    "yesterday": 1,
    "last night": 1,
    "overnight": 1,
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
}


def read_day(said: str, today: date) -> date | None:
    """The day that `said` (a match of `DAY`) names, the most recent one where no year was given; None for none."""
    for phrase, back in _FIXED.items():
        if phrase in said:
            return today - timedelta(days=back)
    weekday = _weekday(said)
    if weekday is not None:
        return _last_weekday(said, weekday, today)
    if match := _ISO.search(said):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _FULL.search(said):
        year = int(match[3]) % 2000 + 2000
        return _date(year, int(match[2]), int(match[1])) or _date(year, int(match[1]), int(match[2]))
    if match := _NUMERIC.search(said):
        return _numeric(int(match[1]), int(match[2]), today)
    return _named_day(said, today)


def _numeric(a: int, b: int, today: date) -> date | None:
    # day first; month first where only that is a day, or only that is one of this year
    day_first, month_first = _recent(b, a, today), _recent(a, b, today)
    if day_first and month_first and day_first.year < today.year == month_first.year:
        return month_first
    return day_first or month_first


def month_number(said: str) -> int | None:
    """1-12 of a month's name anywhere in `said`, None without one."""
    match = re.search(rf"(?<!\w){MONTH}(?!\w)", said)
    return None if match is None else 3 if match.group() == "mar" else MONTH_NAMES.index(match.group()) + 1


def _named_day(said: str, today: date) -> date | None:
    parts = {kind: value for m in _NAMED.finditer(said) for kind, value in m.groupdict().items() if value}
    if "d" not in parts:
        return None
    day = int(parts["d"])
    if "m" not in parts:
        here, before = _date(today.year, today.month, day), today.replace(day=1) - timedelta(days=1)
        return here if here and here <= today else _date(before.year, before.month, day)
    month = month_number(parts["m"]) or 0
    if "y" in parts:
        return _date(int(parts["y"].strip("'")) % 2000 + 2000, month, day)
    return _recent(month, day, today)


def _weekday(said: str) -> int | None:
    for i, name in enumerate(WEEKDAYS):
        if name in said:
            return i
    return _SHORT_DAYS.get(said.rpartition(" ")[2])


def _last_weekday(said: str, weekday: int, today: date) -> date:
    back = (today.weekday() - weekday) % 7
    if back == 0 and not said.startswith("this"):
        back = 7
    return today - timedelta(days=back)


def _recent(month: int, day: int, today: date) -> date | None:
    for year in range(today.year, today.year - 5, -1):
        found = _date(year, month, day)
        if found and found <= today:
            return found
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
