"""The walk-forward test: every fold's predictor on bars it has not seen, beside the class prior known at that time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from signals.features import FEATURES
from signals.learned.fitting import FitRules, fit
from signals.learned.folds import Fold, walk_forward
from signals.learned.labels import BUY, HOLD, SELL
from signals.learned.rows import Rows
from signals.learned.scores import (
    brier,
    calibration_error,
    even_prior,
    losses,
    move_losses,
    prior_of,
    standard_error,
)
from signals.model import FloatArray

MAX_CALIBRATION_ERROR = 0.05
CHANCE = 2.0
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Score:
    """What out-of-fold probabilities were worth. `log_loss` in nats beside the better of two priors.

    The priors are the class shares before the fold, as they are and with buying and selling alike. `move_*` look at
    bars that did move, at buying against selling only: what a vote is made of. `*_error` are standard errors of the
    leads over the prior, by weeks.
    """

    rows: int
    log_loss: float
    prior_log_loss: float
    lead_error: float
    calibration_error: float
    brier: float
    prior_brier: float
    move_log_loss: float
    move_prior_log_loss: float
    move_lead_error: float

    @property
    def lead(self) -> float:
        """By how much the log-loss is below the prior's."""
        return self.prior_log_loss - self.log_loss

    @property
    def beats_prior(self) -> bool:
        """Whether it leads by more than two standard errors: without any signal a model leads half the time."""
        return self.lead > max(0.0, CHANCE * self.lead_error)

    @property
    def knows_direction(self) -> bool:
        """Whether it tells rises from falls beyond chance: knowing when the price will rest is no vote."""
        lead = self.move_prior_log_loss - self.move_log_loss
        return lead > max(0.0, CHANCE * self.move_lead_error)

    @property
    def accepted(self) -> bool:
        """Whether the model may vote: it beats the class prior, in direction too, and its probabilities hold."""
        return self.beats_prior and self.knows_direction and self.calibration_error < MAX_CALIBRATION_ERROR

    @property
    def verdict(self) -> str:
        """Accepted or not, with the numbers it came from."""
        beats = "beats" if self.beats_prior else "does not beat"
        knows = "beats" if self.knows_direction else "does not beat"
        within = "below" if self.calibration_error < MAX_CALIBRATION_ERROR else "not below"
        return (
            f"{'accepted' if self.accepted else 'not accepted'}: out-of-fold log-loss {self.log_loss:.4f} {beats} the "
            f"class prior's {self.prior_log_loss:.4f} (lead {self.lead:+.4f}, standard error {self.lead_error:.4f}), "
            f"in direction {self.move_log_loss:.4f} {knows} {self.move_prior_log_loss:.4f}, "
            f"calibration error {self.calibration_error:.3f} is {within} {MAX_CALIBRATION_ERROR:.2f}"
        )


@dataclass(frozen=True, slots=True)
class FoldScore:
    """One tested window of time [`from_ms`, `until_ms`), and what was kept from the inner validation before it."""

    from_ms: int
    until_ms: int
    train_rows: int
    score: Score
    features: tuple[str, ...]
    rounds: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All folds, their rows together, and the median of |P(buy) - P(sell)| over them."""

    folds: tuple[FoldScore, ...]
    pooled: Score
    typical_edge: float


def evaluate(rows: Rows, bar_ms: int, rules: FitRules, progress: Progress) -> Evaluation:
    """Train and test every fold, in order of time. DataError when there are too few rows."""
    folds = walk_forward(rows, bar_ms, rules.folds)
    scores, predicted, tested = [], [], []
    for done, fold in enumerate(folds, start=1):
        found, p, priors = _fold(rows, fold, bar_ms, rules)
        scores.append(found)
        predicted.append((p, *priors))
        tested.append(fold.test)
        progress(done, len(folds) + 1, f"fold {done}: log-loss {found.score.log_loss:.4f}")
    p, plain, even = (np.concatenate(parts) for parts in zip(*predicted, strict=True))
    score = score_of(p, (plain, even), rows.part(np.concatenate(tested)))
    return Evaluation(tuple(scores), score, float(np.median(np.abs(p[:, BUY] - p[:, SELL]))))


def score_of(p: FloatArray, priors: tuple[FloatArray, ...], rows: Rows) -> Score:
    """The score of probabilities on rows, beside whichever prior did better on each measure."""
    y = rows.y
    own, moves, moved = losses(p, y), move_losses(p, y), y != HOLD
    prior = min((losses(q, y) for q in priors), key=_mean)
    move_prior = min((move_losses(q, y) for q in priors), key=_mean)
    return Score(
        rows=len(y),
        log_loss=float(own.mean()),
        prior_log_loss=float(prior.mean()),
        lead_error=standard_error(prior - own, rows.open_ms),
        calibration_error=calibration_error(p, y),
        brier=brier(p, y),
        prior_brier=min(brier(q, y) for q in priors),
        move_log_loss=_mean(moves),
        move_prior_log_loss=_mean(move_prior),
        move_lead_error=standard_error(move_prior - moves, rows.open_ms[moved]),
    )


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _fold(rows: Rows, fold: Fold, bar_ms: int, rules: FitRules) -> tuple[FoldScore, FloatArray, tuple[FloatArray, ...]]:
    train, test = rows.part(fold.train), rows.part(fold.test)
    predictor = fit(train, bar_ms, rules)
    p = predictor(test.x[:, [FEATURES.index(name) for name in predictor.features]])
    prior = prior_of(train.y)
    priors = tuple(np.tile(q, (len(test), 1)) for q in (prior, even_prior(prior)))
    rounds = int(predictor.booster.num_trees()) // 3
    found = FoldScore(
        fold.from_ms,
        fold.until_ms,
        len(train),
        score_of(p, priors, test),
        predictor.features,
        rounds,
        predictor.temperature,
    )
    return found, p, priors
