"""Notations of days, stretches of time and money, written out as the readers of dates and money know them.

`l30d`, `17jun`, `20260617`, `a fortnight ago`, `the first week of june`, `tuesday last week`, `from april to june`;
`200$`, `3000usdt`, `two grand`, `a couple hundred bucks`. Nothing is guessed: what is not listed stays as it was typed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from rag.question.days import MONTH, MONTH_NAMES, WEEKDAYS, month_number

_Rewrite = str | Callable[[re.Match[str], date], str]
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "half a": 0.5, "couple": 2,
    "a couple": 2, "a couple of": 2, "couple of": 2, "a few": 3, "few": 3,
}  # fmt: skip
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 5, "final": 5}
_SCALES = {"grand": 1_000, "k": 1_000, "thousand": 1_000, "hundred": 100, "million": 1_000_000}
_COUNTED = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_DAYS = "|".join(WEEKDAYS)
_UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months", "y": "years"}
_PLAIN_MONTH = rf"(?:{'|'.join(MONTH_NAMES)})"


def written_out(words: str, today: date) -> str:
    """Plain lower-case `words` with such notations written out; `today` is the asker's day (UTC)."""
    for pattern, made in _RULES:
        if isinstance(made, str):
            words = pattern.sub(made, words)
        else:
            words = pattern.sub(lambda m, write=made: write(m, today), words)  # type: ignore[misc]
    return words


def _rolling(match: re.Match[str], _today: date) -> str:
    return f"last {match['n']} {_UNITS[match['u']]}"


def _compact(match: re.Match[str], _today: date) -> str:
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else match.group()


def _weekday_of_week(match: re.Match[str], today: date) -> str:
    back = 7 if match["which"] in ("last", "previous") else 0
    day = today - timedelta(days=today.weekday() + back) + timedelta(days=WEEKDAYS.index(match["day"]))
    return f"on {day:%Y-%m-%d}"


def _part_of_month(match: re.Match[str], today: date) -> str:
    first, last = _month(match["month"], match["year"], today)
    nth = _NTH[match["nth"]]
    if match["part"] == "half":
        middle = first.replace(day=15)
        return _between(first, middle) if nth == 1 else _between(middle + timedelta(days=1), last)
    if match["part"] == "weekend":
        saturday = first + timedelta(days=(5 - first.weekday()) % 7)
        saturdays = [saturday + timedelta(days=7 * i) for i in range(5)]
        within = [day for day in saturdays if day <= last]
        start = within[min(nth, len(within)) - 1]
        return _between(start, start + timedelta(days=1))
    if nth == 5:
        return _between(last - timedelta(days=6), last)
    start = first + timedelta(days=7 * (nth - 1))
    return _between(start, start + timedelta(days=6))


def _months(match: re.Match[str], today: date) -> str:
    last_first, last = _month(match["b"], match["year"], today)
    number = month_number(match["a"]) or 1
    first = date(last_first.year - (number > last_first.month), number, 1)
    return _between(first, last)


def _month(name: str, year: str | None, today: date) -> tuple[date, date]:
    number = month_number(name) or 1
    of = int(year) if year else today.year - (number > today.month)
    return date(of, number, 1), date(of, number, monthrange(of, number)[1])


def _between(first: date, last: date) -> str:
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _money(match: re.Match[str], _today: date) -> str:
    scale = _SCALES[match["scale"]] * (1_000 if match["more"] else 1)
    amount = (_NUMBERS[match["n"]] if match["n"] in _NUMBERS else float(match["n"])) * scale
    return f"${amount:.0f}"


def _rule(pattern: str, made: _Rewrite) -> tuple[re.Pattern[str], _Rewrite]:
    return re.compile(rf"(?<![\w$'.])(?:{pattern})(?!\w)"), made


