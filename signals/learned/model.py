"""A model that was trained, tested and saved: its manifest and its trees."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from signals.clock import from_ms, to_ms
from signals.errors import DataError
from signals.features import FEATURES, FeatureFrame
from signals.learned.boosting import booster_of, text_of
from signals.learned.drift import bins_of
from signals.learned.evaluation import Evaluation, Progress, evaluate
from signals.learned.fitting import FitRules, fit
from signals.learned.labels import BUY, SELL, LabelRule
from signals.learned.manifest import Manifest
from signals.learned.model_text import sound_trees
from signals.learned.predictor import Predictor
from signals.learned.rows import Rows, feature_rows, pooled
from signals.model import Candles, FloatArray

TYPICAL_VOTE = 0.65  # of the median |P(buy) - P(sell)|: it moves no conviction away from the default threshold
LEAST_EDGE = 0.01


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """The trees with everything that is known about them."""

    manifest: Manifest
    predictor: Predictor

    def probabilities(self, features: FeatureFrame) -> FloatArray:
        """(bars, 3) probabilities of sell, hold, buy; NaN while a feature is warming up. Each from its own bar only."""
        x = feature_rows(features, self.manifest.features)
        return self._predicted(x)

    def at(self, features: FeatureFrame, i: int) -> FloatArray:
        """The three probabilities of bar `i`."""
        row: FloatArray = self._predicted(feature_rows(features, self.manifest.features)[i : i + 1 or None])[0]
        return row

    def votes(self, features: FeatureFrame) -> FloatArray:
        """P(buy) - P(sell) in [-1, 1], on the scale of the other voters; NaN where there is no vote.

        It does not vote on bars it may have learned from, so that a backtest shows no figure from its own training.
        """
        candles = features.frame.candles
        later = candles.open_ms + candles.series.timeframe.ms > to_ms(self.manifest.trained_until)
        first = int(np.argmax(later)) if later.any() else len(candles)
        p = self._predicted(feature_rows(features, self.manifest.features)[first:])
        edge = np.clip((p[:, BUY] - p[:, SELL]) * self.manifest.score_scale, -1.0, 1.0)
        return np.concatenate([np.full(first, np.nan), edge])

    def _predicted(self, x: FloatArray) -> FloatArray:
        out = np.full((len(x), 3), np.nan)
        known = np.isfinite(x).all(axis=1)
        if known.any():
            out[known] = self.predictor(x[known])
        return out


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training: the model's text and its manifest, both to be saved."""

    manifest: Manifest
    text: str


def train(candles: Sequence[Candles], at: datetime, rules: FitRules, progress: Progress) -> Trained:
    """Test by walk-forward folds, then train on every row; DataError when there are too few candles.

    `candles` are closed bars of several symbols on one timeframe. The same candles and time give the same result.
    """
    label, timeframe = LabelRule(), candles[0].series.timeframe
    rows = pooled(candles, label)
    found = evaluate(rows, timeframe.ms, rules, progress)
    predictor = fit(rows, timeframe.ms, rules)
    progress(len(found.folds) + 1, len(found.folds) + 1, "final model")
    text = text_of(predictor.booster)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    manifest = Manifest(
        version=f"{timeframe}-{at:%Y%m%dT%H%M%SZ}-{checksum[:8]}",
        timeframe=timeframe,
        created_at=at.replace(microsecond=0),
        features=predictor.features,
        label=label,
        series=tuple(str(one.series) for one in candles),
        trained_from=from_ms(int(rows.open_ms[0])),
        trained_until=from_ms(int(rows.known_ms.max())),
        rows=len(rows),
        prior=tuple(float(p) for p in predictor.prior),
        temperature=predictor.temperature,
        score_scale=_scale(found),
        score=found.pooled,
        folds=found.folds,
        bins=tuple(bins_of(_column(rows, name)) for name in predictor.features),
        sha256=checksum,
    )
    return Trained(manifest, text)


def revive(manifest: Manifest, text: str) -> LearnedModel:
    """The model of a manifest and its text; DataError when they do not belong together or the text is not sound."""
    if manifest.label != LabelRule():
        raise DataError(f"{manifest.version} was trained for another label than this version's; run `deskmate train`")
    if hashlib.sha256(text.encode()).hexdigest() != manifest.sha256:
        raise DataError(
            f"the text of {manifest.version} is not the one that was saved: its checksum differs; "
            "restore the file from a backup, or run `deskmate train`"
        )
    booster = booster_of(sound_trees(text, manifest.features))
    return LearnedModel(manifest, Predictor(booster, manifest.features, np.array(manifest.prior), manifest.temperature))


def _scale(found: Evaluation) -> float:
    return TYPICAL_VOTE / max(found.typical_edge, LEAST_EDGE)


def _column(rows: Rows, name: str) -> FloatArray:
    column: FloatArray = rows.x[:, FEATURES.index(name)]
    return column
