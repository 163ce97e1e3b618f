"""Questions that others wrote without seeing the parser: `strangers_bank.jsonl` and `strangers_routes.jsonl`.

Rules-only, full text only, over the development records. At first contact (208a965 and 81c3fd5, 260 questions, 154
routes): hit@7 0.965, MRR 0.954, 0.7 % of the gold excluded, no leak; routes 0.857. The parser as it was before that
session (81ac10e): 0.962, 0.950, 0.7 %, routes 0.838. Afterwards the misses were looked at by kind and mended by rule,
never by string: hit@7 1.000, MRR 0.995, 0.1 %, routes 1.000. The later figures are no longer blind.

A second stranger wrote `strangers_bank_2.jsonl` and `strangers_routes_2.jsonl`. At first contact (6ed2ef8, 120
questions, 240 routes): hit@7 0.992, MRR 0.979, 0.7 % excluded (clean 1.000, 0.989, 1.3 %; messy 0.983, 0.970, 0 %), no
leak; routes 0.921 (clean 0.892, messy 0.950; even lines 0.950, odd lines 0.892; weakest compare 14 of 19, help 15 of
18, size 17 of 20, explain 19 of 22). Then only the failures of even lines (counted from 0) were read, and those of
probes of our own. Odd lines, their texts never read: 0.950 when first measured after the word families came, 0.958 at
the end, under the floor of 0.97; their totals by intent were seen. Even lines 1.000, not blind. Retrieval then: 1.000
and 0.988.

A third stranger wrote `strangers_routes_3.jsonl` (300 lines: messy, chatty, terse, clean; stories before the question).
At first contact (727ed15): 0.807 (even lines 0.800, odd 0.813; clean 0.816, messy 0.817, chatty 0.708, terse 0.891;
advice 46 of 60, aggregate 48 of 50, explain 19 of 22, find 18 of 22, latest 18 of 21, size 15 of 21, chart 16 of 20,
news 19 of 21, compare 11 of 21, help 12 of 21, out of scope 20 of 21). Then only the failures of even lines were read,
and probes of our own; of odd lines only which intent was taken for which. At the end: even lines 0.993, not blind; odd
lines 0.913, their texts never read: under the floor of 0.97. Mostly advice, explain and help told as a story miss. With
the second opinion (`tests/rag/test_second_opinion.py`) 0.940.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.evaluation.retrieval import run
from rag.question.parse import parse
from signals.errors import UserError
from signals.universe import DEFAULT_SYMBOLS

HERE = Path(__file__).parents[1]
RECORDS = Path(__file__).parents[3].parent / "shared" / "data" / "rag" / "records-7.jsonl"
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


@pytest.mark.skipif(not RECORDS.exists(), reason="../shared is absent")
@pytest.mark.parametrize(("bank", "questions"), [("strangers_bank.jsonl", 260), ("strangers_bank_2.jsonl", 120)])
async def test_the_strangers_questions_find_their_records(bank: str, questions: int, tmp_path: Path) -> None:
    report = await run(RECORDS, HERE / bank, tmp_path / "data", None)

    assert report.overall.n == questions
    assert report.overall.hit >= 0.97
    assert report.overall.mrr >= 0.95
    assert report.leaks == 0
    assert report.excluded_rate <= 0.01


@pytest.mark.parametrize("routes", ["strangers_routes.jsonl", "strangers_routes_2.jsonl"])
def test_the_strangers_questions_are_sent_the_right_way(routes: str) -> None:
    rows = [json.loads(line) for line in (HERE / routes).read_text(encoding="utf-8").splitlines()]

    missed = [(row["text"], got) for row in rows if (got := _intent(row["text"])) != row["intent"]]

    assert len(missed) <= 0.03 * len(rows), missed


def test_the_third_strangers_questions_keep_what_was_reached() -> None:
    rows = [json.loads(line) for line in (HERE / "strangers_routes_3.jsonl").read_text(encoding="utf-8").splitlines()]
    right = [_intent(row["text"]) == row["intent"] for row in rows]

    assert len(rows) == 300
    assert sum(right[::2]) / 150 >= 0.97
    assert sum(right[1::2]) / 150 >= 0.90


def _intent(text: str) -> str:
    try:
        return parse(text, NOW, DEFAULT_SYMBOLS).intent.value
    except UserError:
        return "refused"
