"""Confidence on the recorded hours of 2022, each value from what was resolved before its signal.

python bench/calibration.py [FOLDER WITH CANDLE FILES]
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from recorded import folder_or_leave, older_hours, recorded_hours

from signals.calibration import confidence_of
from signals.calibration_fit import NAMES, Candidates, fit, replayed
from signals.case import Case
from signals.ensemble import SignalRules
from signals.model import PlanRules, Timeframe
from signals.scores import bands, mass_error, quality
from signals.seeding import seeded_cases

SINCE = datetime(2022, 1, 1, tzinfo=UTC)
CHOSEN_ON = datetime(2021, 6, 1, tzinfo=UTC)
SETS: dict[str, Candidates] = {
    "base rate": (((), 0.0),),
    "volatility": (((), 0.0), ((0,), 300.0)),
    "direction": (((), 0.0), ((1,), 300.0)),
    "conviction": (((), 0.0), ((2,), 300.0)),
    "volatility and direction": (((), 0.0), ((0, 1), 300.0)),
    "all three": (((), 0.0), ((0, 1, 2), 300.0)),
}


def cases_of(folder: Path) -> list[Case]:
    """The backtested signals of every recorded series."""
    return [c for candles in recorded_hours(folder) for c in seeded_cases(candles, SignalRules(), PlanRules())]


def judge(case, past, calibration):
    """What the product would have said."""
    said = confidence_of(case, past, (), calibration)
    return said.value if said.calibrated else None


def main(folder: Path) -> None:
    """Print the scores and the bands."""
    cases = cases_of(folder)

    predicted, base, happened, silent = replayed(cases, SINCE, judge)
    found = quality(predicted, base, happened)
    print(f"{len(cases)} cases, {found.n} judged since {SINCE:%Y-%m-%d}, {silent} uncalibrated")
    print(
        f"calibration error {found.error:.4f} (ten bands of equal width), {mass_error(predicted, happened):.4f} "
        f"(ten of equal count; chance alone about {0.4 * np.sqrt(10 / found.n):.3f})"
    )
    print(
        f"Brier {found.brier:.5f}, base rate known before {found.brier_base:.5f}, in hindsight "
        f"{found.brier_hindsight:.5f}; log-loss {found.log_loss:.5f}, base {found.log_loss_base:.5f}"
    )
    print("band        n    predicted  observed")
    for band in bands(predicted, happened, 20):
        print(f"{band.low:.2f}-{band.high:.2f} {band.n:5d}  {band.predicted:9.3f}  {band.observed:8.3f}")
    _older(folder)
    _choice([c for c in cases if c.resolved_at < SINCE])
    last = fit(cases, Timeframe.H1, datetime(2023, 1, 1, tzinfo=UTC))
    print(
        f"fitted at the end: {last.method}, {last.n} cases, weights "
        + ", ".join(f"{p.weight:.2f} {'+'.join(NAMES[c] for c in p.columns) or 'base rate'}" for p in last.parts)
    )


def _older(folder: Path) -> None:
    """The same on the older hours of two symbols, where nothing about the calibration was chosen."""
    cases = [c for candles in older_hours(folder) for c in seeded_cases(candles, SignalRules(), PlanRules())]
    predicted, base, happened, silent = replayed(cases, datetime(2017, 1, 1, tzinfo=UTC), judge)
    found = quality(predicted, base, happened)
    told = f"{found.n} judged, {silent} uncalibrated: calibration error {found.error:.4f}, Brier {found.brier:.5f}"
    base_told = f"base rate known before {found.brier_base:.5f}, in hindsight {found.brier_hindsight:.5f}"
    print(f"ETH and ADA before December 2020, {told}, {base_told}")


def _choice(cases: list[Case]) -> None:
    """What each set of features was worth before 2022: the ground on which the product's set was chosen."""
    for name, candidates in SETS.items():
        predicted, base, happened, _ = replayed(
            cases, CHOSEN_ON, lambda case, _past, fitted: fitted and fitted.probability(case), candidates
        )
        found = quality(predicted, base, happened)
        print(f"2021, {found.n} cases: Brier {found.brier:.5f} of {name} (known base rate {found.brier_base:.5f})")


if __name__ == "__main__":
    main(folder_or_leave())
