"""Whether the market still looks as it did in training: the population stability index of each feature.

PSI = sum over bins of (now - then) x ln(now / then), bins being the deciles of the training rows (Siddiqi 2006). Below
0.1 is stable, above 0.2 calls for a look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from signals.model import FloatArray

ALERT = 0.2
BINS = 10
LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class FeatureBins:
    """The inner edges of a feature's bins and the share of training rows in each (one more than edges)."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def bins_of(values: FloatArray) -> FeatureBins:
    """Deciles, or the distinct values of a feature that has few of them."""
    distinct = np.unique(values)
    if len(distinct) <= BINS:
        edges = (distinct[1:] + distinct[:-1]) / 2.0
    else:
        edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
    return FeatureBins(tuple(map(float, edges)), _shares(values, edges))


def psi(bins: FeatureBins, values: FloatArray) -> float:
    """How far the shares of `values` are from those in training; 0 is equal, there is no upper bound."""
    now = np.maximum(_shares(values, np.array(bins.edges)), LEAST)
    then = np.maximum(bins.shares, LEAST)
    return float(((now - then) * np.log(now / then)).sum())


def drift(bins: Sequence[FeatureBins], x: FloatArray) -> tuple[float, ...]:
    """The index of each column of `x`."""
    return tuple(psi(one, x[:, i]) for i, one in enumerate(bins))


def _shares(values: FloatArray, edges: FloatArray) -> tuple[float, ...]:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return tuple(float(c) for c in counts / len(values))
