"""Stretches of time in words, as half-open UTC windows: `last week` is the previous ISO week, `past 30d` ends now."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from rag.question.days import DAY, MONTH, month_number, read_day
from rag.question.model import Window

_COUNTS = {
    "a": 1, "an": 1, "one": 1, "couple": 2, "two": 2, "three": 3, "few": 3, "several": 5, "four": 4,
    "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
_COUNT = rf"(?:[0-9]{{1,4}}|(?:a )?(?:{'|'.join(_COUNTS)})(?: of)?)"
_UNIT = r"(?:hours?|h|days?|d|weeks?|w|months?|quarters?|years?)"
_PAST = r"(?:last|past|previous|prior|recent|these|trailing)"
_IN = r"(?:(?:in|during|over|within|for|from|on|of|since|through) )?(?:the )?"
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 720, "q": 2_160, "y": 8_760}
_GUARD = r"(?! (?:i|we|you|be|have|not|it|the|go|buy|sell)\b)"
_ONLY_MONTH = (
    rf"(?:january|february|april|june|july|august|september|october|november|december"
    rf"|(?:(?<=in )|(?<=of )|(?<=about )|(?<=last )|(?<=this )|(?<=during )|(?<=for )|(?<=from )|(?<=early )|(?<=late )"
    rf"|(?<=mid )|(?<=mid-)|(?<=since )|(?<=until )|(?<=till )|(?<=before )|(?<=after )|(?<=to )|(?<=and ))(?:may|march"
    rf"|mar){_GUARD})"
)
_YEAR = r"(?:,? (?:of )?(?P<year>20[0-9]{2}))?"
_Handler = Callable[[re.Match[str], datetime], Window | None]


def read_window(words: str, now: datetime) -> tuple[Window | None, str]:
    """The first stretch of time that plain `words` name, relative to `now` (aware UTC), and the words left over.

    Days, weeks and months are whole UTC ones; rolling stretches end at `now`. A month or day without a year is the most
    recent one. None when no time was said.
    """
    for pattern, handler in _RULES:
        for match in pattern.finditer(words):
            window = handler(match, now)
            if window is not None:
                return window, f"{words[: match.start()]} | {words[match.end() :]}"
    return None, words


_MONTH_LEADS = (
    "in",
    "of",
    "since",
    "before",
    "after",
    "until",
    "till",
    "last",
    "this",
    "early",
    "late",
    "mid",
    "to",
    "and",
    "from",
)
_NOT_AFTER_LEAD = "".join(f"(?<!\\b{lead} )" for lead in (*_MONTH_LEADS, "during", "for"))


def marked_months(words: str, text: str) -> str:
    """`words` with "in" before "may" and "march" where `text` has them in capitals in mid-sentence, as months."""
    for month in ("May", "March", "Mar"):
        if re.search(rf"(?<=[a-zA-Z,] ){month}\b(?! (?:I|we|you)\b)", text):
            words = re.sub(rf"{_NOT_AFTER_LEAD}(?<!\d )\b{month.lower()}\b(?! \d)", f"in {month.lower()}", words)
    return words


def label_of(first: date, last: date, now: datetime) -> str:
    """`17 June`, `22-28 June`, `30 May - 2 June`, `June`; with the year where it is not the present one."""
    year = f" {last.year}" if last.year != now.year else ""
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if first == last:
        return f"{first.day} {first:%B}{year}"
    if whole and first.month == last.month and first.year == last.year:
        return f"{first:%B}{year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{last.day} {last:%B}{year}"
    start_year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%B}{start_year} - {last.day} {last:%B}{year}"


def midnight(day: date) -> datetime:
    """The start of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(first: date, last: date, now: datetime) -> Window:
    if last < first:
        first, last = last, first
    return Window(midnight(first), midnight(last + timedelta(days=1)), label_of(first, last, now))


def _single(match: re.Match[str], now: datetime) -> Window | None:
    day = read_day(match["day"], now.date())
    return None if day is None else _days(day, day, now)


def _range(match: re.Match[str], now: datetime) -> Window | None:
    first, last = read_day(match["a"], now.date()), read_day(match["b"], now.date())
    return None if first is None or last is None else _days(first, last, now)


def _day_span(match: re.Match[str], now: datetime) -> Window | None:
    month = match["m1"] or match["m2"]
    first, last = (read_day(f"{match[a] or match[b]} {month}", now.date()) for a, b in (("a1", "a2"), ("b1", "b2")))
    return None if first is None or last is None else _days(first, last, now)


