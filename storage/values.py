"""Values that exist only because they are remembered: documents, filters, job runs, sync state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SHARED = "shared"


def scope_of(owner: str | None) -> str:
    """`shared` for everybody's records, `user:ID` for a person's own."""
    return SHARED if owner is None else f"user:{owner}"


@dataclass(frozen=True, slots=True)
class Document:
    """One record as a sentence, with what it can be filtered by. `doc_id` is `type:pk`.

    `at` is when it happened, `known_at` the moment from which it may be seen; `trust` is `internal`, `user` or
    `external`. Outcomes are never part of a signal's text: they are documents of their own.
    """

    doc_id: str
    type: str
    text: str
    at: datetime
    known_at: datetime
    scope: str = SHARED
    symbol: str | None = None
    timeframe: str | None = None
    side: str | None = None
    strategy: str | None = None
    setup: str | None = None
    exit_reason: str | None = None
    outcome: str | None = None
    parent: str | None = None
    trust: str = "internal"
    template: str = "1"

    @property
    def pk(self) -> str:
        """The record's own key."""
        return self.doc_id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What may be looked at. `scopes` and `as_of` are required: no query runs without them. Empty means any.

    `since` is inclusive and `until` exclusive, both on `Document.at`; `as_of` bounds `known_at`.
    """

    scopes: tuple[str, ...]
    as_of: datetime
    types: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    exit_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A record that changed and has not reached the index yet; written in the record's own transaction."""

    type: str
    pk: str
    revision: int


@dataclass(frozen=True, slots=True)
class JobRun:
    """One slot of one job: what ran, who runs it until when, and how it ended.

    `state` is running, done, failed or skipped; `fence` grows with each take-over, so a late holder cannot finish it.
    """

    job: str
    slot: datetime
    state: str
    holder: str
    fence: int
    lease_until: datetime
    started_at: datetime
    finished_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SeriesState:
    """How the last sync of a series went: `status` is ok, unavailable, error, gap or quarantined; `note` says why."""

    exchange: str
    symbol: str
    timeframe: str
    status: str
    note: str
    checked_at: datetime
    newest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoggedRecommendation:
    """A recommendation as it was given, with all that is needed to rebuild it. Dictionaries are plain JSON."""

    recommendation_id: str
    owner: str
    question: str
    created_at: datetime
    as_of: datetime
    symbol: str | None
    action: str
    method: str
    model: str | None
    model_digest: str | None
    prompt_ref: str | None
    payload: dict[str, Any] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    twin: dict[str, Any] = field(default_factory=dict)
    raw_output: str | None = None
