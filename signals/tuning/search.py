"""The search within one fold. The only home of Optuna: TPE with a fixed seed, the study kept in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from signals.errors import UserError
from signals.model import PlanRules
from signals.tuning.result import TuningRules

if TYPE_CHECKING:
    from optuna import Trial

STOP_ATR = (1.0, 4.0)
TARGET_ATR = (1.5, 8.0)
HORIZON_BARS = (12, 72)
STEP_ATR = 0.25
STEP_BARS = 6


def search(objective: Callable[[PlanRules], float], first: Sequence[PlanRules], rules: TuningRules) -> PlanRules:
    """The plan with the highest objective among `rules.trials`; `first` are tried before anything is guessed.

    The same objective, first trials and seed give the same plan. Everything but the three varied fields is that of
    `first[0]`. UserError, naming the extra, when Optuna is not installed.
    """
    optuna = _optuna()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of experimental options and of enqueued values off the grid
        sampler = optuna.samplers.TPESampler(seed=rules.seed, multivariate=True, n_startup_trials=rules.trials // 4)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for plan in dict.fromkeys(_on_grid(one, first[0]) for one in first):
            study.enqueue_trial(_parameters(plan), skip_if_exists=True)
        study.optimize(lambda trial: objective(_suggested(trial, first[0])), n_trials=rules.trials)
    return _plan(study.best_params, first[0])


def _optuna() -> ModuleType:
    try:
        import optuna
    except ImportError as e:
        raise UserError(
            "tuning needs Optuna, which is part of the extra `research`: pip install 'deskmate[research]'"
        ) from e
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _suggested(trial: Trial, kept: PlanRules) -> PlanRules:
    return replace(
        kept,
        sl_atr=trial.suggest_float("sl_atr", *STOP_ATR, step=STEP_ATR),
        tp_atr=trial.suggest_float("tp_atr", *TARGET_ATR, step=STEP_ATR),
        horizon_bars=trial.suggest_int("horizon_bars", *HORIZON_BARS, step=STEP_BARS),
    )


def _plan(values: dict[str, float], kept: PlanRules) -> PlanRules:
    return replace(kept, sl_atr=values["sl_atr"], tp_atr=values["tp_atr"], horizon_bars=int(values["horizon_bars"]))


def _parameters(plan: PlanRules) -> dict[str, float]:
    return {"sl_atr": plan.sl_atr, "tp_atr": plan.tp_atr, "horizon_bars": plan.horizon_bars}


def _on_grid(plan: PlanRules, kept: PlanRules) -> PlanRules:
    """The nearest plan that the search could also have suggested."""
    return replace(
        kept,
        sl_atr=_nearest(plan.sl_atr, STOP_ATR, STEP_ATR),
        tp_atr=_nearest(plan.tp_atr, TARGET_ATR, STEP_ATR),
        horizon_bars=int(_nearest(plan.horizon_bars, HORIZON_BARS, STEP_BARS)),
    )


def _nearest(value: float, bounds: tuple[float, float], step: float) -> float:
    low, high = bounds
    return min(max(low + round((value - low) / step) * step, low), high)
