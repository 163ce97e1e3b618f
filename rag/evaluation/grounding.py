"""The checks on a model's prose, measured: true sentences over real documents, and the same with one thing wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.evaluation.grounding_sentences import CORRUPTIONS, Case, true_cases, wrong_cases
from rag.evaluation.grounding_worlds import worlds
from rag.grounding import Grounding

TRUE = "true"
CAUGHT_FLOOR, KEPT_FLOOR = 0.99, 0.90
SEED, SENTENCES, SMALL = 20_260_612, 6_000, 3_000
_SHOWN = 10


@dataclass(slots=True)
class GroundingReport:
    """A confusion matrix: how many sentences of each kind were kept and flagged, and examples of what went wrong."""

    seed: int
    kept: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    mistakes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentences(self) -> int:
        """How many were checked."""
        return self.kept.total() + self.flagged.total()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The true ones first, then each kind of mistake."""
        return TRUE, *sorted((self.kept | self.flagged).keys() - {TRUE})

    @property
    def caught(self) -> float:
        """The share of sentences with a corrupted number that was flagged."""
        return self.rate(*CORRUPTIONS)

    @property
    def kept_true(self) -> float:
        """The share of true sentences that was kept."""
        return 1 - self.rate(TRUE)

    @property
    def passed(self) -> bool:
        """Whether both floors hold."""
        return self.caught >= CAUGHT_FLOOR and self.kept_true >= KEPT_FLOOR

    def rate(self, *kinds: str) -> float:
        """The share of these kinds that was flagged; 0 when there is none."""
        flagged = sum(self.flagged[kind] for kind in kinds)
        whole = flagged + sum(self.kept[kind] for kind in kinds)
        return flagged / whole if whole else 0.0

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The matrix as text: kind, kept, flagged, share flagged."""
        return tuple(
            (kind, str(self.kept[kind]), str(self.flagged[kind]), f"{self.rate(kind):.3f}") for kind in self.kinds
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        matrix = {kind: {"kept": self.kept[kind], "flagged": self.flagged[kind]} for kind in self.kinds}
        return {
            "seed": self.seed,
            "sentences": self.sentences,
            "caught": self.caught,
            "kept_true": self.kept_true,
            "passed": self.passed,
            "matrix": matrix,
            "mistakes": [list(mistake) for mistake in self.mistakes],
        }


def measure(seed: int = SEED, sentences: int = SENTENCES) -> GroundingReport:
    """Draws markets from the seed until at least so many sentences were checked. Deterministic; about 0.2 ms each."""
    report = GroundingReport(seed)
    for case, grounding in _cases(seed):
        flagged = bool(grounding.check(case.text).offending)
        kind = case.kind or TRUE
        (report.flagged if flagged else report.kept)[kind] += 1
        if flagged == (kind == TRUE) and len(report.mistakes) < _SHOWN:
            report.mistakes.append((kind, case.text))
        if report.sentences >= sentences:
            return report
    raise AssertionError("the markets never end")


def _cases(seed: int) -> Iterator[tuple[Case, Grounding]]:
    rng = random.Random(seed)  # noqa: S311 - drawn to be drawn again
    for world in worlds(seed):
        grounding = Grounding(world.evidence)
        for case in (*true_cases(world, rng), *wrong_cases(world, rng)):
            yield case, grounding
