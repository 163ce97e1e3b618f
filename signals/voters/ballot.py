"""The list of voters. To add one: write a module with `score` and `explain`, and name it here with its weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from signals.features import FeatureFrame
from signals.model import FloatArray
from signals.voters import breakout, mean_reversion, momentum, technical


@dataclass(frozen=True, slots=True)
class Voter:
    """A named view: `score` gives every bar a value in [-1, 1] (NaN abstains), `explain` one bar's numbers in words."""

    name: str
    weight: float
    score: Callable[[FeatureFrame], FloatArray]
    explain: Callable[[FeatureFrame, int], str]


VOTERS: tuple[Voter, ...] = (
    Voter("technical", 0.30, technical.score, technical.explain),
    Voter("momentum", 0.30, momentum.score, momentum.explain),
    Voter("mean reversion", 0.20, mean_reversion.score, mean_reversion.explain),
    Voter("volatility breakout", 0.20, breakout.score, breakout.explain),
)
