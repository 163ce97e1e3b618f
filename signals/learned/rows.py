"""Rows to learn from: the 16 features of a bar and what followed it, pooled over the symbols of a timeframe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from signals.errors import DataError
from signals.features import FEATURES, FeatureFrame, derive
from signals.indicators import compute
from signals.learned.labels import BUY, UNLABELED, LabelArray, LabelRule, label
from signals.model import Candles, FloatArray, IntArray

WARM_UP_BARS = 250  # bars after a gap that the ensemble does not judge either
ODD = frozenset(FEATURES) - {"volatility_5", "volatility_10", "volume_ratio", "volume_trend", "band_width"}


@dataclass(frozen=True, slots=True)
class Rows:
    """`x` is (n, 16) in the order of `FEATURES`, free of NaN; times ascend. `known_ms` is when the label was known.

    `series` is the number of the series that a row came from.
    """

    x: FloatArray
    y: LabelArray
    open_ms: IntArray
    known_ms: IntArray
    series: IntArray

    def __len__(self) -> int:
        return len(self.y)

    def part(self, chosen: IntArray) -> Rows:
        """The rows of these numbers."""
        return Rows(self.x[chosen], self.y[chosen], self.open_ms[chosen], self.known_ms[chosen], self.series[chosen])


def feature_rows(features: FeatureFrame, names: Sequence[str] = FEATURES) -> FloatArray:
    """(bars, names) in this order, NaN while warming up. DataError when a feature does not exist: it is never 0."""
    missing = [name for name in names if name not in features.values]
    if missing:
        raise DataError(f"the learned model needs {', '.join(missing)}, which this version does not compute")
    return np.column_stack([features.values[name] for name in names])


def rows_of(candles: Candles, rule: LabelRule, number: int = 0) -> Rows:
    """The labeled, complete rows of one series; those still warming up after a gap are left out."""
    features = derive(compute(candles))
    x, y = feature_rows(features), label(candles, rule)
    usable = np.isfinite(x).all(axis=1) & (y != UNLABELED) & (features.frame.age >= WARM_UP_BARS)
    chosen = np.flatnonzero(usable)
    known = candles.open_ms[chosen] + (rule.horizon_bars + 1) * candles.series.timeframe.ms
    return Rows(x[chosen], y[chosen], candles.open_ms[chosen], known, np.full(len(chosen), number, dtype=np.int64))


def pooled(candles: Sequence[Candles], rule: LabelRule) -> Rows:
    """The rows of all series together, by time, then by series."""
    return merged([rows_of(one, rule, number) for number, one in enumerate(candles)])


def merged(parts: Sequence[Rows]) -> Rows:
    """Several sets of rows as one, by time, then by series."""
    series = np.concatenate([p.series for p in parts])
    open_ms = np.concatenate([p.open_ms for p in parts])
    order = np.lexsort((series, open_ms))
    x, y = np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts])
    known = np.concatenate([p.known_ms for p in parts])
    return Rows(x[order], y[order], open_ms[order], known[order], series[order])


def mirrored(x: FloatArray, names: Sequence[str] = FEATURES) -> FloatArray:
    """The rows of the same chart turned upside down: directed features change sign, the rest stay."""
    sign = np.array([-1.0 if name in ODD else 1.0 for name in names])
    turned: FloatArray = x * sign
    if "band_position" in names:
        turned[:, list(names).index("band_position")] += 1.0
    return turned


def half_mirrored(rows: Rows) -> Rows:
    """Every other row upside down, its label too: what is learned of rises is then learned of falls."""
    turn = np.arange(len(rows)) % 2 == 1
    x = np.where(turn[:, None], mirrored(rows.x), rows.x)
    y = np.where(turn, BUY - rows.y, rows.y).astype(np.int8)
    return Rows(x, y, rows.open_ms, rows.known_ms, rows.series)


def newest_rows(candles: Sequence[Candles], bars: int) -> FloatArray:
    """(n, 16) complete feature rows of the last `bars` of each series, labeled or not."""
    found = [feature_rows(derive(compute(one)))[-bars:] for one in candles]
    x = np.concatenate([np.empty((0, len(FEATURES))), *found])
    complete: FloatArray = x[np.isfinite(x).all(axis=1)]
    return complete
