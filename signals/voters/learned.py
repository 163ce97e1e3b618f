"""The learned model's vote; without an accepted model it abstains and says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.features import FeatureFrame
from signals.learned.labels import BUY, HOLD, SELL
from signals.learned.model import LearnedModel
from signals.model import FloatArray
from signals.voters.ballot import VOTERS, Voter

NAME, WEIGHT = "learned model", 0.20


@dataclass(frozen=True, slots=True)
class LearnedVote:
    """An accepted model, or the reason why there is none."""

    model: LearnedModel | None
    reason: str = ""

    def score(self, features: FeatureFrame) -> FloatArray:
        """P(buy) - P(sell) on the scale of the other voters; NaN on bars up to the end of training and in warm-up."""
        if self.model is None:
            return np.full(len(features), np.nan)
        return self.model.votes(features)

    def explain(self, features: FeatureFrame, i: int) -> str:
        """The probabilities at bar `i`, or why there is no vote."""
        if self.model is None:
            return f"abstains: {self.reason}"
        manifest = self.model.manifest
        p = self.model.at(features, i)
        if not np.isfinite(p).all():
            return "abstains: its features are warming up"
        told = (
            f"P(buy) {100 * p[BUY]:.0f} %, P(hold) {100 * p[HOLD]:.0f} %, P(sell) {100 * p[SELL]:.0f} % "
            f"for the next {manifest.label.horizon_bars} bars"
        )
        if features.frame.candles.closed_at(i) <= manifest.trained_until:
            return f"abstains: this bar belongs to its training ({told})"
        return told


def with_learned(model: LearnedModel | None, reason: str = "") -> tuple[Voter, ...]:
    """All voters, the learned one last. ValueError for a model that was not accepted: it may not vote."""
    if model is not None and not model.manifest.accepted:
        raise ValueError(f"{model.manifest.version} was not accepted")
    vote = LearnedVote(model, reason)
    return (*VOTERS, Voter(NAME, WEIGHT, vote.score, vote.explain))
