"""The parts of grounding by themselves: numbers, safety, assets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.prose_numbers import quantities
from rag.prose_safety import plain, strip_unsafe, unsafe
from rag.prose_tickers import assets


@pytest.mark.parametrize(
    ("text", "value", "unit", "sign"),
    [
        ("at 61,234.50 USDT", "61234.50", "$", 0),
        ("at -$34.51", "34.51", "$", -1),
        ("at $-34.51", "34.51", "$", -1),
        ("by +3.1%", "3.1", "%", 1),
        ("by 3.1 percent", "3.1", "%", 0),
        ("by 25 bps", "0.25", "%", 0),
        ("at 61.2k", "61200.0", "", 0),
        ("of $1.5M", "1500000.0", "$", 0),
        ("of 3 million", "3000000", "", 0),
        ("a 2x", "2", "x", 0),
        ("1.9 times the risk", "1.9", "x", 0),
        ("for 4h", "4", "h", 0),
        ("for 15m", "15", "min", 0),
        ("after 4 hours", "4", "h", 0),
        ("seven trades", "7", "trade", 0),
        ("ten percent", "10", "%", 0),
        ("27 of 44", "27", "signal", 0),
        ("RSI(14)", "14", "id", 0),
        ("sma_50", "50", "id", 0),
        ("SMA 50", "50", "id", 0),
        ("RSI 14", "14", "id?", 0),
        ("50-day average", "50", "id", 0),
        ("the 2nd", "0", "ordinal", 0),
        ("1e-05 of it", "0.00001", "", 0),
        (".5 of it", "0.5", "", 0),
    ],
)
def test_a_number_is_read_with_unit_and_sign(text: str, value: str, unit: str, sign: int) -> None:
    found = quantities(text)[0]

    assert (found.value, found.unit, found.sign) == (Decimal(value), unit, sign)


def test_a_range_has_two_numbers_and_no_minus() -> None:
    assert [(q.value, q.sign) for q in quantities("60-65 or 60 - 65")] == [(60, 0), (65, 0), (60, 0), (65, 0)]


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    quantities(plain(text))
    assets(plain(text))


@given(st.text(alphabet="ab @#<>[]()!*_`~|/.:-&;1\n\u202ewxcom", max_size=60))
def test_stripping_is_complete_and_idempotent(text: str) -> None:
    once = strip_unsafe(text)

    assert strip_unsafe(once) == once
    assert unsafe(once) == ()


def test_stripping_leaves_plain_prose_alone() -> None:
    text = "RSI 14 is 31.2 (SMA_50 at 1,480.5), i.e. it's down -3.1 % vs. yesterday; R/R 1.8."

    assert strip_unsafe(text) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ETH/USDT and $sol", {"ETH", "SOL"}),
        ("ethereum, Polygon or MATIC", {"ETH", "POL"}),
        ("the link, a dot, one atom", set()),
        ("doge and Ripple", {"DOGE", "XRP"}),
        ("RSI, MACD and USDT", set()),
        ("BTCUSDT", {"BTC"}),
    ],
)
def test_assets_are_known_by_ticker_name_pair_and_tag(text: str, named: set[str]) -> None:
    assert assets(text) == named
