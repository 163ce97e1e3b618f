"""What a term means is told from the built-in glossary; a figure of it is never."""

from __future__ import annotations

import re

import pytest

from rag.glossary import TERMS, meaning_of
from rag.question.model import Intent
from rag.question.spelling import plain_words
from rag.refusals import TEXTS
from tests.rag.advice.conftest import Room
from tests.rag.question.asking import ask


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("what is rsi?", "RSI"),
        ("whats atr", "ATR"),
        ("What are Bollinger Bands?", "Bollinger bands"),
        ("define slippage", "Slippage"),
        ("what does conviction mean", "Conviction"),
        ("can you explain what calibrated means", "Calibrated"),
        ("how is confidence calculated?", "Confidence"),
        ("what is VaR", "Value at risk (VaR)"),
        ("what is R", "R"),
        ("what's an R multiple?", "R"),
        ("what is the sharpe ratio", "Sharpe ratio"),
        ("what is drawdown?", "Drawdown"),
        ("what is a stop loss pls", "Stop"),
        ("meaning of profit factor", "Profit factor"),
        ("wats a golden cross", "Golden cross"),
    ],
)
def test_a_term_is_explained(text: str, term: str) -> None:
    words = plain_words(text, frozenset())

    assert ask(text).intent is Intent.HELP
    assert (meaning_of(words) or "").startswith(f"{term}: ")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what is the drawdown", Intent.AGGREGATE),
        ("what is my drawdown", Intent.AGGREGATE),
        ("what is my win rate", Intent.AGGREGATE),
        ("what is a good stop for ETH", Intent.ADVICE),
        ("what is a death cross on ETH", Intent.FIND),
        ("what is the signal", Intent.LATEST),
        ("what is love", Intent.OUT_OF_SCOPE),
        ("what is blockchain", Intent.OUT_OF_SCOPE),
    ],
)
def test_a_figure_a_market_or_another_word_is_not(text: str, intent: Intent) -> None:
    assert ask(text).intent is intent


@pytest.mark.parametrize(("name", "said", "meaning"), TERMS)
def test_a_meaning_is_short_and_names_no_number(name: str, said: str, meaning: str) -> None:
    re.compile(said)

    assert not re.search(r"\d", name + meaning)
    assert meaning.endswith(".")
    assert len(meaning) <= 220
    assert len(re.findall(r"[.;](?:\s|$)", meaning)) <= 2


async def test_the_desk_answers_with_the_meaning(room: Room) -> None:
    answer = await room.ask("what is slippage?")

    assert answer.text.startswith("Slippage: ")
    assert not answer.error
    assert not answer.recommendations


async def test_help_itself_stays_as_it_was(room: Room) -> None:
    assert (await room.ask("help")).text == TEXTS[Intent.HELP]
