"""Values of parameters: what may be meant is read, everything else is refused with what is possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.spec import Kind, Param
from bot.commands.values import Reader
from signals.errors import UserError
from signals.model import Timeframe

READER = Reader(lambda: ("ETH/USDT", "POL/USDT"), (Timeframe.H1, Timeframe.D1))
CHOICES = ("list", "Add")
HOSTILE = [
    "\x00",
    "\u202eHTE\u202c",
    "\U000e0041\U000e0042",
    "ETH/USDT; DROP TABLE trades",
    "../../etc/passwd",
    "{0.__class__}",
    "@everyone",
    "ＥＴＨ",
    "1_000",
    "１０００",
    "1e309",
    "NaN",
    "Infinity",
    "-5",
    "+5",
    "0x10",
    "٣",
    "5" * 400,
]


def read(kind: Kind, text: str, platform: str = "discord") -> str:
    param = Param("it", kind, "What it is.", choices=CHOICES if kind is Kind.CHOICE else ())
    return READER.read((param,), {"it": text}, platform).get("it", "")


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        (Kind.SYMBOL, "eth", "ETH/USDT"),
        (Kind.SYMBOL, " ethusdt ", "ETH/USDT"),
        (Kind.SYMBOL, "MATIC", "POL/USDT"),
        (Kind.TIMEFRAME, "1h", "1h"),
        (Kind.MONEY, "$2000", "2000"),
        (Kind.MONEY, "0.50", "0.50"),
        (Kind.MONEY, "5000.0", "5000.0"),
        (Kind.PERCENT, "70 %", "70"),
        (Kind.PERCENT, "0.5", "0.5"),
        (Kind.WHOLE, "007", "7"),
        (Kind.CHOICE, "ADD", "Add"),
        (Kind.USER, "123", "discord:123"),
        (Kind.USER, "<@!123>", "discord:123"),
        (Kind.USER, "telegram:0123", "telegram:123"),
        (Kind.TEXT, "  a\u202eb\tc ", "ab c"),
        (Kind.MONEY, "   ", ""),
    ],
)
def test_what_may_be_meant_is_read(kind: Kind, text: str, meant: str) -> None:
    assert read(kind, text) == meant


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.TEXT])
@pytest.mark.parametrize("text", HOSTILE)
def test_everything_else_is_refused_in_a_short_line(kind: Kind, text: str) -> None:
    if kind is Kind.SYMBOL and text == "\u202eHTE\u202c":
        text = "\u202eETX"

    with pytest.raises(UserError) as refused:
        read(kind, text)

    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("kind", "text", "possible"),
    [
        (Kind.SYMBOL, "XRP", "ETH/USDT, POL/USDT"),
        (Kind.TIMEFRAME, "2h", "1h, 1d"),
        (Kind.CHOICE, "burn", "list, Add"),
        (Kind.MONEY, "0", "above 0"),
        (Kind.PERCENT, "101", "0 to 100"),
        (Kind.WHOLE, "1.5", "whole number"),
        (Kind.USER, "@bob", "123456"),
        (Kind.USER, "terminal:local", "123456"),
    ],
)
def test_a_refusal_names_what_is_possible(kind: Kind, text: str, possible: str) -> None:
    with pytest.raises(UserError, match=possible):
        read(kind, text)


def test_at_the_terminal_an_account_needs_its_platform() -> None:
    assert read(Kind.USER, "discord:5", "terminal") == "discord:5"
    with pytest.raises(UserError):
        read(Kind.USER, "5", "terminal")


def test_a_missing_or_an_unknown_parameter_is_named() -> None:
    needed = (Param("symbol", Kind.SYMBOL, "The market.", required=True),)

    with pytest.raises(UserError, match="symbol is missing: The market"):
        READER.read(needed, {"symbol": " "}, "discord")
    with pytest.raises(UserError, match="'colour' is not a parameter; possible: symbol"):
        READER.read(needed, {"symbol": "eth", "colour": "red"}, "discord")
    with pytest.raises(UserError, match="takes none"):
        READER.read((), {"x": "1"}, "discord")


def test_a_text_is_bounded() -> None:
    with pytest.raises(UserError, match="longer than 20,000"):
        read(Kind.TEXT, "a" * 20_001)


@given(st.text(max_size=60), st.sampled_from(list(Kind)))
def test_any_text_is_read_or_refused(text: str, kind: Kind) -> None:
    try:
        found = read(kind, text)
    except UserError:
        return
    assert kind is Kind.TEXT or found.isascii()
