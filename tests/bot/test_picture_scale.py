"""Ticks, digits and places on a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.scale import (
    HOUR,
    compact,
    decimals,
    extremes,
    positions,
    price_text,
    roomy,
    spread,
    tick_texts,
    time_ticks,
    value_ticks,
)
from signals.clock import to_ms


def ms(*when: int) -> int:
    return to_ms(datetime(*when, tzinfo=UTC))


def labels(first: int, last: int, shortest: int = HOUR) -> list[str]:
    return [tick.label for tick in time_ticks(first, last, shortest, 7)]


@given(
    st.lists(st.floats(0, 800), min_size=1, max_size=8),
    st.floats(10, 54),
)
def test_spread_labels_keep_their_order_and_do_not_overlap(wanted: list[float], size: float) -> None:
    placed = spread(wanted, size, 0.0, 800.0)

    ordered = sorted(zip(wanted, placed, strict=True))
    gaps = np.diff(sorted(placed))
    assert (gaps >= size - 1e-6).all()
    assert all(size / 2 - 1e-6 <= y <= 800 - size / 2 + 1e-6 for y in placed)
    assert all(a[1] < b[1] + 1e-6 for a, b in pairwise(ordered) if a[0] < b[0])


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([400.0, 100.0, 250.0], 50, 0, 500) == [400.0, 100.0, 250.0]


def test_labels_without_room_begin_at_the_bottom() -> None:
    assert spread([10.0, 20.0, 30.0], 50, 0, 100) == [25.0, 75.0, 125.0]


@given(st.floats(1e-9, 1e12), st.floats(1e-4, 10.0), st.integers(2, 8))
def test_value_ticks_are_round_few_and_inside(low: float, ratio: float, most: int) -> None:
    high = low * (1 + ratio)

    ticks = value_ticks(low, high, most)

    assert len(ticks) <= most + 1
    assert all(low * (1 - 1e-6) <= float(tick) <= high * (1 + 1e-6) for tick in ticks)


def test_ticks_of_one_axis_have_the_same_decimals() -> None:
    assert tick_texts(value_ticks(-0.62, 1.3, 4)) == ["−0.5", "0.0", "0.5", "1.0"]
    assert tick_texts(value_ticks(1_190, 1_352, 6)) == ["1,200", "1,250", "1,300", "1,350"]


@pytest.mark.parametrize(
    ("value", "places"),
    [(1500.0, 0), (1500.25, 2), (1.2345e-6, 10), (1e9, 0), (0.1 + 0.2, 8), (1_234_567_890.12, 0), (0.0, 0)],
)
def test_decimals_are_those_that_matter(value: float, places: int) -> None:
    assert decimals(value) == places


def test_prices_are_written_in_full() -> None:
    assert price_text(1.2345e-6, 10) == "0.0000012345"
    assert price_text(Decimal("1234.5"), 2) == "1,234.50"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00123, "0.00123"),
        (12.34, "12.3"),
        (999.9, "1K"),
        (128_400, "128K"),
        (1e6, "1M"),
        (2.5e15, "2,500T"),
    ],
)
def test_volumes_are_short(value: float, text: str) -> None:
    assert compact(value) == text


def test_a_gap_takes_the_room_of_its_bars_up_to_a_limit() -> None:
    open_ms = np.array([0, 1, 3, 104], dtype=np.int64) * HOUR

    place, gaps = positions(open_ms, HOUR, 12)

    assert place.tolist() == [0.0, 1.0, 3.0, 16.0]
    assert gaps == [(1, 1), (2, 100)]


def test_hours_are_labelled_by_the_clock_and_midnight_by_the_date() -> None:
    ticks = time_ticks(ms(2022, 11, 7, 19), ms(2022, 11, 8, 11), HOUR, 7)

    assert [tick.label for tick in ticks] == ["21:00", "8 Nov", "03:00", "06:00", "09:00"]
    assert [tick.major for tick in ticks] == [False, True, False, False, False]


def test_days_weeks_months_and_years_come_with_longer_spans() -> None:
    assert labels(ms(2022, 11, 3, 5), ms(2022, 11, 8)) == ["4 Nov", "5 Nov", "6 Nov", "7 Nov", "8 Nov"]
    assert labels(ms(2022, 10, 1), ms(2022, 11, 8)) == ["3 Oct", "10 Oct", "17 Oct", "24 Oct", "31 Oct", "7 Nov"]
    assert labels(ms(2022, 9, 5), ms(2023, 2, 8)) == ["Oct", "Nov", "Dec", "2023", "Feb"]
    assert labels(ms(2017, 9, 5), ms(2023, 2, 8)) == ["2018", "2019", "2020", "2021", "2022", "2023"]
    assert labels(ms(1000, 1, 1), ms(9000, 1, 1)) != []


def test_ticks_are_never_closer_than_a_bar() -> None:
    assert labels(ms(2022, 11, 8, 10), ms(2022, 11, 8, 11)) == ["10:00", "11:00"]
    assert labels(ms(2022, 11, 7), ms(2022, 11, 8), 24 * HOUR) == ["7 Nov", "8 Nov"]


def test_a_span_without_a_round_moment_shows_its_end() -> None:
    assert labels(ms(2022, 11, 8, 11, 30), ms(2022, 11, 8, 11, 45)) == ["11:45"]


def test_thinning_keeps_the_ends_and_the_extremes() -> None:
    values = np.sin(np.arange(5_000) / 7.0)
    values[1234], values[4321] = 9.0, -9.0

    kept = extremes(values, 100)

    assert len(kept) <= 202
    assert {0, 1234, 4321, 4_999} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()
    assert len(extremes(values[:150], 100)) == 150


def test_a_range_has_room_and_is_never_empty() -> None:
    assert roomy(100.0, 200.0) == (96.0, 204.0)
    assert roomy(2.0, 2.0) == (1.98, 2.02)
    assert roomy(0.0, 0.0) == (-1.0, 1.0)
