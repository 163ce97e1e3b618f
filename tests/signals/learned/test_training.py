"""The gate lets a signal through and noise not; what is predicted is bounded, mirrored, and blind to the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.features import FEATURES, derive
from signals.indicators import compute
from signals.learned import boosting
from signals.learned.evaluation import evaluate
from signals.learned.fitting import fit
from signals.learned.labels import BUY, HOLD, SELL, LabelRule, label
from signals.learned.model import train
from signals.learned.pipelines import learned_pipelines
from signals.learned.rows import Rows, feature_rows, mirrored
from signals.learned.scores import (
    best_temperature,
    brier,
    calibration_error,
    even_prior,
    log_loss,
    prior_of,
    standard_error,
    tempered,
)
from signals.learned.selection import select
from signals.model import Candles
from signals.proofs.lookahead import Cuts, check
from signals.proofs.pipelines import Columns, Pipeline
from tests.builders import NOW
from tests.signals.learned.school import HOUR, QUICK, TRAINED_AT, a_score, drawn_rows, model, quiet, swinging, trained


def test_a_signal_is_accepted() -> None:
    found = evaluate(drawn_rows(signal=0.8), HOUR, QUICK, quiet)

    assert found.pooled.accepted, found.pooled.verdict
    assert found.pooled.log_loss < found.pooled.prior_log_loss - 0.02
    assert all("return_5" in fold.features for fold in found.folds)
    assert "accepted: out-of-fold log-loss" in found.pooled.verdict


def test_noise_is_not_accepted() -> None:
    for seed in (3, 4, 5):
        found = evaluate(drawn_rows(3000, seed=seed), HOUR, QUICK, quiet)

        assert not found.pooled.accepted, found.pooled.verdict
        assert found.pooled.verdict.startswith("not accepted")


def test_knowing_when_the_price_will_rest_is_no_vote() -> None:
    rows = drawn_rows(4000)
    calm = np.abs(rows.x[:, 3]) < 0.5
    y = np.where(calm, HOLD, np.where(rows.y == HOLD, BUY * (np.arange(4000) % 2), rows.y)).astype(np.int8)

    found = evaluate(replace(rows, y=y), HOUR, QUICK, quiet).pooled

    assert found.beats_prior
    assert not found.accepted
    assert "does not beat" in found.verdict


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, True),
        ({"log_loss": 0.9601}, False),
        ({"lead_error": 0.006}, False),
        ({"move_log_loss": 0.6932}, False),
        ({"move_lead_error": 0.002}, False),
        ({"calibration_error": 0.05}, False),
        ({"calibration_error": 0.0499}, True),
    ],
)
def test_the_gate_asks_for_a_lead_beyond_chance_and_for_calibration(changes: dict[str, float], accepted: bool) -> None:
    assert a_score(**changes).accepted is accepted


def test_a_feature_from_the_future_gives_a_score_too_good_to_be_true() -> None:
    rows = drawn_rows(2000)
    leaky = Rows(rows.x.copy(), rows.y, rows.open_ms, rows.known_ms, rows.series)
    leaky.x[:, 0] = rows.y - 1.0

    honest, leaked = (evaluate(r, HOUR, QUICK, quiet).pooled for r in (rows, leaky))

    assert honest.log_loss > honest.prior_log_loss - 0.01
    assert leaked.log_loss < 0.3 * leaked.prior_log_loss


def test_the_look_ahead_check_names_a_feature_from_the_future() -> None:
    def leaky(candles: Candles) -> Columns:
        x = feature_rows(derive(compute(candles)))
        x[:, 3] = label(candles, LabelRule())
        return {f"learned {name}": x[:, i] for i, name in enumerate(FEATURES)}

    found = check(swinging(700), [Pipeline("leaky rows", leaky)], Cuts(anywhere=4, warm_up=2))

    assert {change.column for change in found.changes} == {"learned volatility_5"}


def test_labels_rows_and_predictions_do_not_know_the_future() -> None:
    found = check(swinging(900, seed=9), learned_pipelines(model()), Cuts(anywhere=6, warm_up=4))

    assert found.changes == ()
    assert found.values > 10_000


def test_the_same_candles_give_the_same_model_to_the_byte() -> None:
    candles = (swinging(pull=-2.5), swinging(seed=2, pull=-2.5, symbol="BTC/USDT"))

    again = train(candles, TRAINED_AT, QUICK, quiet)

    assert again == trained()


def test_later_candles_do_not_change_a_fit_on_earlier_rows() -> None:
    rows = drawn_rows(1500, signal=0.5)
    early = rows.part(np.arange(1000))
    wild = replace(rows, x=np.where(rows.open_ms[:, None] < 1000 * HOUR, rows.x, 99.0))

    one, other = fit(early, HOUR, QUICK), fit(wild.part(np.arange(1000)), HOUR, QUICK)

    assert one.features == other.features
    np.testing.assert_array_equal(one(_inputs(rows, one.features)), other(_inputs(rows, one.features)))


def _inputs(rows: Rows, names: tuple[str, ...]) -> np.ndarray:
    return rows.x[:50, [FEATURES.index(name) for name in names]]


def test_probabilities_are_whole_and_mirrored() -> None:
    features = derive(compute(swinging(700, seed=5)))
    found = model()

    p = found.probabilities(features)

    warm = np.isfinite(p).all(axis=1)
    assert not warm[:120].any()
    assert warm[200:].all()
    np.testing.assert_allclose(p[warm].sum(axis=1), 1.0)
    x = feature_rows(features, found.manifest.features)[warm]
    turned = found.predictor(mirrored(x, found.manifest.features))
    np.testing.assert_allclose(turned[:, ::-1], p[warm], atol=1e-12)
    np.testing.assert_array_equal(found.at(features, 400), p[400])
    np.testing.assert_array_equal(found.at(features, -1), p[-1])


def test_selection_keeps_what_carries_the_signal_and_at_least_four() -> None:
    rows = drawn_rows(3000, signal=1.0)

    kept = select(rows.part(np.arange(2000)), rows.part(np.arange(2000, 3000)), FEATURES)

    assert kept[0] == "return_5"
    assert 4 <= len(kept) <= 16
    assert list(kept) == sorted(kept, key=FEATURES.index)


def test_scores_are_those_worked_out_by_hand() -> None:
    p, y = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), np.array([SELL, BUY], dtype=np.int8)

    assert log_loss(p, y) == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)
    assert brier(p, y) == pytest.approx((0.25 + 0.09 + 0.04 + 0.01 + 0.01 + 0.04) / 2)
    assert prior_of(y) == pytest.approx([2 / 5, 1 / 5, 2 / 5])
    assert even_prior(np.array([0.5, 0.2, 0.3])) == pytest.approx([0.4, 0.2, 0.4])


def test_the_calibration_error_is_the_gap_between_claim_and_truth() -> None:
    claim = np.tile([0.05, 0.05, 0.9], (1000, 1))
    half_right = np.where(np.arange(1000) % 2, BUY, SELL).astype(np.int8)
    honest = np.tile([0.5, 0.0, 0.5], (1000, 1))

    assert calibration_error(claim, half_right) == pytest.approx(0.4)
    assert calibration_error(honest, half_right) == pytest.approx(0.0)


def test_the_temperature_tones_down_what_claims_too_much() -> None:
    rng = np.random.default_rng(1)
    prior = np.array([0.4, 0.2, 0.4])
    y = rng.choice(3, 4000, p=prior).astype(np.int8)
    loud = rng.dirichlet([1.0, 0.5, 1.0], 4000)

    hot = best_temperature(loud, prior, y)

    assert hot > 20
    assert log_loss(tempered(loud, prior, hot), y) < log_loss(loud, y)
    np.testing.assert_allclose(tempered(loud, prior, 1.0), loud)
    np.testing.assert_allclose(tempered(loud, prior, 1e9), np.tile(prior, (4000, 1)), atol=1e-6)


def test_the_standard_error_takes_a_week_as_one_draw() -> None:
    week = 7 * 24
    open_ms = np.arange(10 * week, dtype=np.int64) * HOUR
    alike = np.repeat(np.random.default_rng(2).normal(size=11), week)[4 * 24 : 4 * 24 + 10 * week]

    assert standard_error(alike, open_ms) > 5 * alike.std() / np.sqrt(len(alike))
    assert standard_error(np.empty(0), np.empty(0, dtype=np.int64)) == 0.0


def test_without_the_extra_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "lightgbm", None)

    with pytest.raises(boosting.UserError, match=r'pip install "deskmate\[research\]"'):
        boosting.lightgbm()


def test_the_model_knows_when_its_newest_label_was_known() -> None:
    assert trained().manifest.trained_until == NOW
    assert len(trained().manifest.series) == 2
