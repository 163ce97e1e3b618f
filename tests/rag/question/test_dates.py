"""Times in words. The present is Tuesday, 30 June 2026, 18:00 UTC unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.question.dates import marked_months, read_window
from rag.question.days import read_day
from rag.question.spelling import plain_words

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)

SPANS = """
today | 2026-06-30 | 2026-07-01 | 30 June
this morning | 2026-06-30 | 2026-07-01 | 30 June
yesterday | 2026-06-29 | 2026-06-30 | 29 June
yday | 2026-06-29 | 2026-06-30 | 29 June
yesterdya | 2026-06-29 | 2026-06-30 | 29 June
last night | 2026-06-29 | 2026-06-30 | 29 June
the day before yesterday | 2026-06-28 | 2026-06-29 | 28 June
on Sunday | 2026-06-28 | 2026-06-29 | 28 June
last friday | 2026-06-26 | 2026-06-27 | 26 June
on tuesday | 2026-06-23 | 2026-06-24 | 23 June
this tuesday | 2026-06-30 | 2026-07-01 | 30 June
on mon | 2026-06-29 | 2026-06-30 | 29 June
last thurs | 2026-06-25 | 2026-06-26 | 25 June
wednesdy | 2026-06-24 | 2026-06-25 | 24 June
17 June | 2026-06-17 | 2026-06-18 | 17 June
June 17 | 2026-06-17 | 2026-06-18 | 17 June
June 17th | 2026-06-17 | 2026-06-18 | 17 June
17th of june | 2026-06-17 | 2026-06-18 | 17 June
june the 17th | 2026-06-17 | 2026-06-18 | 17 June
17 jun | 2026-06-17 | 2026-06-18 | 17 June
17june | 2026-06-17 | 2026-06-18 | 17 June
jun 17 | 2026-06-17 | 2026-06-18 | 17 June
17/6 | 2026-06-17 | 2026-06-18 | 17 June
17/06 | 2026-06-17 | 2026-06-18 | 17 June
6/17 | 2026-06-17 | 2026-06-18 | 17 June
17.06. | 2026-06-17 | 2026-06-18 | 17 June
17.06 | 2026-06-17 | 2026-06-18 | 17 June
on 17.6 | 2026-06-17 | 2026-06-18 | 17 June
17.6. | 2026-06-17 | 2026-06-18 | 17 June
17/06/2026 | 2026-06-17 | 2026-06-18 | 17 June
17.06.26 | 2026-06-17 | 2026-06-18 | 17 June
2026-06-17 | 2026-06-17 | 2026-06-18 | 17 June
2026/06/17 | 2026-06-17 | 2026-06-18 | 17 June
17 June 2025 | 2025-06-17 | 2025-06-18 | 17 June 2025
17 december | 2025-12-17 | 2025-12-18 | 17 December 2025
5/7 | 2026-05-07 | 2026-05-08 | 7 May
the 17th | 2026-06-17 | 2026-06-18 | 17 June
on the 29th | 2026-06-29 | 2026-06-30 | 29 June
may 5 | 2026-05-05 | 2026-05-06 | 5 May
2 days ago | 2026-06-28 | 2026-06-29 | 28 June
a week ago | 2026-06-22 | 2026-06-29 | 22-28 June
two months ago | 2026-04-01 | 2026-05-01 | April
last week | 2026-06-22 | 2026-06-29 | 22-28 June
last wk | 2026-06-22 | 2026-06-29 | 22-28 June
this week | 2026-06-29 | 2026-07-06 | 29 June - 5 July
last weekend | 2026-06-27 | 2026-06-29 | 27-28 June
over the weekend | 2026-06-27 | 2026-06-29 | 27-28 June
this month | 2026-06-01 | 2026-07-01 | June
last month | 2026-05-01 | 2026-06-01 | May
last mnth | 2026-05-01 | 2026-06-01 | May
last quarter | 2026-01-01 | 2026-04-01 | Q1 2026
this quarter | 2026-04-01 | 2026-07-01 | Q2 2026
last year | 2025-01-01 | 2026-01-01 | 2025
this year | 2026-01-01 | 2027-01-01 | 2026
in April | 2026-04-01 | 2026-05-01 | April
in april 2025 | 2025-04-01 | 2025-05-01 | April 2025
in November | 2025-11-01 | 2025-12-01 | November 2025
last june | 2025-06-01 | 2025-07-01 | June 2025
in may | 2026-05-01 | 2026-06-01 | May
in march | 2026-03-01 | 2026-04-01 | March
early june | 2026-06-01 | 2026-06-11 | 1-10 June
mid june | 2026-06-11 | 2026-06-21 | 11-20 June
at the end of May | 2026-05-21 | 2026-06-01 | 21-31 May
Q2 | 2026-04-01 | 2026-07-01 | Q2 2026
q4 | 2025-10-01 | 2026-01-01 | Q4 2025
q1 2025 | 2025-01-01 | 2025-04-01 | Q1 2025
the first quarter | 2026-01-01 | 2026-04-01 | Q1 2026
in 2025 | 2025-01-01 | 2026-01-01 | 2025
ytd | 2026-01-01 | - | since 1 January
year to date | 2026-01-01 | - | since 1 January
mtd | 2026-06-01 | - | since 1 June
week to date | 2026-06-29 | - | since 29 June
since May | 2026-05-01 | - | since 1 May
since june 17 | 2026-06-17 | - | since 17 June
since yesterday | 2026-06-29 | - | since 29 June
since last week | 2026-06-22 | - | since 22 June
since last month | 2026-05-01 | - | since 1 May
since last year | 2025-01-01 | - | since 1 January 2025
since 2025 | 2025-01-01 | - | since 1 January 2025
after 3 June | 2026-06-04 | - | since 4 June
before 3 June | - | 2026-06-03 | until 2 June
until 3 June | - | 2026-06-04 | until 3 June
before May | - | 2026-05-01 | until 30 April
between 3 and 10 june | 2026-06-03 | 2026-06-11 | 3-10 June
from 3 june to 10 june | 2026-06-03 | 2026-06-11 | 3-10 June
June 3-10 | 2026-06-03 | 2026-06-11 | 3-10 June
from 28 may until 2 june | 2026-05-28 | 2026-06-03 | 28 May - 2 June
10 june to 3 june | 2026-06-03 | 2026-06-11 | 3-10 June
monday to friday | 2026-06-26 | 2026-06-30 | 26-29 June
"""


@pytest.mark.parametrize("row", SPANS.strip().splitlines())
def test_a_stretch_of_time_is_read(row: str) -> None:
    said, since, until, label = (part.strip() for part in row.split("|"))

    window, rest = read_window(plain_words(f"eth trades {said}", frozenset()), NOW)

    assert window is not None
    edges = (window.since, window.until)
    assert tuple("-" if edge is None else f"{edge:%Y-%m-%d}" for edge in edges) == (since, until)
    assert window.label == label
    assert rest.startswith("eth trades")


@pytest.mark.parametrize(
    ("said", "hours", "label"),
    [
        ("past 30d", 720, "last 30 days"),
        ("in the last 30 days", 720, "last 30 days"),
        ("last 3 days", 72, "last 3 days"),
        ("last few days", 72, "last 3 days"),
        ("past couple of weeks", 336, "last 2 weeks"),
        ("last 24h", 24, "last 24 hours"),
        ("past 6 hours", 6, "last 6 hours"),
        ("the past week", 168, "last 7 days"),
        ("over the past month", 720, "last 30 days"),
        ("the past day", 24, "last 24 hours"),
        ("last 1 week", 168, "last 1 week"),
    ],
)
def test_a_rolling_stretch_ends_now(said: str, hours: int, label: str) -> None:
    window, _ = read_window(plain_words(f"trades {said}", frozenset()), NOW)

    assert window is not None
    assert window.since is not None
    assert (NOW - window.since).total_seconds() == hours * 3600
    assert (window.until, window.label) == (None, label)


@pytest.mark.parametrize(
    "said",
    [
        "may i buy eth",
        "it may go up",
        "march on",
        "my last 5 trades",
        "the first trade",
        "at 17.6",
        "at 1.5",
        "31/31",
        "on 99.99.",
        "31/2 sol",
        "last 0 days",
        "last 9999 years",
        "0 days ago",
        "9999 years ago",
        "on the 45th",
        "15m",
        "version 2026",
        "sell 1/2 of my",
    ],
)
def test_what_is_no_time_is_left_alone(said: str) -> None:
    window, rest = read_window(said, NOW)

    assert (window, rest) == (None, said)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("link trades March", "link trades in march"),
        ("signals since May", "signals since may"),
        ("and May I", "and may i"),
        ("on 5 May", "on 5 may"),
    ],
)
def test_months_that_are_also_words_count_in_capitals(text: str, words: str) -> None:
    assert marked_months(text.lower(), text) == words


def test_a_leap_day_is_the_most_recent_one() -> None:
    assert read_day("29 february", NOW.date()) is not None
    assert str(read_day("29 february", NOW.date())) == "2024-02-29"


def test_the_17th_before_it_came_is_last_months() -> None:
    assert str(read_day("the 17th", datetime(2026, 6, 3, tzinfo=UTC).date())) == "2026-05-17"


def test_a_day_without_a_number_is_none() -> None:
    assert read_day("june", NOW.date()) is None
