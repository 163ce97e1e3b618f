"""Reading JSON that a model wrote."""

from __future__ import annotations

import pytest

from rag.model_answer import LONGEST_TEXT, ModelAnswer, WrongShape, read_answer
from tests.rag.llm.fakes import an_answer


@pytest.mark.parametrize(
    "text",
    [
        an_answer(),
        f"Sure!\n```json\n{an_answer()}\n```\nLet me know!",
        f"<think>{{maybe}} a short?</think>{an_answer()}",
        f'{{"note": 1}} {an_answer()}',
        an_answer(probability=0.99),
        "\ufeff" + an_answer().replace(". A", ".\nA"),
    ],
)
def test_the_right_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert read_answer(text, ModelAnswer).cited == [1, 2]


def test_an_extra_key_is_not_kept() -> None:
    assert "size_usd" not in read_answer(an_answer(size_usd=5000), ModelAnswer).model_dump()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no complete JSON object"),
        ("[1, 2]", "no complete JSON object"),
        (an_answer()[:-3], "broken"),
        (an_answer(stance="sell"), "stance"),
        (an_answer(thesis="x" * 601), "thesis"),
        (an_answer(risks=["a"] * 4), "risks"),
        (an_answer(risks=["a" * 201]), "risks.0"),
        (an_answer(cited=["1"]), "cited.0"),
        (an_answer(cited=[1.5]), "cited.0"),
        (an_answer(cited=[True]), "cited.0"),
        (an_answer(enough_evidence="yes"), "enough_evidence"),
        (an_answer(enough_evidence=1), "enough_evidence"),
        (an_answer(thesis="\ud800"), "thesis"),
        (an_answer(cited=[float("inf")]), "Infinity is not a number"),
        (an_answer(cited=[float("nan")]), "NaN is not a number"),
        (an_answer().replace("[1, 2]", "[1e999]"), "not a finite number"),
        (an_answer().replace("[1, 2]", f"[{'9' * 5000}]"), "broken"),
        ('{"a":' * 100_00 + "1", "longer than"),
        ("{" + "[" * 20_000, "broken"),
        ("x" * (LONGEST_TEXT + 1), "longer than"),
        ("{ " * 60, "broken"),
    ],
)
def test_everything_else_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(WrongShape, match=says):
        read_answer(text, ModelAnswer)
