"""Material to learn from: rows and candles with and without a signal, and models trained on them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np

from signals.features import FEATURES
from signals.learned.boosting import BoostRules
from signals.learned.evaluation import Score
from signals.learned.fitting import FitRules
from signals.learned.folds import FoldRules
from signals.learned.labels import BUY, HOLD, SELL
from signals.learned.model import LearnedModel, Trained, revive, train
from signals.learned.rows import Rows
from signals.model import Candles, Series, Timeframe
from tests.builders import NOW, candles_from

HOUR = Timeframe.H1.ms
QUICK = FitRules(FoldRules(count=3, min_rows=100), BoostRules(max_rounds=40, patience=8, learning_rate=0.1))
TRAINED_AT = NOW + timedelta(minutes=5)


def quiet(_done: int, _total: int, _what: str) -> None:
    """Progress that nobody watches."""


def drawn_rows(n: int = 4000, *, signal: float = 0.0, seed: int = 3) -> Rows:
    """Rows an hour apart; `signal` is how much the first feature says about the label."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(FEATURES)))
    pull = signal * x[:, 0] + rng.normal(size=n)
    y = np.where(pull > 0.2, BUY, np.where(pull < -0.2, SELL, HOLD)).astype(np.int8)
    open_ms = np.arange(n, dtype=np.int64) * HOUR
    return Rows(x, y, open_ms, open_ms + 6 * HOUR, np.zeros(n, dtype=np.int64))


def swinging(bars: int = 2500, *, seed: int = 1, pull: float = -0.35, symbol: str = "ETH/USDT") -> Candles:
    """Hourly candles whose five-bar moves tend to be taken back (`pull` below 0), else drawn."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.006, bars)
    for i in range(5, bars):
        steps[i] += pull * steps[i - 5 : i].mean()
    made = candles_from(1500.0 * np.exp(np.cumsum(steps)), series=Series("replay", symbol, Timeframe.H1))
    volume = 1000.0 * np.exp(rng.normal(0.0, 0.4, bars))
    return Candles(made.series, made.open_ms, made.open, made.high, made.low, made.close, volume)


@cache
def trained(pull: float = -2.5) -> Trained:
    """Two symbols, trained with few and quick trees."""
    candles = (swinging(pull=pull), swinging(seed=2, pull=pull, symbol="BTC/USDT"))
    return train(candles, TRAINED_AT, QUICK, quiet)


@cache
def model() -> LearnedModel:
    """An accepted one."""
    found = trained()
    assert found.manifest.accepted, found.manifest.score.verdict
    return revive(found.manifest, found.text)


def a_score(**changes: float) -> Score:
    """A score that is accepted."""
    figures = {
        "rows": 5000,
        "log_loss": 0.95,
        "prior_log_loss": 0.96,
        "lead_error": 0.001,
        "calibration_error": 0.01,
        "brier": 0.58,
        "prior_brier": 0.59,
        "move_log_loss": 0.69,
        "move_lead_error": 0.001,
        "move_prior_log_loss": 0.6931,
    }
    return Score(**(figures | changes))  # type: ignore[arg-type]
