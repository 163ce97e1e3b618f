"""The learned model: training 100,000 rows on one thread, and the prediction of one row, beside bare LightGBM.

Claims: one row, mirrored and calibrated, in at most 0.2 ms; training at most 1.2 times bare LightGBM on the same rows.
"""

from __future__ import annotations

import measure

measure.one_thread()

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402

from signals.features import FEATURES  # noqa: E402
from signals.learned.boosting import BoostRules, booster_of, grow, text_of  # noqa: E402
from signals.learned.labels import LabelArray  # noqa: E402
from signals.learned.predictor import Predictor  # noqa: E402
from signals.learned.scores import even_prior, prior_of  # noqa: E402
from signals.model import FloatArray  # noqa: E402

ROWS = 100_000
RULES = BoostRules(max_rounds=100)


def material() -> tuple[FloatArray, LabelArray]:
    """Drawn rows whose first feature says a little about the label."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, len(FEATURES)))
    pull = 0.2 * x[:, 0] + rng.normal(size=ROWS)
    return x, np.where(pull > 0.1, 2, np.where(pull < -0.1, 0, 1)).astype(np.int8)


def bare(x: FloatArray, y: LabelArray) -> lightgbm.Booster:
    """The same trees by LightGBM's own calls."""
    parameters = RULES.parameters(len(y))
    return lightgbm.train(parameters, lightgbm.Dataset(x, label=y, params=parameters), RULES.max_rounds)


def main() -> None:
    """Measure both, report."""
    given = measure.options(__doc__).parse_args()
    x, y = material()
    train, train_peer = measure.in_turn(
        [
            ("Deskmate: train 100,000 x 16, 100 rounds", lambda: grow(x, y, FEATURES, RULES)),
            ("peer: bare LightGBM", lambda: bare(x, y)),
        ],
        given.runs or 5,
        warm_up=1,
    )
    booster = booster_of(text_of(grow(x, y, FEATURES, RULES)))
    predictor, row = Predictor(booster, FEATURES, even_prior(prior_of(y)), 1.3), x[:1]
    one, one_peer = measure.in_turn(
        [
            ("Deskmate: predict one row", lambda: predictor(row)),
            ("peer: bare LightGBM, one row", lambda: booster.predict(row)),
        ],
        given.runs or 2000,
        warm_up=50,
    )
    claims = [
        measure.Claim("prediction of one row (95th percentile)", 1000 * one.p95, 0.2, "ms"),
        measure.Claim("training, ratio to bare LightGBM (medians)", train.median / train_peer.median, 1.2, "x"),
    ]
    measure.report("Learned model, one thread", [(train, train_peer), (one, one_peer)], claims, as_json=given.json)


if __name__ == "__main__":
    main()
