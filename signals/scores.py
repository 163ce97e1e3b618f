"""How good probabilities were: Brier score, log-loss, calibration error, and the reliability bins of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.model import FloatArray

BINS = 10
LEAST = 1e-6  # a probability of 0 or 1 would make one surprise infinitely bad


@dataclass(frozen=True, slots=True)
class Band:
    """Forecasts between `low` and `high`: how many, their mean, and the share that came true."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Scores of `n` forecasts beside those of the base rate known at each moment; lower is better for all of them.

    `brier_hindsight` is the Brier score of the constant that only hindsight knows: the rate of these very outcomes.
    """

    n: int
    rate: float
    brier: float
    brier_base: float
    brier_hindsight: float
    log_loss: float
    log_loss_base: float
    error: float


def brier(predicted: FloatArray, happened: FloatArray) -> float:
    """Mean squared distance of probability and outcome (Brier 1950)."""
    return float(np.mean((predicted - happened) ** 2))


def log_loss(predicted: FloatArray, happened: FloatArray) -> float:
    """Mean negative log-likelihood in nats."""
    p = np.clip(predicted, LEAST, 1.0 - LEAST)
    return float(-np.mean(happened * np.log(p) + (1.0 - happened) * np.log(1.0 - p)))


def bands(predicted: FloatArray, happened: FloatArray, bins: int = BINS) -> tuple[Band, ...]:
    """The forecasts in `bins` bands of equal width, lowest first, empty ones left out."""
    number = np.minimum((predicted * bins).astype(np.int64), bins - 1)
    found = []
    for k in np.unique(number):
        inside = number == k
        means = float(predicted[inside].mean()), float(happened[inside].mean())
        found.append(Band(k / bins, (k + 1) / bins, int(inside.sum()), *means))
    return tuple(found)


def calibration_error(predicted: FloatArray, happened: FloatArray, bins: int = BINS) -> float:
    """Expected calibration error (Guo et al. 2017): |predicted - observed| of each band, weighted by its share."""
    return float(sum(b.n * abs(b.predicted - b.observed) for b in bands(predicted, happened, bins)) / len(predicted))


def mass_error(predicted: FloatArray, happened: FloatArray, bins: int = BINS) -> float:
    """The same over bands of equal counts. Chance alone makes about 0.4 x sqrt(bins / n) of it."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(predicted[part].mean() - happened[part].mean())) for part in parts]
    return float(sum(gaps) / len(predicted))


def quality(predicted: FloatArray, base: FloatArray, happened: FloatArray) -> Quality | None:
    """All scores together; `base` is the base rate known at each forecast's moment. None without a forecast."""
    if not len(predicted):
        return None
    rate = float(happened.mean())
    return Quality(
        n=len(predicted),
        rate=rate,
        brier=brier(predicted, happened),
        brier_base=brier(base, happened),
        brier_hindsight=rate * (1.0 - rate),
        log_loss=log_loss(predicted, happened),
        log_loss_base=log_loss(base, happened),
        error=calibration_error(predicted, happened),
    )


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % score interval of a rate (Wilson 1927), `n` at least 1."""
    rate, spread = hits / n, z * z / n
    middle = (rate + spread / 2) / (1 + spread)
    half = z * np.sqrt(rate * (1 - rate) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
