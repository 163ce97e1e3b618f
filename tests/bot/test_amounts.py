"""Amounts, symbols and timeframes are read strictly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amounts import parse_amount, parse_symbol, parse_timeframe, strict_decimal, watched_symbol
from signals.errors import UserError
from signals.model import Timeframe
from signals.universe import DEFAULT_SYMBOLS


@pytest.mark.parametrize(
    "text", ["-5", "１００", "1e400", "NaN", "inf", "", "1_000", "0", "0.0", "9" * 14, "1,000", "+5", "x" * 99]
)
def test_what_is_no_amount_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UserError, match="--balance") as refusal:
        parse_amount(text, "--balance")

    assert len(str(refusal.value)) < 160
    assert "\n" not in str(refusal.value)


@given(st.decimals(min_value="0.01", max_value=10**12, places=2))
def test_every_plain_amount_is_read_exactly(amount: Decimal) -> None:
    assert parse_amount(f"{amount:f}", "--balance") == amount


@given(st.text(max_size=30))
def test_nothing_but_ascii_digits_and_a_point_is_a_number(text: str) -> None:
    try:
        value = strict_decimal(text)
    except ValueError:
        return
    assert value.is_finite()
    assert set(text.strip()) <= set("0123456789.")


@pytest.mark.parametrize("text", ["ETH", "eth/usdt", "ETHUSDT", " eth "])
def test_a_watched_market_is_found_by_its_usual_spellings(text: str) -> None:
    assert watched_symbol(text, DEFAULT_SYMBOLS) == "ETH/USDT"


def test_an_old_name_means_the_new_one() -> None:
    assert watched_symbol("MATIC", DEFAULT_SYMBOLS) == "POL/USDT"


@pytest.mark.parametrize("text", ["BTC'; DROP", "DOGE", "", "x" * 5000])
def test_an_unknown_market_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(UserError, match="BTC/USDT, ETH/USDT") as refusal:
        watched_symbol(text, DEFAULT_SYMBOLS)

    assert len(str(refusal.value)) < 300


def test_an_unwatched_timeframe_is_refused_with_the_list() -> None:
    assert parse_timeframe("4h", (Timeframe.H1, Timeframe.H4)) is Timeframe.H4
    with pytest.raises(UserError, match="'7h' is not a watched timeframe; watched: 1h, 4h"):
        parse_timeframe("7h", (Timeframe.H1, Timeframe.H4))


def test_a_pair_is_ascii() -> None:
    assert parse_symbol("eth/usdt") == "ETH/USDT"
    with pytest.raises(ValueError, match="is not a pair"):
        parse_symbol("ＥＴＨ/USDT")
