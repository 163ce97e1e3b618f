"""The measurement itself, and the floors: on invented records with phrases written after the parser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.embedder import VectorArray
from rag.evaluation.records import load_questions, load_records
from rag.evaluation.retrieval import run
from rag.evaluation.scores import mean, score
from signals.errors import UserError
from tests.rag.phrase_bank import Bank, questions, synthetic_records

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)
SHARED_DATA = Path(__file__).parents[3].parent / "shared" / "data" / "rag"


class FakeEmbedder:
    """Vectors from the letters of a text."""

    model = "fake"
    dimension = 8

    def embed(self, texts: Sequence[str]) -> VectorArray:
        rows = np.array([[1.0 + sum(map(ord, t[i::8])) % 17 for i in range(8)] for t in texts], dtype=np.float32)
        unit: VectorArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return path


def few_records() -> list[dict[str, Any]]:
    return synthetic_records(3, NOW)[:60]


async def test_phrases_in_other_words_reach_the_floors(tmp_path: Path) -> None:
    records = synthetic_records(1, NOW)
    asking = [
        row
        for i, asker in enumerate(("u1", "u2"))
        for row in questions(Bank(records, asker, NOW), per_kind=5, seed=i, typos=0.0)
    ]

    report = await run(write(tmp_path / "r", records), write(tmp_path / "q", asking), tmp_path / "d", None)

    assert (report.overall.hit, report.overall.mrr) >= (0.90, 0.80)
    assert report.overall.mrr >= 0.80
    assert report.leaks == 0
    assert report.excluded_rate <= 0.01


async def test_messy_phrases_reach_their_floors(tmp_path: Path) -> None:
    records = synthetic_records(2, NOW)
    asking = questions(Bank(records, "u1", NOW), per_kind=5, seed=7, typos=0.6)

    report = await run(write(tmp_path / "r", records), write(tmp_path / "q", asking), tmp_path / "d", None)

    assert report.overall.hit >= 0.85
    assert report.overall.mrr >= 0.70
    assert report.leaks == 0


async def test_a_report_has_a_row_per_kind_and_one_for_all(tmp_path: Path) -> None:
    records = few_records()
    signal = next(r for r in records if r["type"] == "signal")
    ask = {"kind": "latest", "asker": "u1", "now": "2026-06-30T18:00:00Z"}
    text = f"latest {signal['symbol']} {signal['timeframe']} signal"
    asking = [
        {"id": "q1", **ask, "text": text, "relevant": [signal["id"]]},
        {"id": "q2", **ask, "kind": "money", "text": "with $1_000", "relevant": ["r-0001"]},
    ]

    report = await run(write(tmp_path / "r", records), write(tmp_path / "q", asking), tmp_path / "d", FakeEmbedder())

    assert [row[0] for row in report.rows()] == ["latest", "money", "all"]
    plain = json.loads(json.dumps(report.as_dict()))
    assert (plain["questions"], plain["records"], plain["embedder"], plain["leaks"]) == (2, 60, "fake", 0)
    assert plain["kinds"]["money"]["hit@7"] == 0
    assert plain["gold_excluded"] >= 1
    assert report.misses[-1] == "q2 with $1_000"


async def test_a_record_of_somebody_else_would_be_counted_as_a_leak(tmp_path: Path) -> None:
    records = [r for r in few_records() if r["type"] == "trade"]
    ask = {"id": "q", "kind": "last", "asker": "nobody", "now": "2026-06-30T18:00:00Z", "text": "my last trades"}

    report = await run(
        write(tmp_path / "r", records),
        write(tmp_path / "q", [{**ask, "relevant": [records[0]["id"]]}]),
        tmp_path / "d",
        None,
    )

    assert (report.leaks, report.overall.hit) == (0, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: not JSON"),
        ('{"type": "poem", "id": "x"}', "line 1: a record of type 'poem'"),
        ('{"type": "signal", "id": "x"}', "line 1: not a record"),
        ('{"type": "trade", "id": "x", "time": "2026-01-01T00:00:00"}', "line 1: not a record"),
        ("[]", "line 1: not a record"),
    ],
)
def test_a_bad_record_is_named_by_its_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(line)

    with pytest.raises(UserError, match=words):
        load_records(path)


def test_a_bad_question_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('\n{"id": "x"}')

    with pytest.raises(UserError, match="line 2: not a question"):
        load_questions(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent"):
        load_records(tmp_path / "absent")


async def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no questions"):
        await run(write(tmp_path / "r", few_records()), write(tmp_path / "q", []), tmp_path / "d", None)


def test_scores_are_those_of_the_textbook() -> None:
    one = score(["x", "a", "a", "b"], frozenset({"a", "b", "c"}))

    assert (one.hit, one.mrr) == (1.0, 0.5)
    assert one.recall == pytest.approx(2 / 3)
    assert one.ndcg == pytest.approx((0.6309297 + 0.5) / (1 + 0.6309297 + 0.5), abs=1e-6)
    assert score([], frozenset({"a"})).hit == score(["a"], frozenset()).hit == 0
    assert score([*"1234567", "a"], frozenset({"a"})).hit == 0
    assert mean([]).n == 0


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="../shared is absent")
async def test_the_development_questions_reach_the_floors(tmp_path: Path) -> None:
    report = await run(SHARED_DATA / "records-7.jsonl", SHARED_DATA / "questions-dev.jsonl", tmp_path / "data", None)

    assert report.overall.hit >= 0.90
    assert report.overall.mrr >= 0.80
    assert (report.leaks, report.excluded) == (0, 0)
