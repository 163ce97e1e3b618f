"""One training from rows to a predictor: select, stop early, calibrate on the inner validation, then use every row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from signals.features import FEATURES
from signals.learned.boosting import BoostRules, grow
from signals.learned.folds import FoldRules, inner_split
from signals.learned.predictor import Predictor
from signals.learned.rows import Rows, half_mirrored
from signals.learned.scores import best_temperature, even_prior, prior_of
from signals.learned.selection import select


@dataclass(frozen=True, slots=True)
class FitRules:
    """The folds' and the trees' rules; `features` are those to choose from."""

    folds: FoldRules = field(default_factory=FoldRules)
    boost: BoostRules = field(default_factory=BoostRules)


def fit(rows: Rows, bar_ms: int, rules: FitRules) -> Predictor:
    """A predictor from these rows and no others; the same rows give the same predictor.

    Half of the rows are learned from upside down, so that rises and falls are treated alike. The newest stretch decides
    on features, rounds and temperature; the final trees then use that stretch too. DataError when there are too few.
    """
    fit_on, valid_on = inner_split(rows, bar_ms, rules.folds)
    inner, valid = half_mirrored(rows.part(fit_on)), half_mirrored(rows.part(valid_on))
    names = select(inner, valid, FEATURES)
    columns = [FEATURES.index(name) for name in names]
    tried = grow(inner.x[:, columns], inner.y, names, rules.boost, (valid.x[:, columns], valid.y))
    prior = even_prior(prior_of(inner.y))
    trial = Predictor(tried, names, prior)
    real = rows.part(valid_on)
    temperature = best_temperature(trial.raw(real.x[:, columns]), prior, real.y)
    every = half_mirrored(rows)
    rounds = replace(rules.boost, max_rounds=max(1, tried.best_iteration))
    final = grow(every.x[:, columns], every.y, names, rounds)
    return Predictor(final, names, even_prior(prior_of(rows.y)), temperature)
