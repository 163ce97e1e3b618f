"""The fifth vote: bounded, on the scale of the others, abstaining with its reason, through the one tally."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.analysis import Moment, analyse
from signals.backtest.run import backtest_ensemble
from signals.ensemble import SignalRules, tally
from signals.features import FeatureFrame, derive
from signals.indicators import compute
from signals.learned.drift import bins_of, psi
from signals.learned.labels import LabelRule
from signals.learned.model import LearnedModel
from signals.learned.quality import health, wins
from signals.learned.rows import newest_rows, pooled
from signals.model import PlanRules
from signals.voters import VOTERS
from signals.voters.learned import LearnedVote, with_learned
from tests.builders import NOW
from tests.markets import MOMENT, ending_now
from tests.signals.learned.school import drawn_rows, model, swinging


def before(hours: int) -> LearnedModel:
    """The model as if its training had ended that long before `NOW`."""
    return replace(model(), manifest=replace(model().manifest, trained_until=NOW - timedelta(hours=hours)))


def features_of(bars: int = 800, seed: int = 11) -> FeatureFrame:
    return derive(compute(swinging(bars, seed=seed, pull=-2.5)))


def test_without_a_model_it_abstains_and_says_why() -> None:
    features = features_of(400)
    vote = LearnedVote(None, "no accepted model for 1h")

    assert np.isnan(vote.score(features)).all()
    assert vote.explain(features, -1) == "abstains: no accepted model for 1h"


def test_an_abstaining_fifth_voter_changes_no_decision() -> None:
    features = features_of()
    rules = SignalRules()

    four, five = tally(features, rules), tally(features, replace(rules, voters=with_learned(None, "none")))

    assert [v.name for v in five.voters] == [*(v.name for v in VOTERS), "learned model"]
    np.testing.assert_array_equal(four.long, five.long)
    np.testing.assert_array_equal(four.short, five.short)
    np.testing.assert_array_equal(four.direction, five.direction)


def test_its_weight_is_renormalised_with_the_others() -> None:
    features = features_of()

    count = tally(features, SignalRules(voters=with_learned(before(100))))

    cast = np.isfinite(count.scores[:, -1])
    weights = np.array([v.weight for v in count.voters])[cast]
    scores = count.scores[cast, -1]
    assert cast[-1]
    assert count.voters[-1].weight == 0.20
    assert count.long[-1] == pytest.approx((weights * scores.clip(0)).sum() / weights.sum())


def test_it_does_not_vote_on_bars_of_its_own_training() -> None:
    features = features_of()

    score = before(50).votes(features)

    assert np.isnan(score[:-50]).all()
    assert np.isfinite(score[-50:]).all()
    assert (np.abs(score[-50:]) <= 1.0).all()
    assert np.isnan(before(0).votes(features)).all()


def test_a_usual_opinion_neither_lifts_nor_sinks_a_conviction_at_the_threshold() -> None:
    score = before(600).votes(features_of(1200))

    assert 0.5 < float(np.nanmedian(np.abs(score))) < 0.8


def test_it_explains_itself_with_probabilities() -> None:
    features = features_of()
    vote = LearnedVote(before(50))
    p = model().at(features, -1)

    text = vote.explain(features, len(features) - 1)

    assert text == (
        f"P(buy) {100 * p[2]:.0f} %, P(hold) {100 * p[1]:.0f} %, P(sell) {100 * p[0]:.0f} % for the next 5 bars"
    )
    assert vote.explain(features, 400).startswith("abstains: this bar belongs to its training (P(buy)")
    assert vote.explain(features, 10) == "abstains: its features are warming up"


def test_a_model_that_was_not_accepted_may_not_vote() -> None:
    refused = replace(model().manifest, score=replace(model().manifest.score, calibration_error=0.2))

    with pytest.raises(ValueError, match="was not accepted"):
        with_learned(replace(model(), manifest=refused))


def test_no_later_bar_changes_a_vote() -> None:
    whole = swinging(800, seed=11)
    found = before(400)

    scores = found.votes(derive(compute(whole)))

    for cut in (410, 555, 799):
        np.testing.assert_array_equal(found.votes(derive(compute(whole.part(0, cut)))), scores[:cut])


def test_live_and_backtest_take_the_same_voters_from_the_rules() -> None:
    candles = ending_now(swinging(700, seed=11))
    rules = SignalRules(voters=with_learned(before(300)))

    signal = analyse(candles, replace(MOMENT, rules=rules)).signal
    plain = backtest_ensemble(candles, SignalRules(), PlanRules(), NOW)
    asked: list[int] = []
    watching = replace(rules.voters[-1], score=lambda f: asked.append(len(f)) or rules.voters[-1].score(f))
    backtest_ensemble(candles, replace(rules, voters=(*VOTERS, watching)), PlanRules(), NOW)

    assert [vote.voter for vote in signal.votes][-1] == "learned model"
    assert signal.votes[-1].score is not None
    assert signal.votes[-1].reason.startswith("P(buy)")
    assert plain.trades >= 0
    assert asked == [700]


def test_a_broken_model_holds_every_signal_back_and_is_never_a_hold() -> None:
    moment = Moment(NOW, SignalRules(), PlanRules(), MOMENT.tick, "the learned model in force for 1h cannot be used")

    signal = analyse(ending_now(swinging(700)), moment).signal

    assert signal.action == "NO_SIGNAL"
    assert "cannot be used" in signal.reason


def test_drift_is_zero_on_the_same_rows_and_large_on_others() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=5000)
    three = np.repeat([-1.0, 0.0, 1.0], [100, 800, 100])

    assert psi(bins_of(values), values) == pytest.approx(0.0, abs=1e-12)
    assert psi(bins_of(values), rng.normal(size=5000)) < 0.02
    assert psi(bins_of(values), values + 1.0) > 0.2
    assert bins_of(three).edges == (-0.5, 0.5)
    assert psi(bins_of(three), np.repeat([-1.0, 0.0, 1.0], [800, 100, 100])) > 0.2
    assert bins_of(np.zeros(50)).edges == ()
    assert psi(bins_of(np.zeros(50)), np.zeros(9)) == 0.0


def test_health_names_what_drifted_and_scores_what_came_after_training() -> None:
    later = swinging(1200, seed=21, pull=-2.5)
    rows = pooled([later], LabelRule())
    fresh = before(900)

    well = health(fresh, newest_rows([swinging(2000, pull=-2.5)], 1500), rows)
    ill = health(fresh, newest_rows([later], 900) + 5.0, rows)
    young = health(before(10), np.empty((0, 16)), rows)

    assert well.drifted == ()
    assert well.text.startswith("no drift (largest ")
    assert well.brier is not None
    assert well.prior_brier is not None
    assert "return_5" in ill.drifted
    assert ill.text.startswith("drift above 0.2: ")
    assert "too few for a Brier score" in young.text


def test_a_candidate_wins_only_by_later_rows_and_beyond_chance() -> None:
    rows = pooled([swinging(2500, seed=31, pull=-2.5)], LabelRule())
    good, numb = before(2000), replace(before(2000), predictor=replace(model().predictor, temperature=1e9))

    assert wins(good, numb, rows)[0]
    assert not wins(numb, good, rows)[0]
    assert not wins(good, good, rows)[0]
    assert wins(good, numb, drawn_rows(10)) == (False, "0 of 500 later rows for a comparison")
