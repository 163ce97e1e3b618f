"""What every voter and the ensemble must hold to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.ensemble import SignalRules, strength_of, tally
from signals.features import FEATURES, FeatureFrame, derive
from signals.indicators import compute
from signals.model import Candles, Strength
from signals.voters import VOTERS, Voter
from tests.builders import candles_from, random_walk

RULES = SignalRules()
each_voter = pytest.mark.parametrize("voter", VOTERS, ids=lambda v: v.name)


def features_of(candles: Candles) -> FeatureFrame:
    return derive(compute(candles))


def upside_down(candles: Candles) -> Candles:
    """The same chart mirrored at twice its first close: every change has the other sign."""
    axis = 2.0 * candles.close[0]
    return replace(
        candles, open=axis - candles.open, close=axis - candles.close, high=axis - candles.low, low=axis - candles.high
    )


def squeeze_then_break(seed: int = 3) -> Candles:
    """A long quiet stretch, then a close far outside the bands on triple volume."""
    calm = random_walk(400, seed=seed, volatility=0.01)
    close = calm.close.copy()
    close[340:399] = close[340] * (1 + 0.0002 * np.sin(np.arange(59)))
    close[399] = close[398] * 1.02
    made = candles_from(close)
    volume = np.full(400, 1000.0)
    volume[399] = 4000.0
    return replace(made, volume=volume)


def test_there_are_sixteen_features():
    features = features_of(random_walk(400))

    assert len(FEATURES) == 16
    assert set(features.values) == set(FEATURES)
    assert all(np.isfinite(features[name][-1]) for name in FEATURES)


@each_voter
def test_a_score_stays_in_range(voter: Voter):
    for seed in range(5):
        scores = voter.score(features_of(random_walk(900, seed=seed, volatility=0.03)))
        cast = scores[np.isfinite(scores)]
        assert (np.abs(cast) <= 1.0).all()


@each_voter
def test_a_voter_abstains_while_warming_up(voter: Voter):
    scores = voter.score(features_of(random_walk(110)))

    assert np.isnan(scores).all()


@each_voter
def test_a_mirrored_chart_gets_the_mirrored_score(voter: Voter):
    candles = random_walk(700, volatility=0.004)

    straight, mirrored = (voter.score(features_of(c)) for c in (candles, upside_down(candles)))

    np.testing.assert_allclose(straight, -mirrored, atol=1e-6, equal_nan=True)


def test_the_breakout_is_mirrored_too_where_it_speaks():
    candles = squeeze_then_break()

    straight, mirrored = (VOTERS[3].score(features_of(c))[-1] for c in (candles, upside_down(candles)))

    assert straight >= 0.7
    assert mirrored == pytest.approx(-straight)


@each_voter
def test_flat_price_and_no_volume_give_no_infinite_score(voter: Voter):
    flat = replace(candles_from(np.full(400, 50.0), spread=0.0), volume=np.zeros(400))

    scores = voter.score(features_of(flat))

    assert not np.isinf(scores).any()
    cast = scores[np.isfinite(scores)]
    assert (cast == 0.0).all()


@each_voter
@given(rsi=st.floats(0, 100), lower=st.floats(0, 100))
@settings(max_examples=40, deadline=None)
def test_a_more_oversold_rsi_is_never_less_bullish(voter: Voter, rsi: float, lower: float):
    rsi, lower = max(rsi, lower), min(rsi, lower)

    scores = [voter.score(with_last_rsi(value))[-1] for value in (rsi, lower)]

    assert np.isnan(scores[0]) == np.isnan(scores[1])
    assert np.isnan(scores[0]) or scores[1] >= scores[0]


FRAME = compute(random_walk(400, seed=11))


def with_last_rsi(value: float) -> FeatureFrame:
    rsi = FRAME["rsi_14"].copy()
    rsi[-1] = value
    return derive(replace(FRAME, columns=FRAME.columns | {"rsi_14": rsi}))


@each_voter
@given(cut=st.integers(20, 690))
@settings(max_examples=25, deadline=None)
def test_the_future_changes_no_past_score(voter: Voter, cut: int):
    candles = random_walk(700, seed=5)
    poisoned = replace(candles, close=np.where(np.arange(700) >= cut, candles.close * 3.7, candles.close))
    poisoned = replace(poisoned, high=np.maximum(poisoned.high, poisoned.close))

    whole = voter.score(features_of(candles))[:cut]
    cut_off = voter.score(features_of(candles.part(0, cut)))
    other_future = voter.score(features_of(poisoned))[:cut]

    np.testing.assert_array_equal(whole, cut_off)
    np.testing.assert_array_equal(whole, other_future)


@each_voter
def test_a_bar_is_explained_with_its_numbers(voter: Voter):
    features = features_of(squeeze_then_break())

    for bar in (-1, -2, 300):
        text = voter.explain(features, len(features) + bar if bar < 0 else bar)
        assert any(ch.isdigit() for ch in text)
        assert "nan" not in text


def test_a_decision_needs_two_votes():
    count = tally(features_of(random_walk(400)), RULES, VOTERS[:1])

    assert not count.spoke.any()
    assert (count.direction == 0).all()


def test_no_bar_decides_before_the_warm_up():
    count = tally(features_of(random_walk(600)), RULES)

    assert not count.spoke[: RULES.warm_up_bars].any()
    assert count.spoke[RULES.warm_up_bars :].all()


def test_long_and_short_are_shares_of_the_weight_that_was_cast():
    features = features_of(random_walk(600))

    count = tally(features, RULES)

    bar = 599
    cast = np.isfinite(count.scores[:, bar])
    weights = np.array([v.weight for v in VOTERS])[cast]
    scores = count.scores[cast, bar]
    assert count.long[bar] == pytest.approx((weights * scores.clip(0)).sum() / weights.sum())
    assert count.short[bar] == pytest.approx((weights * (-scores).clip(0)).sum() / weights.sum())


def test_margin_and_conviction_both_must_be_reached():
    features = features_of(random_walk(2000, volatility=0.02))
    count = tally(features, RULES)

    decided = count.direction != 0

    assert decided.any()
    assert (count.conviction[decided] >= 0.65).all()
    assert (np.abs(count.long - count.short)[decided] >= 0.15).all()
    assert not decided[count.conviction < 0.65].any()


@pytest.mark.parametrize(
    ("conviction", "band"),
    [(0.65, Strength.WEAK), (0.70, Strength.MEDIUM), (0.7999, Strength.MEDIUM), (0.80, Strength.STRONG)],
)
def test_the_strength_bands(conviction: float, band: Strength):
    assert strength_of(conviction, RULES) is band
