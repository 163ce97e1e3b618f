"""Several rankings of the same things made into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

RANK_CONSTANT = 20
RECENCY_WEIGHT = 0.1


def fuse(rankings: Iterable[tuple[Sequence[str], float]], k: int = RANK_CONSTANT) -> tuple[str, ...]:
    """Reciprocal rank fusion: ids ordered by the sum of weight / (k + rank) over (ids best first, weight) pairs.

    Ranks begin at 1; an id that a ranking lacks gets nothing from it. Ties keep the order of first appearance.
    Source: Cormack, Clarke, Buettcher, SIGIR 2009 (there k = 60; 20 favours the top of each list more).
    """
    scores: dict[str, float] = {}
    for ids, weight in rankings:
        for rank, one in enumerate(ids, 1):
            scores[one] = scores.get(one, 0.0) + weight / (k + rank)
    return tuple(sorted(scores, key=lambda one: -scores[one]))


def by_turns(groups: Sequence[Sequence[str]], limit: int) -> tuple[tuple[str, ...], ...]:
    """The first of each group in turn, then the second, until `limit` are taken; returned group by group."""
    taken: list[list[str]] = [[] for _ in groups]
    depth = max((len(group) for group in groups), default=0)
    turns = ((i, group[n]) for n in range(depth) for i, group in enumerate(groups) if n < len(group))
    for _, (i, one) in zip(range(limit), turns, strict=False):
        taken[i].append(one)
    return tuple(tuple(group) for group in taken)
