"""Gradient boosting by LightGBM: one thread, fixed seeds, loaded when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from signals.errors import DataError, UserError
from signals.learned.labels import LabelArray
from signals.model import FloatArray

SEED = 20221108
Booster = Any  # lightgbm.Booster


@dataclass(frozen=True, slots=True)
class BoostRules:
    """Size and pace of the trees; `patience` rounds without a better validation end the training."""

    max_rounds: int = 300
    patience: int = 30
    learning_rate: float = 0.05
    leaves: int = 15
    min_leaf_rows: int = 200

    def parameters(self, rows: int) -> dict[str, Any]:
        """LightGBM's parameters; leaves are smaller where there are few rows."""
        return {
            "objective": "multiclass",
            "num_class": 3,
            "metric": "multi_logloss",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": max(20, min(self.min_leaf_rows, rows // 100)),
            "lambda_l2": 5.0,
            "max_bin": 63,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "num_threads": 1,
            "seed": SEED,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


def lightgbm() -> Any:
    """The library; UserError naming the extra when it is not installed."""
    try:
        import lightgbm as library
    except ImportError as e:
        raise UserError('the learned model needs LightGBM: pip install "deskmate[research]"') from e
    return library


def grow(
    x: FloatArray,
    y: LabelArray,
    names: tuple[str, ...],
    rules: BoostRules,
    valid: tuple[FloatArray, LabelArray] | None = None,
) -> Booster:
    """Trees for these rows; with `valid` the number of rounds is the one that was best there."""
    library = lightgbm()
    parameters = rules.parameters(len(y))
    train = library.Dataset(x, label=y.astype(np.float64), feature_name=list(names), params=parameters)
    if valid is None:
        return library.train(parameters, train, num_boost_round=rules.max_rounds)
    held = library.Dataset(valid[0], label=valid[1].astype(np.float64), reference=train, params=parameters)
    stop = library.early_stopping(rules.patience, verbose=False)
    return library.train(parameters, train, rules.max_rounds, valid_sets=[held], callbacks=[stop])


def text_of(booster: Booster) -> str:
    """LightGBM's own text form, of the best rounds."""
    text: str = booster.model_to_string(num_iteration=booster.best_iteration)
    return text


def booster_of(text: str) -> Booster:
    """Trees from a text that `model_text.sound_trees` passed. DataError when LightGBM refuses it."""
    library = lightgbm()
    try:
        return library.Booster(model_str=text)
    except library.basic.LightGBMError as e:
        raise DataError(f"LightGBM cannot read the model's text ({e}); run `deskmate train`") from e
