"""Two small monotone learners: ridge logistic regression by Newton's method, and isotonic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.model import FloatArray

MOST_STEPS = 30
FARTHEST = 2.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability = sigmoid(intercept + weights . z) with z = (x - mean) / scale held within +-2; a constant without.

    Holding z keeps a line that was fitted to the many from speaking about the few far out.
    """

    intercept: float
    weights: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    def probability(self, rows: FloatArray) -> FloatArray:
        """One probability per row of features (n, features)."""
        return sigmoid(
            self.intercept + _standard(rows, np.array(self.mean), np.array(self.scale)) @ np.array(self.weights)
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """A rising step function with its corners joined: linear between `at`, flat beyond both ends."""

    at: tuple[float, ...]
    value: tuple[float, ...]

    def __call__(self, x: FloatArray) -> FloatArray:
        return np.interp(x, self.at, self.value)


def sigmoid(z: FloatArray) -> FloatArray:
    """1 / (1 + exp(-z)), without overflow."""
    bounded: FloatArray = 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))
    return bounded


def fit_logistic(rows: FloatArray, happened: FloatArray, ridge: float) -> Logistic:
    """Maximum of the likelihood less `ridge` / 2 x the squared weights of the standardised features.

    The intercept is free, and half a case is added to both sides, so a sample of one outcome stays finite. A feature
    that never changes gets no weight.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    x = np.column_stack([np.ones(len(rows)), _standard(rows, mean, scale)])
    target = (happened * len(rows) + 0.5) / (len(rows) + 1.0)
    penalty = np.full(x.shape[1], max(ridge, 1e-6))
    penalty[0] = 1e-9
    weights = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        p = sigmoid(x @ weights)
        gradient = x.T @ (p - target) + penalty * weights
        curvature = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Logistic(float(weights[0]), _floats(weights[1:]), _floats(mean), _floats(scale))


def fit_isotonic(x: FloatArray, happened: FloatArray) -> Steps:
    """The rising function nearest to the outcomes in least squares (pool adjacent violators)."""
    order = np.argsort(x, kind="stable")
    blocks: list[list[float]] = []  # sum of outcomes, count, sum of x
    for at, value in zip(x[order], happened[order], strict=True):
        blocks.append([float(value), 1.0, float(at)])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return Steps(tuple(b[2] / b[1] for b in blocks), tuple(b[0] / b[1] for b in blocks))


def _standard(rows: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    return np.clip((rows - mean) / scale, -FARTHEST, FARTHEST)


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
