"""What is left of a recommendation when the model objects to it on the cited evidence."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rag.recommendation import Recommendation
from signals.model import Action


def vetoed(twin: Recommendation, model: str) -> Recommendation:
    """The same answer as a HOLD without plan and size; what was computed stays in the facts."""
    return replace(
        twin,
        action=Action.HOLD,
        reason=f"the votes say {twin.action.value}, but {model} vetoes it on the cited evidence",
        expires_at=None,
        position_size_usd=Decimal(0),
        quantity=Decimal(0),
        size_bound_by=None,
        size_caps=(),
        risk_usd=Decimal(0),
        entry_points=(),
        exit_points=(),
        stop_loss=None,
        invalidation=None,
        reward_risk=None,
    )
