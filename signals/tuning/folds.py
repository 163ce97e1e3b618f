"""Walk-forward folds: a growing past, a purge, and the bars after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from signals.errors import DataError

FIRST_SHARE = 0.5  # of the bars lie before the first test


@dataclass(frozen=True, slots=True)
class Fold:
    """Bar numbers: learn from `[start, learned)`, judge signals of `[tested, end)`; the bars between are purged."""

    start: int
    learned: int
    tested: int
    end: int


def walk_forward(first: int, bars: int, folds: int, purge: int) -> tuple[Fold, ...]:
    """`folds` successive tests that together cover the later half of `[first, bars)`, oldest first.

    `purge` bars before each test are left out of its past, so that no trade learned from reaches into it. DataError
    when a past or a test would be shorter than two purges.
    """
    begin = first + int((bars - first) * FIRST_SHARE)
    edges = [begin + round((bars - begin) * k / folds) for k in range(folds + 1)]
    shortest = min([begin - purge - first, *(b - a for a, b in pairwise(edges))])
    if shortest < 2 * purge:
        least = first + folds * 4 * purge + 4
        raise DataError(f"{bars} bars are too few to tune over {folds} folds: about {least} are needed")
    return tuple(Fold(first, a - purge, a, b) for a, b in pairwise(edges))