def _since(match: re.Match[str], now: datetime) -> Window | None:
    start = _edge(match["x"], now)
    if start is None:
        return None
    first, last = start
    if match["word"] == "after":
        first = last + timedelta(days=1)
    return Window(midnight(first), None, f"since {label_of(first, first, now)}")


def _until(match: re.Match[str], now: datetime) -> Window | None:
    edge = _edge(match["x"], now)
    if edge is None:
        return None
    first, last = edge
    end = first if match["word"] in ("before", "prior to", "earlier than") else last + timedelta(days=1)
    shown = end - timedelta(days=1)
    return Window(None, midnight(end), f"until {label_of(shown, shown, now)}")


def _edge(said: str, now: datetime) -> tuple[date, date] | None:
    if day := read_day(said, now.date()):
        return day, day
    month = month_number(said)
    if month is not None:
        year = re.search(r"20\d{2}", said)
        return _month(int(year.group()) if year else now.year - (month > now.month), month)
    if match := re.fullmatch(r"20\d{2}", said.strip()):
        return date(int(match.group()), 1, 1), date(int(match.group()), 12, 31)
    if "week" in said:
        return _week(now.date(), 1 if "last" in said else 0)
    if "year" in said:
        year_number = now.year - ("last" in said)
        return date(year_number, 1, 1), date(year_number, 12, 31)
    return _month_back(now.date(), 1 if "last" in said else 0) if "month" in said else None


def _rolling(match: re.Match[str], now: datetime) -> Window | None:
    count, unit = _count(match["n"]), match["u"][0]
    hours = count * _HOURS[unit]
    if not 0 < hours <= 24 * 365 * 30:
        return None
    names = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
    return Window(now - timedelta(hours=hours), None, f"last {count} {names[unit]}{'s' if count > 1 else ''}")


def _past_one(match: re.Match[str], now: datetime) -> Window | None:
    hours = _HOURS[match["u"][0]]
    return Window(now - timedelta(hours=hours), None, f"last {hours // 24} days" if hours > 24 else "last 24 hours")


def _ago(match: re.Match[str], now: datetime) -> Window | None:
    count, unit = _count(match["n"]), match["u"][0]
    hours = count * _HOURS[unit]
    if not 0 < hours <= 24 * 365 * 30:
        return None
    day = (now - timedelta(hours=hours)).date()
    if unit == "w":
        return _days(*_week(now.date(), count), now)
    if unit == "m":
        return _days(*_month_back(now.date(), count), now)
    return _days(day, day, now)


def _period(match: re.Match[str], now: datetime) -> Window | None:
    back = 0 if match["which"] in ("this", "the current", "current") else 1
    unit, today = match["u"], now.date()
    if unit == "weekend":
        monday, sunday = _week(today, back if back == 0 or today.weekday() >= 5 else 1)
        return _days(monday + timedelta(days=5), sunday, now)
    if unit == "week":
        return _days(*_week(today, back), now)
    if unit == "month":
        return _days(*_month_back(today, back), now)
    if unit == "quarter":
        number = (today.month - 1) // 3 - back
        return _quarter_window(today.year + number // 4, number % 4)
    first, last = date(today.year - back, 1, 1), date(today.year - back, 12, 31)
    return Window(midnight(first), midnight(last + timedelta(days=1)), str(first.year))


def _to_date(match: re.Match[str], now: datetime) -> Window | None:
    said, today = match.group(), now.date()
    first = today.replace(day=1)
    if said.startswith(("ytd", "year")):
        first = date(today.year, 1, 1)
    elif said.startswith(("wtd", "week")):
        first = _week(today, 0)[0]
    return Window(midnight(first), None, f"since {label_of(first, first, now)}")


def _in_month(match: re.Match[str], now: datetime) -> Window | None:
    month = month_number(match["m"])
    if month is None:
        return None
    year = int(match["year"]) if match["year"] else now.year - (month > now.month)
    if match["which"] == "last " and not match["year"] and month == now.month:
        year -= 1
    first, last = _month(year, month)
    thirds = {"early": (first, first.replace(day=10)), "mid": (first.replace(day=11), first.replace(day=20))}
    thirds |= {"late": (first.replace(day=21), last)}
    part = {"start": "early", "beginning": "early", "middle": "mid", "end": "late"}
    third = (match["part"] or "").split(" ")[0].strip("-")
    return _days(*thirds.get(part.get(third, third), (first, last)), now)


def _quarter(match: re.Match[str], now: datetime) -> Window | None:
    words = {"first": 1, "second": 2, "third": 3, "fourth": 4}
    number = int(match["q"]) if match["q"] else words[match["nth"]]
    year = int(match["year"]) if match["year"] else now.year - (number > (now.month + 2) // 3)
    return _quarter_window(year, number - 1)


def _in_year(match: re.Match[str], _now: datetime) -> Window | None:
    year = int(match["year"])
    return Window(midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1)), str(year))


