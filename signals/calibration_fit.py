"""The calibration that is fitted once there are fifty cases: chosen and fitted by what was resolved before, alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from signals.case import Case, describe
from signals.logistic import Logistic, Steps, fit_isotonic, fit_logistic
from signals.model import FloatArray, IntArray, Signal, Timeframe
from signals.scores import Band, Quality, bands, log_loss, quality

MIN_FITTED = 50
ISOTONIC_FROM = 1000
BLOCKS = 6
FINE_BANDS = 20
REFIT_S = 7 * 86_400
Candidates = tuple[tuple[tuple[int, ...], float], ...]
NAMES = ("volatility", "direction", "conviction")
# Columns of NAMES with a ridge. Volatility (from which reward/risk after costs follows) alone did best in forecasts of
# 2021, the base rate included, though by little; `bench/calibration.py` shows every set.
CANDIDATES: Candidates = (((), 0.0), ((0,), 300.0), ((0,), 100.0))
NATS_FOR_STEPS = 3.0  # what isotonic steps must have gained in past forecasts: against luck


@dataclass(frozen=True, slots=True)
class Part:
    """One candidate's say: its features by their place in `NAMES` (none: the base rate); weights add up to 1."""

    weight: float
    columns: tuple[int, ...]
    logistic: Logistic


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted calibration of one timeframe: the weighted mean of its parts, and isotonic steps over it where they pay.

    `quality` and `bands` are of its forecasts of the past, each made before its outcome was known; None and empty where
    there were none.
    """

    timeframe: Timeframe
    fitted_at: datetime
    n: int
    live: int
    parts: tuple[Part, ...]
    steps: Steps | None = None
    quality: Quality | None = None
    bands: tuple[Band, ...] = ()

    @property
    def method(self) -> str:
        """`logistic calibration` or `isotonic calibration`."""
        return "isotonic calibration" if self.steps else "logistic calibration"

    def probability(self, signal: Signal | Case) -> float:
        """How often a signal such as this reached its first target before the stop."""
        row = np.array([describe(signal)])
        mean = np.array([sum(p.weight * p.logistic.probability(row[:, list(p.columns)])[0] for p in self.parts)])
        return float(np.clip((self.steps(mean) if self.steps else mean)[0], 0.01, 0.99))


@dataclass(frozen=True, slots=True)
class _Sample:
    """Cases as arrays, in the order in which they became known; times in seconds."""

    rows: FloatArray
    happened: FloatArray
    known: FloatArray
    resolved: FloatArray


def fit(
    cases: Sequence[Case], timeframe: Timeframe, now: datetime, candidates: Candidates = CANDIDATES
) -> Calibration | None:
    """The calibration known at `now`: cases resolved later are not looked at. None below fifty cases.

    Each candidate (features and ridge, the base rate among them) forecasts each sixth of the cases from those resolved
    before it began, and weighs as much as those forecasts were likely: Bayesian averaging, so features that say nothing
    fade to the base rate. Beyond a thousand cases isotonic steps are laid over the mean if they would have gained.
    """
    known = sorted((c for c in cases if c.timeframe is timeframe and c.resolved_at <= now), key=lambda c: c.known_at)
    if len(known) < MIN_FITTED:
        return None
    sample = _Sample(
        np.array([describe(c) for c in known]),
        np.array([float(c.reached) for c in known]),
        np.array([c.known_at.timestamp() for c in known]),
        np.array([c.resolved_at.timestamp() for c in known]),
    )
    tests = _tests(sample)
    tried = np.stack([_forecasts(sample, tests, *candidate) for candidate in candidates])
    truth = np.concatenate([sample.happened[test] for _, test in tests]) if tests else np.empty(0)
    weights = _weights(tried, truth)
    steps, forecast = _steps(weights @ tried, truth, enough=len(known) > ISOTONIC_FROM)
    parts = [
        Part(float(weight), columns, fit_logistic(sample.rows[:, list(columns)], sample.happened, ridge))
        for weight, (columns, ridge) in zip(weights, candidates, strict=True)
    ]
    return Calibration(
        timeframe=timeframe,
        fitted_at=now,
        n=len(known),
        live=sum(not c.seeded for c in known),
        parts=tuple(parts),
        steps=steps,
        quality=quality(forecast, tried[0], truth),
        bands=bands(forecast, truth, FINE_BANDS) if len(truth) else (),
    )


def _tests(sample: _Sample) -> list[tuple[IntArray, IntArray]]:
    """Pairs of what was resolved before a block of cases began, and the block; too little past makes no pair."""
    blocks = np.array_split(np.arange(len(sample.known)), BLOCKS)
    pairs = [(np.flatnonzero(sample.resolved <= sample.known[block[0]]), block) for block in blocks[1:]]
    return [(past, block) for past, block in pairs if len(past) >= MIN_FITTED // 2]


def _forecasts(
    sample: _Sample, tests: Sequence[tuple[IntArray, IntArray]], columns: tuple[int, ...], ridge: float
) -> FloatArray:
    rows = sample.rows[:, list(columns)]
    made = [fit_logistic(rows[p], sample.happened[p], ridge).probability(rows[t]) for p, t in tests]
    return np.concatenate(made) if made else np.empty(0)


def _weights(tried: FloatArray, truth: FloatArray) -> FloatArray:
    """The likelihood of each candidate's past forecasts, as shares."""
    if not len(truth):
        return np.full(len(tried), 1.0 / len(tried))
    losses = np.array([len(truth) * log_loss(p, truth) for p in tried])
    likely = np.exp(losses.min() - losses)
    shares: FloatArray = likely / likely.sum()
    return shares


