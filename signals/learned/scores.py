"""How good probabilities are: log-loss, Brier score, calibration error; and the temperature that calibrates them.

Arrays of probabilities are (n, 3) in the order sell, hold, buy.
"""

from __future__ import annotations

import numpy as np

from signals.learned.labels import BUY, HOLD, SELL, LabelArray
from signals.model import FloatArray, IntArray

BINS = 10
SMALLEST = 1e-12
WEEK_MS = 7 * 86_400_000
TEMPERATURES = np.exp(np.linspace(0.0, np.log(50.0), 80))  # evidence is toned down where it must be, never up


def losses(p: FloatArray, y: LabelArray) -> FloatArray:
    """-ln of the probability given to what happened, per row (nats)."""
    lost: FloatArray = -np.log(np.clip(p[np.arange(len(y)), y], SMALLEST, 1.0))
    return lost


def log_loss(p: FloatArray, y: LabelArray) -> float:
    """Mean of `losses`."""
    return float(losses(p, y).mean())


def brier(p: FloatArray, y: LabelArray) -> float:
    """Mean squared distance between the probabilities and what happened (0 to 2), after Brier 1950."""
    return float(((p - np.eye(3)[y]) ** 2).sum(axis=1).mean())


def calibration_error(p: FloatArray, y: LabelArray) -> float:
    """Expected calibration error (Guo et al. 2017), the worse of two: of the likeliest class, and of all classes.

    Ten bins of equal width; the gap between mean probability and frequency, weighted by rows.
    """
    top = p.argmax(axis=1)
    of_top = _gap(p[np.arange(len(y)), top], top == y)
    of_classes = float(np.mean([_gap(p[:, c], y == c) for c in (SELL, HOLD, BUY)]))
    return max(of_top, of_classes)


def move_losses(p: FloatArray, y: LabelArray) -> FloatArray:
    """Log-loss per row of P(buy) against P(sell) where the price did move: what the vote is made of."""
    moved = y != HOLD
    side = p[moved][:, [SELL, BUY]]
    side = side / np.clip(side.sum(axis=1, keepdims=True), SMALLEST, None)
    return losses(side, (y[moved] == BUY).astype(np.int8))


def prior_of(y: LabelArray) -> FloatArray:
    """The share of each class, never 0 (one row of each is added)."""
    counts = np.bincount(y, minlength=3) + 1.0
    shares: FloatArray = counts / counts.sum()
    return shares


def even_prior(prior: FloatArray) -> FloatArray:
    """The same with buying and selling alike."""
    return (prior + prior[::-1]) / 2.0


def tempered(p: FloatArray, prior: FloatArray, temperature: float) -> FloatArray:
    """The evidence that `p` holds against the prior divided by the temperature: at infinity only the prior is left."""
    base = np.log(prior)
    scores = base + (np.log(np.clip(p, SMALLEST, 1.0)) - base) / temperature
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return out


def best_temperature(p: FloatArray, prior: FloatArray, y: LabelArray) -> float:
    """The temperature between 1 and 50 with the least log-loss on these rows."""
    lost = [log_loss(tempered(p, prior, t), y) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(lost))])


def standard_error(values: FloatArray, open_ms: IntArray) -> float:
    """Of the mean of `values`, whole weeks taken as one draw each: rows of one time and of neighbours are alike."""
    if len(values) == 0:
        return 0.0
    _, week = np.unique(open_ms // WEEK_MS, return_inverse=True)
    apart = np.bincount(week, values - values.mean())
    return float(np.sqrt((apart**2).sum()) / len(values))


def _gap(p: FloatArray, happened: np.ndarray) -> float:
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    apart = np.abs(np.bincount(bins, p, BINS) - np.bincount(bins, happened.astype(np.float64), BINS))
    return float(apart.sum() / count.sum())
