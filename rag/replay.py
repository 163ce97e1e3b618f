"""A logged recommendation built again from what was stored with it, compared, and put to another model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from rag.explain import Explained, ExplainRequest, judge, shown_sources
from rag.model_answer import ModelAnswer, WrongShape, read_answer
from rag.prompts import load
from rag.recommendation import SCHEMA_VERSION, Fact, Recommendation, Source, as_dict
from signals.errors import UserError
from signals.model import Action, Cap, Vote
from storage.values import LoggedRecommendation

_MONEY = ("position_size_usd", "quantity", "risk_usd", "budget_usd")
_TIMES = ("as_of", "price_at", "expires_at")
_FROM_FACTS = {
    "price": "price",
    "stop_loss": "stop_loss",
    "invalidation": "invalidation",
    "reward_risk": "reward_risk",
    "quantity": "quantity",
    "position_size_usd": "position_size_usd",
    "risk_usd": "risk_usd",
    "budget_usd": "budget",
    "size_bound_by": "size_bound_by",
    "conviction": "conviction",
    "confidence": "confidence",
    "price_at": "price_at",
    "expires_at": "expires_at",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose stored value is not the one that was built again, both as they are shown."""

    name: str
    stored: str
    rebuilt: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """`twin` is the rules' answer built again from the stored facts and sources, `twin_equal` whether its JSON is byte
    for byte the stored one; `words` the model's checked words built again from its raw output, None without one.

    `differences` name what is not as stored, `problem` why the words could not be built again.
    """

    logged: LoggedRecommendation
    twin: Recommendation
    twin_equal: bool
    words: Explained | None
    differences: tuple[Difference, ...]
    problem: str = ""

    @property
    def same(self) -> bool:
        """Whether everything came out as it was stored."""
        return self.twin_equal and not self.differences and not self.problem


def replay(logged: LoggedRecommendation) -> Replayed:
    """Build a logged recommendation again. Pure; UserError for one of a schema that is not read any more."""
    version = logged.twin.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UserError(f"this recommendation was stored in version {version}; only {SCHEMA_VERSION} can be replayed")
    twin = rebuilt_twin(logged)
    found = list(_fields_that_differ(logged.twin, as_dict(twin)))
    words, problem = _words_again(logged, twin)
    if words is not None:
        found += _words_that_differ(logged.payload, twin, words)
    return Replayed(logged, twin, canonical(as_dict(twin)) == canonical(logged.twin), words, tuple(found), problem)


def rebuilt_twin(logged: LoggedRecommendation) -> Recommendation:
    """The rules-only answer: every number from the stored facts, the evidence from the stored sources."""
    facts = tuple(Fact(**fact) for fact in _facts_of_the_twin(logged))
    sources = tuple(Source(**(source | {"at": datetime.fromisoformat(source["at"])})) for source in logged.sources)
    stored = restored(logged.twin)
    values: dict[str, Any] = {}
    known = {fact.key: fact.value for fact in facts}
    plain = logged.twin
    for name, key in _FROM_FACTS.items():
        if key in known and plain.get(name) is not None:
            values[name] = _typed(name, known[key])
    for name, stem in (("entry_points", "entry_"), ("exit_points", "target_")):
        levels = tuple(known[f"{stem}{n}"] for n in range(1, 10) if f"{stem}{n}" in known)
        if plain.get(name):
            values[name] = levels
    return replace(stored, facts=facts, sources=sources, **values)


def _facts_of_the_twin(logged: LoggedRecommendation) -> list[dict[str, Any]]:
    """The stored facts; where caution halved the size, those of the size are the twin's own."""
    if logged.payload.get("stance") != "caution":
        return logged.facts
    own = {fact["key"]: fact for fact in logged.twin["facts"]}
    return [own.get(f["key"], f) if _is_of_the_size(f["key"]) else f for f in logged.facts]


def _is_of_the_size(key: str) -> bool:
    return key in ("quantity", "position_size_usd", "risk_usd", "size_bound_by", "risk_scale") or key.startswith("cap_")


def restored(plain: Mapping[str, Any]) -> Recommendation:
    """The recommendation whose `as_dict` is `plain`."""
    names = {f.name for f in fields(Recommendation)}
    values: dict[str, Any] = {name: _typed(name, value) for name, value in plain.items() if name in names}
    values["action"] = Action(plain["action"])
    values["votes"] = tuple(Vote(**vote) for vote in plain["votes"])
    values["facts"] = tuple(Fact(**fact) for fact in plain["facts"])
    values["sources"] = tuple(Source(**(one | {"at": datetime.fromisoformat(one["at"])})) for one in plain["sources"])
    values["size_caps"] = tuple(Cap(cap["name"], Decimal(repr(cap["quantity"]))) for cap in plain["size_caps"])
    return Recommendation(**values)


def request_of(logged: LoggedRecommendation, twin: Recommendation) -> ExplainRequest:
    """What a model is asked about a stored recommendation: the same facts, sources and question."""
    return ExplainRequest(logged.question, twin.facts, twin.sources, twin.action.direction, twin.symbol or "")


def canonical(plain: Mapping[str, Any]) -> bytes:
    """The one JSON text of a value: keys sorted, no blanks."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _words_again(logged: LoggedRecommendation, twin: Recommendation) -> tuple[Explained | None, str]:
    if logged.raw_output is None:
        return None, ""
    try:
        answer = read_answer(logged.raw_output, ModelAnswer)
    except WrongShape as e:
        return None, f"the model's stored text cannot be read any more: {e}"
    request = request_of(logged, twin)
    secrets = (load("recommend").system, load("recommend").user)
    return judge(answer, replace(request, sources=shown_sources(request.sources), secrets=secrets)), ""


def _words_that_differ(payload: Mapping[str, Any], twin: Recommendation, words: Explained) -> list[Difference]:
    risks = [warning.removeprefix("Risk: ") for warning in payload["warnings"] if warning.startswith("Risk: ")]
    cautious = words.stance == "caution"  # its template text tells the halved size, which is not kept by itself
    vetoed = words.stance == "veto" and twin.action.direction != 0
    pairs = (
        ("stance", payload["stance"], words.stance),
        ("action", payload["action"], Action.HOLD.value if vetoed else twin.action.value),
        ("reasoning", payload["reasoning"], words.thesis or (payload["reasoning"] if cautious else twin.reasoning)),
        ("what_would_change", payload["what_would_change"], words.what_would_change or twin.what_would_change),
        ("risks", " / ".join(risks), " / ".join(words.risks)),
        ("stop_loss", payload["stop_loss"], None if vetoed else twin.stop_loss),
    )
    return [Difference(name, _shown(old), _shown(new)) for name, old, new in pairs if old != new]


def _fields_that_differ(stored: Mapping[str, Any], rebuilt: Mapping[str, Any]) -> list[Difference]:
    names = dict.fromkeys([*stored, *rebuilt])
    return [
        Difference(name, _shown(stored.get(name)), _shown(rebuilt.get(name)))
        for name in names
        if canonical({"v": stored.get(name)}) != canonical({"v": rebuilt.get(name)})
    ]


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES and isinstance(value, str):
        return datetime.fromisoformat(value)
    if name in _MONEY:
        return Decimal(repr(value))
    return tuple(value) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[:400]
