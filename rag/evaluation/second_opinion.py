"""Trains the classifier of `rag.second_opinion`: `python -m rag.evaluation.second_opinion [--data DIR] [--out DIR]`.

Texts: 600 questions of `eval routing` with another seed, `desk_routes.jsonl`, `strangers_routes.jsonl` and the even
lines of the second and third strangers' banks. Odd lines are never read here: they measure. Loss: weighted cross
entropy with classes balanced, L2 (inverse strength `INVERSE_L2`), minimised by Nesterov's accelerated gradient from
zero, so that a rebuild gives the same weights up to rounding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedder import OnnxEmbedder
from rag.evaluation import routing
from rag.question.model import Intent
from rag.question.normalise import normalise
from rag.second_opinion import FOLDER, MANIFEST_NAME, WEIGHTS_NAME
from rag.weights import find_weights

BANKS = Path("tests/rag")
WHOLE = ("desk_routes.jsonl", "strangers_routes.jsonl")
EVEN_LINES = ("strangers_routes_2.jsonl", "strangers_routes_3.jsonl")
GENERATED, SEED, GENERATED_WEIGHT = 600, 5, 0.3
INVERSE_L2 = 10.0
STEPS, LEAST_GRADIENT = 5_000, 1e-5
REBUILD = "python -m rag.evaluation.second_opinion"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, what it asks for, and how much it counts."""

    text: str
    intent: Intent
    weight: float = 1.0


def examples(banks: Path = BANKS) -> tuple[Example, ...]:
    """The training texts; `banks` is the folder of the files of questions."""
    found = [one for name in WHOLE for one in _lines(banks / name, 1)]
    found += [one for name in EVEN_LINES for one in _lines(banks / name, 2)]
    made = routing.run(GENERATED, SEED).judged
    return (*found, *(Example(normalise(one.text), Intent(one.expected), GENERATED_WEIGHT) for one in made))


def fit(vectors: Floats, intents: Sequence[Intent], weights: Floats) -> tuple[tuple[Intent, ...], Floats]:
    """The intents in order and their coefficients (intents, dimension + 1), for rows (n, dimension)."""
    names = tuple(sorted(set(intents)))
    counts = Counter(intents)
    share = np.array([w * len(intents) / (len(names) * counts[i]) for w, i in zip(weights, intents, strict=True)])
    target = np.array([[name is intent for name in names] for intent in intents], dtype=np.float64)
    rows = np.hstack([vectors, np.ones((len(vectors), 1))])
    penalty = np.append(np.ones(vectors.shape[1]), 0.0) / INVERSE_L2
    # the largest curvature of a softmax is half that of its rows
    step = 1.0 / (0.5 * float(np.linalg.eigvalsh((rows * share[:, np.newaxis]).T @ rows)[-1]) + 1.0 / INVERSE_L2)
    now = ahead = np.zeros((len(names), rows.shape[1]))
    pace = 1.0
    for _ in range(STEPS):
        slope = _slope(ahead, rows, target, share) + ahead * penalty
        if float(np.abs(slope).max()) < LEAST_GRADIENT:
            break
        former, now = now, ahead - step * slope
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        ahead, pace = now + (pace - 1.0) / faster * (now - former), faster
    return names, now


def build(embedder: OnnxEmbedder, banks: Path, out: Path) -> str:
    """Train, write weights and manifest into `out`, and say what was written."""
    rows = examples(banks)
    vectors = embedder.embed([one.text for one in rows]).astype(np.float64)
    names, found = fit(vectors, [one.intent for one in rows], np.array([one.weight for one in rows]))
    path = out / WEIGHTS_NAME
    np.save(path, found.astype(np.float32), allow_pickle=False)
    manifest = {
        "embedding_model": embedder.model,
        "dimension": embedder.dimension,
        "intents": [name.value for name in names],
        "trained_on": dict(sorted(Counter(one.intent.value for one in rows).items())),
        "generated": GENERATED,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rebuild": REBUILD,
    }
    (out / MANIFEST_NAME).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return f"{path}: {len(rows)} texts, {len(names)} intents, {path.stat().st_size} bytes"


def _slope(coefficients: Floats, rows: Floats, target: Floats, share: Floats) -> Floats:
    scores = rows @ coefficients.T
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    missed = powers / powers.sum(axis=1, keepdims=True) - target
    slope: Floats = (missed * share[:, np.newaxis]).T @ rows
    return slope


def _lines(path: Path, every: int) -> list[Example]:
    lines = path.read_text(encoding="utf-8").splitlines()[::every]
    rows = [json.loads(line) for line in lines]
    return [Example(normalise(row["text"]), Intent(row["intent"])) for row in rows]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; run it in the checkout's root."""
    asked = argparse.ArgumentParser(description="Train the second opinion on what a question asks for.")
    asked.add_argument("--data", type=Path, default=Path("data/embedding"), help="where the embedding graph is kept")
    asked.add_argument("--out", type=Path, default=FOLDER)
    chosen = asked.parse_args(arguments)
    said = build(OnnxEmbedder(find_weights(chosen.data), chosen.data), BANKS, chosen.out)
    sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
