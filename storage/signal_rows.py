"""Between issued signals and their rows: votes and plan are JSON, times inside them epoch milliseconds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from signals.clock import from_ms, to_ms
from signals.model import Action, Issued, Plan, PlanRules, Series, Signal, SignalState, Strength, Transition, Vote
from storage.rows import as_row

TRANSITION = ("signal_id", "state", "at", "price", "realised_r")


def issued_row(issued: Issued) -> dict[str, Any]:
    """The columns of table `signals`."""
    signal = issued.signal
    row = as_row(signal)
    series = row.pop("series")
    return row | {
        "signal_id": signal.signal_id,
        "exchange": series.exchange,
        "symbol": series.symbol,
        "timeframe": series.timeframe,
        "issued_at": issued.issued_at,
        "confidence": issued.confidence,
        "votes": [asdict(vote) for vote in signal.votes],
        "warnings": list(signal.warnings),
        "plan": None if issued.plan is None else _plan_json(issued.plan),
    }


def issued_of(row: sa.Row[Any]) -> Issued:
    """The value that `issued_row` was given."""
    found = dict(row._mapping)
    own = {name: found[name] for name in Signal.__dataclass_fields__ if name in found}
    own["action"] = Action(own["action"])
    own["strength"] = None if own["strength"] is None else Strength(own["strength"])
    own["votes"] = tuple(Vote(**vote) for vote in own["votes"])
    own["warnings"] = tuple(own["warnings"])
    signal = Signal(Series(row.exchange, row.symbol, row.timeframe), **own)
    return Issued(signal, None if row.plan is None else _plan_of(row.plan), row.issued_at, row.confidence)


def transition_row(transition: Transition) -> dict[str, Any]:
    """The columns of table `signal_transitions`."""
    state = transition.state
    return as_row(transition) | {"state": state.value, "final_of": transition.signal_id if state.is_final else None}


def transition_of(row: sa.Row[Any], prefix: str = "") -> Transition:
    """The value that `transition_row` was given; `prefix` is that of its columns in a joined row."""
    found = row._mapping
    signal_id, state, at, price, realised_r = (found[prefix + name] for name in TRANSITION)
    return Transition(signal_id, SignalState(state), at, price, realised_r)


def rules_json(rules: PlanRules) -> dict[str, Any]:
    """The rules as a JSON object."""
    return asdict(rules)


def rules_of(stored: dict[str, Any]) -> PlanRules:
    """The rules of a JSON object; what was added to the rules later has its default."""
    return PlanRules(**stored)


def _plan_json(plan: Plan) -> dict[str, Any]:
    return as_row(plan) | {"expires_at": to_ms(plan.expires_at), "rules": rules_json(plan.rules)}


def _plan_of(stored: dict[str, Any]) -> Plan:
    changed = {
        "entries": tuple(stored["entries"]),
        "targets": tuple(stored["targets"]),
        "expires_at": from_ms(stored["expires_at"]),
        "rules": rules_of(stored["rules"]),
    }
    return Plan(**(stored | changed))
