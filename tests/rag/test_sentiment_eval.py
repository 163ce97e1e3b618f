"""The measurement of tone: three ways over all rows and over the odd half, and an error when the terms are not best."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.evaluate_sentiment import evaluate_sentiment
from rag.evaluation.sentiment import run
from signals.errors import UserError

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "sentiment"
needs_labelled = pytest.mark.skipif(not FOLDER.is_dir(), reason="labelled headlines (../shared/data) are not here")
ROWS = [
    *((f"Token {n} surges", "positive") for n in range(6)),
    *((f"Token {n} liquidated", "negative") for n in range(6)),
    *((f"Token {n} files trust securities report", "neutral") for n in range(6)),
]


def a_file(folder: Path, rows: list[tuple[str, str]]) -> Path:
    file = folder / "labelled.csv"
    file.write_text("\n".join(["text,label", *(f"{text},{label}" for text, label in rows)]), encoding="utf-8")
    return file


def test_each_way_is_counted_as_by_hand(tmp_path: Path) -> None:
    terms, plain, most = run(a_file(tmp_path, ROWS)).whole

    assert (terms.n, terms.accuracy, terms.macro_f1, terms.f1) == (18, 1.0, 1.0, (1.0, 1.0, 1.0))
    assert plain.macro_f1 < 0.5
    assert most.way == "always positive"
    assert (most.accuracy, most.f1) == (pytest.approx(1 / 3, abs=1e-4), (0.0, 0.0, 0.5))


def test_terms_that_are_not_the_best_are_an_error(tmp_path: Path) -> None:
    turned = {"positive": "negative", "negative": "neutral", "neutral": "positive"}
    wrong = [(text, turned[label]) for text, label in ROWS]

    reply = evaluate_sentiment(a_file(tmp_path, wrong))

    assert reply.error
    assert "NOT the best" in reply.text


@pytest.mark.parametrize("text", ["", "text,label\nup,good", "a,b\n1,2", "text,label\n,positive"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UserError, match="needs the columns text and label"):
        run(file)
    with pytest.raises(UserError, match="cannot be read"):
        run(tmp_path / "absent.csv")


@needs_labelled
@pytest.mark.parametrize(("name", "floor"), [("cryptolin-dev", 0.52), ("twitter-fin-dev", 0.50)])
def test_on_real_headlines_the_terms_are_better_than_plain_vader(name: str, floor: float) -> None:
    report = run(FOLDER / f"{name}.csv")

    assert report.passed
    assert min(report.whole[0].macro_f1, report.odd[0].macro_f1) >= floor
    assert report.odd[0].macro_f1 > report.odd[1].macro_f1 + 0.05
