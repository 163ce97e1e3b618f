"""What the column types keep, and what they refuse."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from storage.columns import Money, Real, TimeframeText, UtcTime
from storage.rows import to_strict_json
from storage.words import words_of

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(-14, 14))
def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(moment: datetime, hours: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(hours=hours)))

    stored = UtcTime().process_bind_param(aware, SQLITE)
    back = UtcTime().process_result_value(stored, SQLITE)

    assert back == aware
    assert back is not None
    assert back.tzinfo is UTC


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcTime().process_bind_param(datetime(2022, 1, 1), SQLITE)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_money_comes_back_to_the_last_digit(amount: Decimal) -> None:
    stored = Money().process_bind_param(amount, SQLITE)
    back = Money().process_result_value(stored, SQLITE)

    assert "E" not in stored
    assert back == amount
    assert back is not None
    assert back.as_tuple() == amount.as_tuple()


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), 1.5, 1, "1"])
@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_what_is_no_finite_decimal_is_no_money(amount: object, dialect: sa.Dialect) -> None:
    with pytest.raises(ValueError, match="finite Decimal"):
        Money().process_bind_param(amount, dialect)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_by_columns_and_json(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Real().process_bind_param(number, SQLITE)
    with pytest.raises(ValueError, match="JSON"):
        to_strict_json({"a": [number]})


def test_an_unknown_timeframe_is_refused() -> None:
    with pytest.raises(ValueError, match="7h"):
        TimeframeText().process_bind_param("7h", SQLITE)


@pytest.mark.parametrize("kind", [UtcTime(), Money(), TimeframeText()])
def test_nothing_stays_nothing(kind: TypeDecorator[object]) -> None:
    assert kind.process_bind_param(None, SQLITE) is None
    assert kind.process_result_value(None, SQLITE) is None
    assert Real().process_bind_param(None, SQLITE) is None


@given(st.text())
def test_words_hold_letters_and_digits_only(text: str) -> None:
    assert all(word.isalnum() for word in words_of(text))


def test_words_lose_case_accents_and_punctuation() -> None:
    assert words_of("  Zürich's -2.5% $SOL_usdt 1H ") == ["zurich", "s", "2", "5", "sol", "usdt", "1h"]