def _quarter_window(year: int, number: int) -> Window:
    first = date(year, 3 * number + 1, 1)
    last = _month(year, 3 * number + 3)[1]
    return Window(midnight(first), midnight(last + timedelta(days=1)), f"Q{number + 1} {year}")


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _month_back(today: date, back: int) -> tuple[date, date]:
    number = today.year * 12 + today.month - 1 - back
    return _month(number // 12, number % 12 + 1)


def _week(today: date, back: int) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _count(said: str) -> int:
    word = said.removeprefix("a ").removesuffix(" of").strip()
    return int(word) if word.isdigit() else _COUNTS.get(word, 1)


def _rule(pattern: str, handler: _Handler) -> tuple[re.Pattern[str], _Handler]:
    return re.compile(rf"(?<![\w$'.])(?:{pattern})(?!\w)"), handler


_EDGE = (
    rf"(?P<x>{DAY}|(?:last |the end of |the start of |start of )?{_ONLY_MONTH}(?: 20[0-9]{{2}})?|(?:last"
    rf"|this) (?:week|month|year)|20[0-9]{{2}})"
)
_RULES = (
    _rule(rf"(?:from |between )?(?P<a>{DAY}) ?(?:to|and|until|till|through|-) ?(?P<b>{DAY})", _range),
    _rule(
        r"(?:from |between )?(?:(?P<a1>[0-3]?[0-9])(?:st|nd|rd|th)? ?(?:to|and|until|till"
        r"|-) ?(?P<b1>[0-3]?[0-9])(?:st|nd|rd|th)? (?:of )?"
        rf"(?P<m1>{MONTH})|(?P<m2>{MONTH}) (?P<a2>[0-3]?[0-9])(?:st|nd|rd|th)? ?(?:to|and|until|till"
        rf"|-) ?(?P<b2>[0-3]?[0-9])(?:st|nd|rd|th)?)",
        _day_span,
    ),
    _rule(rf"(?P<word>since|after|starting|as of) (?:the )?{_EDGE}", _since),
    _rule(rf"(?P<word>(?<!day )before|until|till|up to|prior to|earlier than) (?:the )?{_EDGE}", _until),
    _rule(rf"{_IN}{_PAST} (?P<n>{_COUNT}) ?(?P<u>{_UNIT})", _rolling),
    _rule(rf"(?P<n>{_COUNT}) ?(?P<u>days?|weeks?|months?|years?|d|w)(?: ago| back)", _ago),
    _rule(rf"{_IN}(?:past|trailing) (?P<u>day|week|month|quarter|year)", _past_one),
    _rule(
        rf"{_IN}(?P<which>last|previous|prior|this|the current|current|this past)(?: calendar)? (?P<u>weekend"
        rf"|week|month|quarter|year)",
        _period,
    ),
    _rule(r"(?:over |at |on )?the (?P<which>)(?P<u>weekend)", _period),
    _rule(r"ytd|mtd|wtd|(?:year|month|week)[ -]to[ -]date", _to_date),
    _rule(rf"(?:(?:on|from|at|for|of|dated?) )?(?P<day>{DAY})", _single),
    _rule(
        r"(?:(?:in|during|over|of|for|from) )?(?:the )?(?P<part>early[ -]|mid[ -]|late[ -]|(?:start|beginning"
        r"|middle|end) of )?"
        rf"(?P<which>last |this )?(?P<m>{_ONLY_MONTH}){_YEAR}",
        _in_month,
    ),
    _rule(rf"(?:in |during )?(?:q(?P<q>[1-4])|(?:the )?(?P<nth>first|second|third|fourth) quarter){_YEAR}", _quarter),
    _rule(r"(?:in|during|of|from|for) (?P<year>20[0-4][0-9])", _in_year),
)
