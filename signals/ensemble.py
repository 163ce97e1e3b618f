"""From votes to a decision, for every bar at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signals.features import FeatureFrame
from signals.model import FloatArray, Strength
from signals.voters import VOTERS, Voter


@dataclass(frozen=True, slots=True)
class SignalRules:
    """Who votes, and the thresholds of the decision; `warm_up_bars` are counted from the last gap."""

    min_conviction: float = 0.65
    min_margin: float = 0.15
    medium: float = 0.70
    strong: float = 0.80
    min_votes: int = 2
    warm_up_bars: int = 250
    violent_move: float = 0.10
    voters: tuple[Voter, ...] = VOTERS


@dataclass(frozen=True, slots=True)
class Tally:
    """The count at every bar: `scores` is (voters, bars) with NaN for abstentions; `long` and `short` are 0 to 1.

    `direction` is +1, -1 or 0; `spoke` is False where fewer than two voters cast a vote or the bars are warming up.
    """

    voters: tuple[Voter, ...]
    scores: FloatArray
    long: FloatArray
    short: FloatArray
    direction: NDArray[np.int8]
    spoke: NDArray[np.bool_]

    @property
    def conviction(self) -> FloatArray:
        """The larger of long and short."""
        return np.maximum(self.long, self.short)


def tally(features: FeatureFrame, rules: SignalRules, voters: tuple[Voter, ...] | None = None) -> Tally:
    """Weighted sums of the positive and of the negative scores over the weight that was cast, and what they decide.

    The rules' own voters vote unless others are named.
    """
    voters = rules.voters if voters is None else voters
    scores = np.stack([v.score(features) for v in voters])
    scores[:, features.frame.age < rules.warm_up_bars] = np.nan
    cast = np.isfinite(scores)
    weights = np.array([v.weight for v in voters])[:, None] * cast
    total = weights.sum(axis=0)
    known = np.where(cast, scores, 0.0)
    long, short = (_share(weights * np.clip(side * known, 0.0, 1.0), total) for side in (1.0, -1.0))
    spoke = cast.sum(axis=0) >= rules.min_votes
    decided = spoke & (np.abs(long - short) >= rules.min_margin) & (np.maximum(long, short) >= rules.min_conviction)
    direction = np.where(decided, np.sign(long - short), 0).astype(np.int8)
    return Tally(voters, scores, long, short, direction, spoke)


def strength_of(conviction: float, rules: SignalRules) -> Strength:
    """The band: weak below 0.70, medium from 0.70, strong from 0.80 (defaults)."""
    if conviction >= rules.strong:
        return Strength.STRONG
    return Strength.MEDIUM if conviction >= rules.medium else Strength.WEAK


def _share(parts: FloatArray, total: FloatArray) -> FloatArray:
    sums: FloatArray = parts.sum(axis=0)
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
