"""The structured recommendation: the same shape with and without a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from signals.clock import iso
from signals.model import Action, Cap, Vote

SCHEMA_VERSION = 1
Method = Literal["rag", "rules"]
Risk = Literal["low", "medium", "high", "unknown"]
Stance = Literal["confirm", "caution", "veto", "none"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that code computed: `value` is exact, `text` is how it is shown, unit included."""

    key: str
    label: str
    value: float | int | str | None
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A stored document that was shown to the model and may be cited as [n]."""

    n: int
    doc_id: str
    type: str
    at: datetime
    trust: str
    text: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer to "what should I do": plan, size, reasons and evidence (fields: the product page).

    Prices are rounded to the market's tick; `position_size_usd` and `risk_usd` are quote units. `method` is `rag` when
    a model's checked words are in it, `rules` otherwise; `fallback_reason` says why the model was not used.
    """

    recommendation_id: str
    question: str
    interpretation: str
    action: Action
    symbol: str | None
    timeframe: str | None
    exchange: str | None
    as_of: datetime
    price: float | None
    price_at: datetime | None
    reason: str
    reasoning: str
    method: Method
    data_age_s: int | None = None
    expires_at: datetime | None = None
    position_size_usd: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    size_bound_by: str | None = None
    size_caps: tuple[Cap, ...] = ()
    risk_usd: Decimal = Decimal(0)
    budget_usd: Decimal | None = None
    entry_points: tuple[float, ...] = ()
    exit_points: tuple[float, ...] = ()
    stop_loss: float | None = None
    invalidation: float | None = None
    reward_risk: float | None = None
    risk_assessment: Risk = "unknown"
    conviction: float | None = None
    confidence: float | None = None
    confidence_n: int = 0
    confidence_note: str = ""
    votes: tuple[Vote, ...] = ()
    stance: Stance = "none"
    what_would_change: str = ""
    warnings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    facts: tuple[Fact, ...] = ()
    strategy: str = "ensemble"
    simulated: bool = False
    model: str | None = None
    prompt_ref: str | None = None
    fallback_reason: str = ""
    schema_version: int = field(default=SCHEMA_VERSION)


Progress = Callable[[Recommendation], Awaitable[None]]


def to_json(value: Any) -> Any:
    """Plain JSON values of a (nested) frozen value: Decimals as numbers, times as ISO strings."""
    if isinstance(value, dict):
        return {k: to_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return iso(value)
    return value


def as_dict(recommendation: Recommendation) -> dict[str, Any]:
    """The recommendation in its published JSON form (`docs/recommendation.schema.json`)."""
    plain: dict[str, Any] = to_json(asdict(recommendation))
    return plain
