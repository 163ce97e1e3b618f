"""Which features are worth keeping: those whose shuffling makes the inner validation worse."""

from __future__ import annotations

import numpy as np

from signals.learned.boosting import SEED, BoostRules, grow
from signals.learned.labels import LabelArray
from signals.learned.rows import Rows
from signals.learned.scores import SMALLEST
from signals.model import FloatArray

FEWEST = 4
MOST_ROWS = 20_000
SCOUT = BoostRules(max_rounds=60, patience=20, learning_rate=0.1)


def select(fit: Rows, valid: Rows, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names worth keeping, in their order; at least four. Looks at nothing but these rows.

    Permutation importance (Breiman 2001) of a small model: the rise of the log-loss when one column is shuffled.
    """
    scout = grow(fit.x, fit.y, names, SCOUT, (valid.x, valid.y))
    step = -(-len(valid) // MOST_ROWS)
    x, y = valid.x[::step], valid.y[::step]
    base = _loss(scout.predict(x), y)
    worth = np.array([_loss(scout.predict(_shuffled(x, i)), y) - base for i in range(len(names))])
    ranked = np.argsort(-worth, kind="stable")
    kept = {int(i) for i in ranked[:FEWEST]} | {int(i) for i in np.flatnonzero(worth > 0.0)}
    return tuple(name for i, name in enumerate(names) if i in kept)


def _shuffled(x: FloatArray, column: int) -> FloatArray:
    out = x.copy()
    out[:, column] = np.random.default_rng(SEED + column).permutation(out[:, column])
    return out


def _loss(p: FloatArray, y: LabelArray) -> float:
    return float(-np.log(np.clip(p[np.arange(len(y)), y], SMALLEST, 1.0)).mean())
