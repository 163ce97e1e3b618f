"""How good a ranking is, at a cut-off of seven documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CUT = 7


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over `n` questions: hit@7, MRR, recall@7 (of all relevant, so 32 relevant allow 0.22), nDCG@7."""

    n: int
    hit: float
    mrr: float
    recall: float
    ndcg: float


def score(ranked: Sequence[str], relevant: frozenset[str]) -> Scores:
    """The scores of one question; all zero when nothing is relevant. A repeated id counts at its first place only."""
    top = list(dict.fromkeys(ranked))[:CUT]
    places = [i for i, one in enumerate(top, 1) if one in relevant]
    if not relevant or not places:
        return Scores(1, 0.0, 0.0, 0.0, 0.0)
    ideal = sum(_gain(i) for i in range(1, min(CUT, len(relevant)) + 1))
    return Scores(1, 1.0, 1 / places[0], len(places) / len(relevant), sum(map(_gain, places)) / ideal)


def mean(scores: Sequence[Scores]) -> Scores:
    """The means over questions; zeros for none."""
    n = len(scores)
    if not n:
        return Scores(0, 0.0, 0.0, 0.0, 0.0)
    sums = [sum(getattr(one, name) for one in scores) / n for name in ("hit", "mrr", "recall", "ndcg")]
    return Scores(n, *sums)


def _gain(place: int) -> float:
    return 1 / math.log2(place + 1)
