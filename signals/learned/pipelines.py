"""What the learned model computes from candles, for the look-ahead check."""

from __future__ import annotations

import numpy as np

from signals.features import derive
from signals.indicators import compute
from signals.learned.labels import CLASSES, LabelRule, label
from signals.learned.model import LearnedModel
from signals.learned.rows import feature_rows, rows_of
from signals.model import Candles
from signals.proofs.pipelines import Columns, Pipeline


def learned_pipelines(model: LearnedModel | None = None) -> tuple[Pipeline, ...]:
    """Labels, which know `horizon_bars` of the future and no more, rows to learn from, and a model's predictions."""
    rule = LabelRule()
    found = (
        Pipeline("labels", lambda candles: {"label": label(candles, rule)}, ahead=rule.horizon_bars),
        Pipeline("learned rows", lambda candles: _rows(candles, rule), ahead=rule.horizon_bars),
    )
    if model is None:
        return found
    return (*found, Pipeline("learned model", lambda candles: _predictions(candles, model)))


def _rows(candles: Candles, rule: LabelRule) -> Columns:
    """Every column of the rows to learn from, at the bar it belongs to; NaN where a bar gives no row."""
    rows = rows_of(candles, rule)
    at = np.searchsorted(candles.open_ms, rows.open_ms)
    table = np.full((len(candles), rows.x.shape[1] + 2), np.nan)
    table[at] = np.column_stack([rows.x, rows.y, rows.known_ms - rows.open_ms])
    return {f"learned row {i}": column for i, column in enumerate(table.T)}


def _predictions(candles: Candles, model: LearnedModel) -> Columns:
    features = derive(compute(candles))
    p = model.probabilities(features)
    columns = {f"probability of {name}": p[:, i] for i, name in enumerate(CLASSES)}
    inputs = feature_rows(features, model.manifest.features)
    named = {f"input {name}": inputs[:, i] for i, name in enumerate(model.manifest.features)}
    return columns | named | {"learned vote": model.votes(features)}
