"""The classifier beside the routing rules: what it mends on lines nobody read, and that it never reaches further."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from rag.embedder import OnnxEmbedder
from rag.evaluation import routing
from rag.evaluation.second_opinion import BANKS, EVEN_LINES, GENERATED, examples, fit
from rag.question.model import Intent, Parsed
from rag.question.normalise import normalise
from rag.question.parse import parse
from rag.second_opinion import FOLDER, MANIFEST_NAME, WEIGHTS_NAME, Classifier, SecondOpinion, stored
from rag.weights import MODEL, Weights
from signals.errors import DataError, UserError
from signals.universe import DEFAULT_SYMBOLS
from tests.rag import weight_files
from tests.rag.pointing import PointingEmbedder

cache, official = weight_files.cache, weight_files.official  # fixtures
HERE = Path(__file__).parent
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)
GUESSED = Parsed("solana, the four hour one", Intent.ADVICE, symbols=("SOL/USDT",), guessed=True)


def shares(rows: Sequence[tuple[str, str]], embedder: OnnxEmbedder) -> tuple[float, float]:
    """Sent the right way by the rules, and by the rules with the second opinion."""
    classifier = stored()
    vectors = embedder.embed([normalise(text) for text, _ in rows])
    ruled = both = 0
    for (text, intent), vector in zip(rows, vectors, strict=True):
        try:
            parsed = parse(text, NOW, DEFAULT_SYMBOLS)
        except UserError:
            continue
        ruled += parsed.intent == intent
        meant = classifier.sure_of(vector) if parsed.guessed else None
        both += parse(text, NOW, DEFAULT_SYMBOLS, meant).intent == intent
    return ruled / len(rows), both / len(rows)


def lines(name: str) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [(row["text"], row["intent"]) for row in rows]


@pytest.fixture(scope="module")
def embedder(official: Weights, cache: Path) -> OnnxEmbedder:
    return OnnxEmbedder(official, cache)


@pytest.mark.parametrize(("name", "floor"), [("strangers_routes_2.jsonl", 0.975), ("strangers_routes_3.jsonl", 0.93)])
def test_it_mends_lines_that_nobody_read(name: str, floor: float, embedder: OnnxEmbedder) -> None:
    ruled, both = shares(lines(name)[1::2], embedder)

    assert both >= floor
    assert both >= ruled + 0.02


@pytest.mark.parametrize("name", ["desk_routes.jsonl", "strangers_routes.jsonl"])
def test_it_spoils_nothing_that_the_rules_know(name: str, embedder: OnnxEmbedder) -> None:
    ruled, both = shares(lines(name), embedder)

    assert both >= ruled


def test_the_generated_questions_keep_their_way(embedder: OnnxEmbedder) -> None:
    made = [(one.text, one.expected) for one in routing.run(routing.SMALL, 9).judged]

    ruled, both = shares(made, embedder)

    assert both >= max(0.99, ruled - 0.003)


async def test_it_is_heard_where_the_rules_guessed_and_not_on_the_event_loop() -> None:
    embedder = PointingEmbedder(Intent.CHART)

    found = await SecondOpinion(embedder).on(GUESSED)

    assert found is Intent.CHART
    assert threading.get_ident() not in embedder.threads


async def test_a_question_with_words_of_asking_is_never_embedded() -> None:
    embedder = PointingEmbedder(Intent.CHART)

    for text in ("should I buy SOL?", "why did you sell ETH yesterday?", "help", "/chart BTC", "compare BTC and ETH"):
        assert await SecondOpinion(embedder).on(parse(text, NOW, DEFAULT_SYMBOLS)) is None

    assert embedder.threads == []


async def test_there_is_none_without_its_embedding_model_or_below_the_threshold() -> None:
    assert await SecondOpinion(None).on(GUESSED) is None
    assert await SecondOpinion(PointingEmbedder(Intent.CHART, model="another")).on(GUESSED) is None
    assert await SecondOpinion(PointingEmbedder(Intent.CHART, length=0.01)).on(GUESSED) is None
    assert await SecondOpinion(PointingEmbedder(Intent.ADVICE)).on(GUESSED) is None  # the rules' own answer


async def test_a_damaged_file_leaves_the_question_to_the_rules(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes((FOLDER / MANIFEST_NAME).read_bytes())
    (tmp_path / WEIGHTS_NAME).write_bytes((FOLDER / WEIGHTS_NAME).read_bytes()[:-4] + b"\0\0\0\0")

    assert await SecondOpinion(PointingEmbedder(Intent.CHART), tmp_path).on(GUESSED) is None
    with pytest.raises(DataError, match="rebuild it with python -m"):
        stored(tmp_path)
    with pytest.raises(DataError):
        stored(tmp_path / "absent")


def test_the_slots_follow_from_what_was_meant_and_only_a_guess_gives_way() -> None:
    text = "my ada trades that hit the stop in may"
    guessed, plain = parse(text, NOW, DEFAULT_SYMBOLS), parse("should I buy SOL?", NOW, DEFAULT_SYMBOLS, Intent.NEWS)

    counted = parse(text, NOW, DEFAULT_SYMBOLS, Intent.AGGREGATE)

    assert guessed.guessed
    assert guessed.intent is Intent.FIND
    assert guessed.measure is None
    assert counted.intent is Intent.AGGREGATE
    assert counted.measure is not None
    assert not counted.guessed
    assert plain.intent is Intent.ADVICE


def test_training_reads_even_lines_only_and_gives_the_stored_weights(embedder: OnnxEmbedder) -> None:
    rows = examples(HERE.parents[1] / BANKS)
    even = [normalise(text) for name in EVEN_LINES for text, _ in lines(name)[::2]]
    vectors = embedder.embed([one.text for one in rows])

    names, weights = fit(vectors.astype(float), [one.intent for one in rows], np.array([one.weight for one in rows]))

    again = Classifier(MODEL, names, weights.astype(np.float32))
    assert [one.text for one in rows[288 + 154 : -GENERATED]] == even
    assert again.intents == stored().intents
    assert np.abs(again.chances(vectors) - stored().chances(vectors)).max() < 0.01