_CASH = r"(?: (?:dollars|bucks|usd))?"
_YEAR = r"(?:,? (?P<year>20[0-9]{2}))?"
_DATE = (
    rf"[0-3]?[0-9](?:st|nd|rd|th)?(?: of)? ?{MONTH}|{MONTH} (?:the )?[0-3]?[0-9]|[0-3]?[0-9][/.][01]?[0-9]"
    r"|20[0-9]{2}-"
)
_RULES = (
    (re.compile(rf"(?<!\w)(?:{_DAYS}),? (?:the )?(?={_DATE})"), ""),
    _rule(r"(?:(?:in|over|for|within) )?(?:the )?(?:l|p|last|past) ?(?P<n>[0-9]{1,3}) ?(?P<u>[hdwm])", _rolling),
    _rule(r"(?P<y>20[0-9]{2})(?P<m>[01][0-9])(?P<d>[0-3][0-9])", _compact),
    _rule(rf"(?:(?<=on )|(?<!\S))(1[3-9]|2[0-9]|3[01])-(0?[1-9]|1[0-2])(?![-\d]|\s?%| (?:of )?{MONTH})", r"\1/\2"),
    _rule(r"(?:a|one) fortnight(?= ago| back)", "2 weeks"),
    _rule(r"(?:(?:in|over|for|during) )?(?:the |this )?(?:last |past )?fortnight", "last 2 weeks"),
    _rule(rf"(?:on )?(?P<day>{_DAYS}) (?:of )?(?:the )?(?P<which>last|this|previous) week", _weekday_of_week),
    _rule(rf"(?P<which>last|this|previous) week'?s? (?:on )?(?P<day>{_DAYS})", _weekday_of_week),
    _rule(r"(?:since|from) (?:the )?(?:start|beginning|first) of (?:the|this) (year|month|week)", r"\1 to date"),
    _rule(r"so far this (year|month|week)|this (year|month|week) so far", r"\1\2 to date"),
    _rule(r"since (?:the )?(?:start|beginning|1st|first) of(?= [a-z])", "since"),
    _rule(
        rf"(?:(?:in|during|from|over) )?(?:the )?(?P<nth>{'|'.join(_NTH)}) (?P<part>week|half|weekend) (?:of|in) "
        rf"(?P<month>{_PLAIN_MONTH}){_YEAR}",
        _part_of_month,
    ),
    _rule(
        rf"(?:(?:in|during|between|from|over|for) )?(?P<a>{_PLAIN_MONTH}) ?(?:to|and|until|till|through|thru|-|/"
        rf"|&|\+) ?(?P<b>{_PLAIN_MONTH}){_YEAR}(?! ?[0-3]?[0-9](?!\d))",
        _months,
    ),
    _rule(r"(?:the )?(?:1st|first) (?:quarter|qtr)", "q1"),
    _rule(r"(?:the )?(?:2nd|second) (?:quarter|qtr)", "q2"),
    _rule(r"(?:the )?(?:3rd|third) (?:quarter|qtr)", "q3"),
    _rule(r"(?:the )?(?:4th|fourth) (?:quarter|qtr)", "q4"),
    _rule(r"quarter to date|qtd", "this quarter"),
    _rule(r"(?:the )?other (?:day|night)", "past 7 days"),
    _rule(r"(?:over |in |during )?(?:the )?(?:last|past) couple (days|weeks|months)", r"last 2 \1"),
    _rule(
        rf"(?P<n>{_COUNTED}|[0-9]{{1,3}}) (?P<scale>hundred)(?P<more> (?:grand|thousand|k))?{_CASH}",
        _money,
    ),
    _rule(rf"(?P<n>{_COUNTED}) (?P<scale>grand|thousand|million|k)(?P<more>(?!))?{_CASH}", _money),
    _rule(r"([1-9][0-9]{0,2}) ([0-9]{3})(?= ?(?:usdt?|usdc|dollars|bucks|\$(?!\d)))", r"\1\2"),
    (re.compile(r"(?<![\w$'.,-])([0-9][0-9,.]*(?:k|m)?) ?\$(?![\w.])"), r"$\1"),
    _rule(r"([0-9][0-9,.]*(?:k|m)?)(usdt|usdc|usd|dollars|bucks)", r"\1 \2"),
)
