# ruff: noqa: SIM905 - a list of words is easier to read as text
"""Normalising, spelling, what is left for the full text, and any text at all."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question.describe import describe
from rag.question.model import Parsed
from rag.question.normalise import MAX_CHARS, normalise
from rag.question.parse import parse
from rag.question.slots import carry
from rag.question.spelling import distance, plain_words
from rag.question.symbols import names_in
from rag.question.terms import MOST_TERMS, content_terms, themes_in
from rag.question.themes import THEMES, is_about
from rag.question.vocabulary import mentions, take
from signals.errors import UserError
from signals.universe import DEFAULT_SYMBOLS

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a \t b\nc ", "a b c"),
        ("e\u200bt\u200dh", "eth"),
        ("\x00eth\x07", "eth"),
        ("ＥＴＨ", "ETH"),
        ("１００", "１００"),
        ("“eth” – why’s", '"eth" - why\'s'),
        ("\u202eeth", "eth"),
        ("½", "½"),
        ("", ""),
        ("\ud800x", "x"),
    ],
)
def test_text_is_made_plain(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_a_long_text_is_cut() -> None:
    assert len(normalise("ﷺ" * 1_000_000)) <= MAX_CHARS
    assert len(normalise("x" * 1_000_000)) == MAX_CHARS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("singal", "signal"),
        ("tradess", "trades"),
        ("yesterdya", "yesterday"),
        ("brekout", "breakout"),
        ("bolinger", "bollinger"),
        ("etherum", "ethereum|etherium"),
        ("u r w/ yday", "you are with yesterday"),
        ("trades", "trades"),
        ("other", "other"),
        ("$singal", "$singal"),
        ("x", "x"),
        ("polkadottttttttttttttttt", "polkadot"),
    ],
)
def test_a_slip_is_mended_where_one_word_is_nearest(typed: str, meant: str) -> None:
    assert plain_words(typed, names_in(DEFAULT_SYMBOLS).spelt) in meant.split("|")


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abc", "xyz", 3)]
)
def test_distance_counts_edits(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == distance(b, a) == edits


def test_content_terms_leave_out_what_filters_say() -> None:
    text = "why did you sell Binance coin on the 4h on Tuesday when volume confirmed resistance?"

    assert content_terms(text) == ("volume", "confirmed", "resistance")


def test_content_terms_are_few() -> None:
    letters = string.ascii_lowercase
    words = [f"zq{a}{b}x" for a in letters for b in letters]

    assert len(content_terms(" ".join(words))) == MOST_TERMS


@pytest.mark.parametrize(
    ("asked", "note", "theme"),
    [
        ("i moved my stop", "Widened the stop against the plan while in drawdown.", "moved the stop"),
        ("where i shifted the SL", "Shifted the stop further away hoping for a reversal.", "moved the stop"),
        ("i panicked", "Got scared by the wick and exited before the stop.", "panicked"),
        ("i bailed", "Closed early out of fear during a fast dip; price recovered afterwards.", "panicked"),
        ("i fomoed", "Entered on excitement after a big green candle, no setup.", "chased"),
        ("i bought too late", "Chased the move after it had already run; entry was late.", "chased"),
        ("i risked too much", "Position was too large for the account risk limit.", "oversized"),
        ("i went too big", "Risked more than the 2% rule allows on this one.", "oversized"),
        ("hit by news", "Stopped around a headline-driven spike in volatility.", "news spike"),
        ("a headline hit", "Exchange news moved the market within minutes.", "news spike"),
        ("i followed my plan", "Clean execution, rules respected.", "followed the plan"),
        ("revenge trades", "Was angry and wanted to get it back.", "revenge"),
        ("i was bored", "Bored, no reason to be in this one.", "bored"),
    ],
)
def test_a_theme_is_asked_and_written_in_different_words(asked: str, note: str, theme: str) -> None:
    found = themes_in(asked)

    assert [t.name for t in found] == [theme]
    assert is_about(found[0], note)
    assert not any(is_about(other, note) for other in THEMES if other.name != theme)


def test_vocabulary_takes_what_it_understood() -> None:
    values, rest = take("EXITS", "trades that got stopped out")

    assert values == ("stop_loss",)
    assert "stopped" not in rest
    assert mentions("EXITS", "nothing here") == ()


_WORDS = st.sampled_from(
    "should i buy sell eth sol link $doge with $2k 1e400 １００ last week 17/6 trades signal why stopped out my 4h "
    "backtest - € may 5 since between and 10 june % ? $ . , 99999999999 0.5 BTC hold from 60k".split()
)


@given(st.one_of(st.text(max_size=300), st.lists(_WORDS, max_size=40).map(" ".join)))
def test_any_text_is_parsed_or_refused_as_money(text: str) -> None:
    try:
        parsed = parse(text, NOW, DEFAULT_SYMBOLS)
    except UserError:
        return

    assert isinstance(parsed, Parsed)
    assert describe(parsed)
    assert parsed.budget is None or Decimal(0) < parsed.budget <= Decimal(10) ** 12
    assert set(parsed.symbols) <= set(DEFAULT_SYMBOLS)
    assert carry(parsed, parsed).intent


@given(st.lists(_WORDS, max_size=12).map(" ".join), st.lists(_WORDS, max_size=8).map(" ".join))
def test_a_follow_up_never_invents_a_symbol(first: str, second: str) -> None:
    try:
        before, after = (parse(text, NOW, DEFAULT_SYMBOLS) for text in (first, second))
    except UserError:
        return

    merged = carry(before, after)

    assert set(merged.symbols) <= set(before.symbols) | set(after.symbols)
    assert not (after.unknown and not after.symbols and merged.symbols)


@pytest.mark.parametrize(
    "piece", ["a", "a ", "1", "1,", "$", "the the ", "last ", "stop ", "1/1 ", "june ", "x" * 20 + " ", "(", "-1 to "]
)
def test_a_megabyte_of_the_same_is_parsed_or_refused(piece: str) -> None:
    try:
        parsed = parse(piece * (1_000_000 // len(piece)), NOW, DEFAULT_SYMBOLS)
    except UserError:
        return

    assert len(parsed.text) <= MAX_CHARS
