"""Numbers and times as people read them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from signals.model import Cap
from tests.bot.test_terminal_adapter import BUY


@pytest.mark.parametrize(
    ("value", "text"),
    [(1561.2, "1,561.2"), (1e-7, "0.0000001"), (Decimal("0.8200"), "0.82"), (Decimal("1E+3"), "1,000"), (28.0, "28")],
)
def test_a_number_keeps_its_digits_and_has_no_exponent(value: float | Decimal, text: str) -> None:
    assert wording.number(value) == text


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_a_printed_price_reads_back_as_the_same_price(value: float) -> None:
    assert float(wording.number(value).replace(",", "")) == value


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (40, "40 s"), (600, "10 min"), (7200, "2 h"), (260_000, "3 days")]
)
def test_an_age_is_told_in_one_unit(seconds: float, text: str) -> None:
    assert wording.age(seconds) == text


def test_caps_are_rounded_down_to_the_step_of_the_quantity() -> None:
    caps = (Cap("risk", Decimal("273.972602739726")), Cap("budget", Decimal("120.7251962538971")))

    assert wording.caps_line(replace(BUY, quantity=Decimal("120.72"), size_caps=caps)) == "risk 273.97; budget 120.72"
    assert wording.caps_line(replace(BUY, quantity=Decimal(0), size_caps=caps[1:])) == "budget 120.72519625"


def test_without_size_price_or_confidence_that_is_said() -> None:
    empty = replace(BUY, quantity=Decimal(0), size_bound_by=None, price=None, confidence=None)

    assert wording.size_line(empty) == "none"
    assert wording.size_line(replace(empty, size_bound_by="minimum notional")) == "none: bound by minimum notional"
    assert wording.price_line(empty) == "none"
    assert wording.confidence_line(empty).startswith("uncalibrated")
    assert wording.confidence_line(replace(BUY, confidence_note="pooled")) == "58 %, n = 41 (pooled)"
    assert wording.method_label(replace(BUY, method="rag", model=None)) == "model: unnamed"


def test_moments_are_told_in_utc() -> None:
    assert wording.when(datetime(2022, 11, 8, 12, tzinfo=UTC)) == "2022-11-08 12:00 UTC"


def test_invisible_characters_are_dropped() -> None:
    assert wording.clean("a\u202eb\x1b[31mc\td\r\ne\U000e0041") == "ab[31mc d\ne"
