"""The fitted calibration: honest on seeded draws, blind to the future, and silent where features say nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.calibration import confidence_of
from signals.calibration_fit import ISOTONIC_FROM, fit, replayed
from signals.case import Case, case_of, describe
from signals.ensemble import SignalRules
from signals.logistic import Steps, fit_isotonic, fit_logistic
from signals.market.candle_file import read_candles
from signals.model import PlanRules, Series, Strength, Timeframe
from signals.scores import bands, brier, calibration_error, log_loss, mass_error, quality, wilson
from signals.seeding import seeded_cases
from tests.builders import NOW, a_signal, an_issued, random_walk

START = datetime(2021, 1, 1, tzinfo=UTC)
CANDLES = Path(__file__).parents[2].parent / "shared" / "data" / "candles"
TICKERS = ("BTC", "ETH", "BNB", "ADA", "SOL", "DOT", "MATIC", "AVAX", "LINK", "ATOM", "UNI")


def drawn(n: int, *, seed: int = 1, slope: float = 0.0, rate: float = 0.5) -> list[Case]:
    """Cases an hour apart, each resolved five hours later, whose chance depends on the volatility by `slope`."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        z = float(rng.normal())
        chance = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) + slope * z)))
        known = START + timedelta(hours=i)
        found.append(
            Case(
                symbol=("ETH/USDT", "BTC/USDT")[i % 2],
                timeframe=Timeframe.H1,
                direction=1,
                strength=Strength.MEDIUM,
                reached=bool(rng.random() < chance),
                conviction=0.72,
                volatility=0.01 * float(np.exp(0.4 * z)),
                known_at=known,
                resolved_at=known + timedelta(hours=5),
                seeded=True,
            )
        )
    return found


def after(cases: list[Case]) -> datetime:
    return cases[-1].resolved_at


def test_forty_nine_cases_fit_nothing_and_fifty_do():
    cases = drawn(50)

    assert fit(cases[:49], Timeframe.H1, after(cases)) is None
    assert fit(cases, Timeframe.H4, after(cases)) is None
    fitted = fit(cases, Timeframe.H1, after(cases))
    assert fitted is not None
    assert (fitted.n, fitted.live) == (50, 0)


def test_cases_resolved_later_change_nothing():
    cases = drawn(400, slope=1.0)
    now = cases[300].known_at
    turned = [replace(c, reached=not c.reached) if c.resolved_at > now else c for c in cases]

    assert fit(cases, Timeframe.H1, now) == fit(turned, Timeframe.H1, now)


def test_a_feature_that_tells_is_used_and_one_that_does_not_fades():
    telling, silent = drawn(900, slope=1.0), drawn(900, slope=0.0)
    calm, wild = replace(telling[0], volatility=0.004), replace(telling[0], volatility=0.025)

    told, untold = (fit(cases, Timeframe.H1, after(cases)) for cases in (telling, silent))

    assert told is not None
    assert untold is not None
    assert told.probability(wild) - told.probability(calm) > 0.3
    assert abs(untold.probability(wild) - untold.probability(calm)) < 0.08
    assert told.parts[0].weight < 0.01 < untold.parts[0].weight
    assert told.quality is not None
    assert told.quality.brier < told.quality.brier_base


def test_isotonic_steps_come_only_beyond_a_thousand_cases_and_only_where_they_pay():
    rng = np.random.default_rng(3)
    bent = [replace(c, reached=bool(rng.random() < (0.85 if c.volatility > 0.01 else 0.15))) for c in drawn(3000)]

    few = fit(bent[:ISOTONIC_FROM], Timeframe.H1, after(bent))
    many = fit(bent, Timeframe.H1, after(bent))
    plain = fit(drawn(3000), Timeframe.H1, after(bent))

    assert few is not None
    assert few.steps is None
    assert many is not None
    assert many.method == "isotonic calibration"
    assert plain is not None
    assert plain.method == "logistic calibration"


def test_fifty_cases_of_one_outcome_stay_short_of_certainty():
    sure = [replace(c, reached=True) for c in drawn(60)]

    fitted = fit(sure, Timeframe.H1, after(sure))

    assert fitted is not None
    assert 0.9 < fitted.probability(sure[0]) <= 0.99


def test_confidence_goes_from_uncalibrated_over_a_shrunk_rate_to_the_fit():
    cases = drawn(80, rate=0.7)
    fitted = fit(cases, Timeframe.H1, after(cases))

    few, some, many = (confidence_of(a_signal(), cases[:n], (), fitted) for n in (29, 49, 80))

    assert (few.calibrated, few.n) == (False, 29)
    assert some.calibrated
    assert "logistic" not in some.basis
    assert many.calibrated
    assert "logistic calibration over 80 cases" in many.basis
    assert "0 issued" in many.basis


