"""Walk-forward folds over time: what is learned was known, with a margin, before the first bar that is tested.

After Lopez de Prado, Advances in Financial Machine Learning, chapter 7: a row whose label reaches into the tested time
is purged, and an embargo keeps the rows next to it out, because their features and outcomes overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from signals.errors import DataError
from signals.learned.rows import Rows
from signals.model import IntArray


@dataclass(frozen=True, slots=True)
class FoldRules:
    """Number of tested windows, the share of time before the first of them, the embargo, and the inner validation."""

    count: int = 5
    first_share: float = 0.4
    embargo_bars: int = 24
    inner_share: float = 0.15
    min_rows: int = 200


@dataclass(frozen=True, slots=True)
class Fold:
    """Row numbers to train on and to test on; the tested bars open in [`from_ms`, `until_ms`)."""

    train: IntArray
    test: IntArray
    from_ms: int
    until_ms: int


def walk_forward(rows: Rows, bar_ms: int, rules: FoldRules) -> tuple[Fold, ...]:
    """Equal windows of time, each tested by what came before it. DataError when a part has too few rows."""
    if len(rows) == 0:
        raise DataError("there are no complete rows to learn from; run `deskmate sync`")
    begin, end = int(rows.open_ms[0]), int(rows.open_ms[-1]) + bar_ms
    edges = np.linspace(begin + rules.first_share * (end - begin), end, rules.count + 1).astype(np.int64)
    folds = []
    for start, stop in pairwise(int(e) for e in edges):
        train = known_before(rows, start, rules.embargo_bars * bar_ms)
        test = np.flatnonzero((rows.open_ms >= start) & (rows.open_ms < stop))
        _enough(min(len(train), len(test)), rules)
        folds.append(Fold(train, test, start, stop))
    return tuple(folds)


def inner_split(rows: Rows, bar_ms: int, rules: FoldRules) -> tuple[IntArray, IntArray]:
    """Row numbers to fit on and, from the newest stretch, to validate on; purged and embargoed like a fold."""
    begin, end = int(rows.open_ms[0]), int(rows.open_ms[-1]) + bar_ms
    start = end - round(rules.inner_share * (end - begin))
    fit = known_before(rows, start, rules.embargo_bars * bar_ms)
    valid = np.flatnonzero(rows.open_ms >= start)
    _enough(min(len(fit), 2 * len(valid)), rules)
    return fit, valid


def known_before(rows: Rows, start_ms: int, embargo_ms: int) -> IntArray:
    """Numbers of the rows whose label was known at least `embargo_ms` before `start_ms`."""
    return np.flatnonzero(rows.known_ms + embargo_ms <= start_ms)


def _enough(found: int, rules: FoldRules) -> None:
    if found < rules.min_rows:
        raise DataError(
            f"a fold has only {found} rows and needs {rules.min_rows}: there are too few candles to learn from; "
            "raise MARKET_HISTORY_BARS, run `deskmate sync`, then train again"
        )
