"""Tuning of a market's plan: walk-forward folds, Optuna inside them, judged by bars that no trial has seen."""

from signals.tuning.folds import Fold, walk_forward
from signals.tuning.result import Score, Tuning, TuningRules
from signals.tuning.walk import Bench, tune

__all__ = ["Bench", "Fold", "Score", "Tuning", "TuningRules", "tune", "walk_forward"]
