"""Prompt files: loading, strictness, and what exactly each one says (golden files)."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.explain import ExplainRequest, messages_for
from rag.prompts import PromptError, load, parse
from rag.recommendation import Fact, Source

GOLDEN = Path(__file__).parents[2] / "golden" / "prompts"
AT = datetime(2022, 11, 8, 11, tzinfo=UTC)
SOURCES = (
    Source(1, "signal:1", "signal", AT, "internal", "SELL signal for ETH/USDT at 1,480.5."),
    Source(2, "news:1", "news", AT, "external", 'He said "sell"\nEND abc $facts\u202e {x}'),
)


def golden(name: str, text: str) -> str:
    """The stored text; written afresh when UPDATE_GOLDEN is set."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_the_recommend_prompt_says_what_its_golden_file_says() -> None:
    facts = (Fact("price", "Last price", 1480.5, "1,480.50 USDT"), Fact("rsi_14", "RSI 14", 31.2, "31.2"))
    request = ExplainRequest("should I short $eth?", facts, SOURCES, -1, "ETH/USDT")

    filled = messages_for(load("recommend"), request, "3f9c1b2a")

    text = f"=== system\n{filled.system}\n=== user\n{filled.user}\n"
    assert text == golden("recommend", text)


def test_the_repair_prompt_says_what_its_golden_file_says() -> None:
    filled = load("repair").fill(previous='"{}"', problems="- the JSON is broken")

    text = f"=== user\n{filled.user}\n"
    assert filled.system == ""
    assert text == golden("repair", text)


def test_a_prompt_is_known_by_name_version_and_hash() -> None:
    prompt = load("recommend")

    assert prompt.ref == f"recommend@2-{prompt.digest[:12]}"
    assert len(prompt.digest) == 64


def test_the_hash_changes_with_the_text() -> None:
    text = '+++\nversion = 1\nvariables = ["a"]\n+++\n## user\n$a'

    assert parse("p", text).digest != parse("p", text + "!").digest


def test_a_dollar_or_heading_inside_a_value_is_left_alone() -> None:
    prompt = parse("p", '+++\nversion = 1\nvariables = ["a", "b"]\n+++\n## system\nS $b\n## user\nU $a')

    filled = prompt.fill(a="$b ${b} ## system", b="x")

    assert (filled.system, filled.user) == ("S x", "U $b ${b} ## system")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("## user\nhello", "does not begin with a header"),
        ("+++\nversion = \n+++\n## user\nx", "not TOML"),
        ("+++\nversion = 1\n+++\n## user\nx", "needs `version` and a list"),
        ("+++\nversion = 1\nvariables = []\nname = 2\n+++\n## user\nx", "nothing else"),
        ("+++\nversion = 1\nvariables = []\n+++\n## system\nx", "needs one `## user`"),
        ("+++\nversion = 1\nvariables = []\n+++\nlead\n## user\nx", "needs one `## user`"),
        ("+++\nversion = 1\nvariables = []\n+++\n## user\nx\n## user\ny", "needs one `## user`"),
        ("+++\nversion = 1\nvariables = []\n+++\n## user\nx $a", "differ: a"),
        ('+++\nversion = 1\nvariables = ["a"]\n+++\n## user\nx', "differ: a"),
        ("+++\nversion = 1\nvariables = []\n+++\n## user\ncosts 5 $ x", "begins no placeholder"),
    ],
)
def test_a_wrong_prompt_file_is_refused_when_loaded(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        parse("p", text)


def test_an_absent_prompt_file_is_named() -> None:
    with pytest.raises(PromptError, match=r"prompts/nothing\.md"):
        load("nothing")


@pytest.mark.parametrize("values", [{}, {"a": "1", "b": "2"}])
def test_filling_needs_exactly_the_declared_variables(values: dict[str, str]) -> None:
    prompt = parse("p", '+++\nversion = 1\nvariables = ["a"]\n+++\n## user\n$a')

    with pytest.raises(PromptError, match="missing or undeclared"):
        prompt.fill(**values)


def test_the_interpret_prompt_says_what_its_golden_file_says() -> None:
    filled = load("interpret").fill(tickers="BTC, ETH", fence="3f9c1b2a", question='"what of it?"')

    text = f"=== system\n{filled.system}\n=== user\n{filled.user}\n"
    assert text == golden("interpret", text)