def test_a_replay_judges_each_case_by_what_was_resolved_before_it():
    cases = drawn(300, slope=0.8)
    seen: list[bool] = []

    def judge(case, past, fitted):
        seen.append(all(c.resolved_at <= case.known_at for c in past))
        seen.append(fitted is None or fitted.fitted_at <= case.known_at)
        return None if fitted is None else fitted.probability(case)

    predicted, base, happened, silent = replayed(cases, cases[20].known_at, judge)

    assert all(seen)
    assert len(predicted) == len(base) == len(happened) == 280 - silent
    assert silent > 0


def test_an_issued_signal_becomes_a_case_with_its_features():
    case = case_of(an_issued(), NOW, reached=True, realised_r=1.2)

    assert (case.direction, case.strength, case.seeded) == (1, Strength.MEDIUM, False)
    assert describe(case) == describe(a_signal())
    assert describe(a_signal(atr=None))[0] == pytest.approx(np.log(1e-5))


def test_seeded_cases_are_ended_trades_of_the_backtest_and_prefix_invariant():
    walk = random_walk(3000, volatility=0.02, seed=4)

    whole, part = (seeded_cases(candles, SignalRules(), PlanRules()) for candles in (walk, walk.part(0, 2000)))

    assert len(whole) > 10
    assert whole[: len(part)] == part
    assert all(c.seeded and c.known_at < c.resolved_at for c in whole)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_isotonic_regression_rises_and_stays_a_probability(pairs):
    x, y = np.array([p[0] for p in pairs]), np.array([float(p[1]) for p in pairs])

    steps = fit_isotonic(x, y)

    assert list(steps.value) == sorted(steps.value)
    assert list(steps.at) == sorted(steps.at)
    assert min(steps.value) >= 0.0
    assert max(steps.value) <= 1.0


def test_isotonic_regression_of_a_worked_case():
    assert fit_isotonic(np.array([1.0, 2, 3, 4]), np.array([0.0, 1, 0, 1])) == Steps((1.0, 2.5, 4.0), (0.0, 0.5, 1.0))


def test_logistic_regression_without_features_is_the_rate():
    fitted = fit_logistic(np.empty((100, 0)), np.array([1.0] * 70 + [0.0] * 30), 0.0)

    assert fitted.probability(np.empty((1, 0)))[0] == pytest.approx(70.5 / 101)


def test_a_constant_feature_gets_no_say():
    rows = np.column_stack([np.full(100, 3.0)])
    fitted = fit_logistic(rows, np.array([1.0] * 70 + [0.0] * 30), 1.0)

    assert fitted.weights == (0.0,)


def test_scores_of_worked_cases():
    predicted, happened = np.array([0.2, 0.2, 0.9, 0.9]), np.array([0.0, 1, 1, 1])

    assert brier(predicted, happened) == pytest.approx((0.04 + 0.64 + 0.01 + 0.01) / 4)
    assert calibration_error(predicted, happened) == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert mass_error(predicted, happened, 2) == pytest.approx(0.2)
    assert [(b.n, b.observed) for b in bands(predicted, happened)] == [(2, 0.5), (2, 1.0)]
    assert log_loss(np.array([0.0]), np.array([1.0])) == pytest.approx(-np.log(1e-6))
    assert quality(np.empty(0), np.empty(0), np.empty(0)) is None
    assert wilson(0, 10)[0] == 0.0
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


@pytest.mark.skipif(not CANDLES.is_dir(), reason="the recorded candles (../shared/data/candles) are not here")
def test_confidence_on_the_recorded_hours_of_2022_is_calibrated_and_no_worse_than_the_base_rate():
    cases: list[Case] = []
    for ticker in TICKERS:
        series = Series("replay", f"{ticker}/USDT", Timeframe.H1)
        candles = read_candles(CANDLES / f"{ticker}USDT-1h.csv.gz", series).candles.part(-18_247)
        cases += seeded_cases(candles, SignalRules(), PlanRules())

    def judge(case, past, fitted):
        said = confidence_of(case, past, (), fitted)
        return said.value if said.calibrated else None

    found = quality(*replayed(cases, datetime(2022, 1, 1, tzinfo=UTC), judge)[:3])

    assert found is not None
    assert found.n > 500
    assert found.error <= 0.05
    assert found.brier <= found.brier_base
    assert found.brier <= found.brier_hindsight
