"""The generated measurements: the same from a seed, honest about misses, and above their floors."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.evaluation import abstention, followups, routing
from rag.evaluation.ablation import VARIANTS
from rag.evaluation.noise import messy, slip
from rag.evaluation.retrieval import run
from rag.evaluation.shares import Judged, ShareReport
from rag.question.model import Intent
from tests.rag.evaluation.test_retrieval import NOW, FakeEmbedder, write
from tests.rag.phrase_bank import Bank, questions, synthetic_records


@pytest.mark.parametrize("seed", [1, 7])
def test_routing_reaches_its_floor(seed: int) -> None:
    report = routing.run(routing.SMALL, seed)

    assert report.share >= 0.97, report.misses
    assert {one.kind for one in report.judged} == {intent.value for intent in Intent}


@pytest.mark.parametrize("seed", [1, 7])
def test_follow_ups_reach_their_floor(seed: int) -> None:
    report = followups.run(followups.SMALL, seed)

    assert report.share >= 0.90, report.misses
    assert {one.kind for one in report.judged} == {chain.kind for chain in followups.CHAINS}


async def test_abstention_reaches_its_floor_by_the_right_rules(tmp_path: Path) -> None:
    report = await abstention.run(tmp_path, abstention.SMALL)

    assert report.passed, report.misses
    assert not [one for one in report.judged if one.got == "advice"]


def test_the_same_seed_asks_the_same() -> None:
    assert routing.run(50, 3) == routing.run(50, 3)
    assert routing.run(50, 3).judged != routing.run(50, 4).judged


def test_a_report_tells_its_misses_and_does_not_pass_below_the_floor() -> None:
    judged = (Judged("a", "one", "x", "x"), Judged("a", "two", "x", "y"), Judged("b", "three", "z", "z"))

    report = ShareReport("some", 1, 0.9, judged)

    assert not report.passed
    assert report.rows() == (("a", "2", "1", "0.500"), ("b", "1", "1", "1.000"), ("all", "3", "2", "0.667"))
    assert report.as_dict()["misses"] == [{"kind": "a", "text": "two", "expected": "x", "got": "y"}]
    assert not ShareReport("none", 1, 0.9, ()).passed


def test_noise_changes_words_and_keeps_numbers() -> None:
    rng = random.Random(1)

    made = {messy("should I short ethereum with $2k on 17/6?", rng) for _ in range(50)}

    assert len(made) > 20
    assert all("$2k" in text.lower() and "17/6" in text for text in made)
    assert slip("buy $sol", rng) == "buy $sol"


async def test_the_ablation_has_a_row_per_variant_and_the_whole_way_is_best(tmp_path: Path) -> None:
    records = synthetic_records(1, NOW)
    asking = questions(Bank(records, "u1", NOW), per_kind=3, seed=1, typos=0.0)
    paths = write(tmp_path / "r", records), write(tmp_path / "q", asking)

    report = await run(*paths, tmp_path / "d", FakeEmbedder(), ablation=True)

    rows = report.ablation_rows()
    assert [row[0] for row in rows] == [*(variant.name for variant in VARIANTS), "all"]
    assert all(float(rows[-1][1]) >= float(row[1]) for row in rows[:-1])
    assert set(report.as_dict()["ablation"]) == {variant.name for variant in VARIANTS}