def _steps(forecast: FloatArray, truth: FloatArray, *, enough: bool) -> tuple[Steps | None, FloatArray]:
    """Isotonic steps over past forecasts, kept only if steps from their earlier half served the later half better."""
    half = len(truth) // 2
    if not enough or half < MIN_FITTED:
        return None, forecast
    later = _shrunk(fit_isotonic(forecast[:half], truth[:half]), float(truth[:half].mean()))(forecast[half:])
    gain = (len(truth) - half) * (log_loss(forecast[half:], truth[half:]) - log_loss(later, truth[half:]))
    if gain <= NATS_FOR_STEPS:
        return None, forecast
    whole = _shrunk(fit_isotonic(forecast, truth), float(truth.mean()))
    return whole, np.concatenate([forecast[:half], later])


def _shrunk(steps: Steps, rate: float, share: float = 0.1) -> Steps:
    """Steps drawn a little towards the base rate, so that an end of few cases is never 0 or 1."""
    return Steps(steps.at, tuple((1.0 - share) * v + share * rate for v in steps.value))


Judge = Callable[[Case, Sequence[Case], Calibration | None], float | None]


def replayed(
    cases: Sequence[Case], since: datetime, judge: Judge, candidates: Candidates = CANDIDATES
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Cases since a moment, judged by what was known before each: forecasts, base rates, outcomes, how many had none.

    `judge` gets the case, the cases resolved when its bar closed, and a calibration fitted at most a week before; None
    from it means uncalibrated.
    """
    ordered = sorted(cases, key=lambda c: c.known_at)
    rows: list[tuple[float, float, float]] = []
    silent, fitted, slot = 0, None, -1
    for case in (c for c in ordered if c.known_at >= since):
        past = [c for c in ordered if c.resolved_at <= case.known_at]
        if (now := int(case.known_at.timestamp() // REFIT_S)) != slot:
            slot, fitted = now, fit(past, case.timeframe, case.known_at, candidates)
        said = judge(case, past, fitted)
        if said is None:
            silent += 1
            continue
        base = (sum(c.reached for c in past) + 0.5) / (len(past) + 1.0)
        rows.append((said, base, float(case.reached)))
    table = np.array(rows).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2], silent
