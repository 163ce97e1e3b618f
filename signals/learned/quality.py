"""How a saved model does on bars that came after its training, alone and beside another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.clock import to_ms
from signals.features import FEATURES
from signals.learned.drift import ALERT, drift
from signals.learned.model import LearnedModel
from signals.learned.rows import Rows
from signals.learned.scores import brier, losses, standard_error
from signals.model import FloatArray

LEAST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Health:
    """Drift per feature on the newest rows, and the Brier score on rows after training beside the prior's.

    The scores are None while there are fewer than `LEAST_ROWS` such rows.
    """

    psi: tuple[tuple[str, float], ...]
    rows: int
    brier: float | None
    prior_brier: float | None

    @property
    def drifted(self) -> tuple[str, ...]:
        """Features whose index is above 0.2."""
        return tuple(name for name, value in self.psi if value > ALERT)

    @property
    def text(self) -> str:
        """One line: what drifted, and how the probabilities did."""
        worst = max(self.psi, key=lambda pair: pair[1])
        told = ", ".join(f"{name} {dict(self.psi)[name]:.2f}" for name in self.drifted)
        shift = f"drift above {ALERT}: {told}" if told else f"no drift (largest {worst[0]} {worst[1]:.2f})"
        if self.brier is None or self.prior_brier is None:
            return f"{shift}; {self.rows} rows after training, too few for a Brier score"
        return f"{shift}; Brier {self.brier:.3f} beside the prior's {self.prior_brier:.3f} over {self.rows} rows"


def health(model: LearnedModel, recent: FloatArray, rows: Rows) -> Health:
    """`recent` are (n, 16) feature rows of the newest bars, `rows` labeled ones, of which later ones count."""
    manifest = model.manifest
    columns = _columns(model)
    found = drift(manifest.bins, recent[:, columns]) if len(recent) else (0.0,) * len(columns)
    later = after(rows, to_ms(manifest.trained_until))
    pairs = tuple(zip(manifest.features, found, strict=True))
    if len(later) < LEAST_ROWS:
        return Health(pairs, len(later), None, None)
    prior = np.tile(manifest.prior, (len(later), 1))
    return Health(pairs, len(later), brier(_predicted(model, later), later.y), brier(prior, later.y))


def wins(shadow: LearnedModel, active: LearnedModel, rows: Rows) -> tuple[bool, str]:
    """Whether the shadow did better on rows that neither has seen, by two standard errors, and the figures."""
    since = max(to_ms(m.manifest.trained_until) for m in (shadow, active))
    later = after(rows, since)
    if len(later) < LEAST_ROWS:
        return False, f"{len(later)} of {LEAST_ROWS} later rows for a comparison"
    ours, theirs = (losses(_predicted(m, later), later.y) for m in (shadow, active))
    lead = float((theirs - ours).mean())
    error = standard_error(theirs - ours, later.open_ms)
    text = (
        f"log-loss {ours.mean():.4f} against {theirs.mean():.4f} of the active one over {len(later)} later rows "
        f"(lead {lead:+.4f}, standard error {error:.4f})"
    )
    return lead > 0.0 and lead > 2.0 * error, text


def after(rows: Rows, ms: int) -> Rows:
    """Rows whose bar opened at `ms` or later."""
    return rows.part(np.flatnonzero(rows.open_ms >= ms))


def _columns(model: LearnedModel) -> list[int]:
    return [FEATURES.index(name) for name in model.manifest.features]


def _predicted(model: LearnedModel, rows: Rows) -> FloatArray:
    return model.predictor(rows.x[:, _columns(model)])
