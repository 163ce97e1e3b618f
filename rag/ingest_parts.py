"""What a reindex is asked for, and what it and the daily check report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.values import Document


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What a reindex wrote; `note` says why there are no vectors, where there are none."""

    documents: int
    vectors: int
    finished_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """Documents in SQL against entries in the index, before `repaired` were written and `surplus` removed.

    `missing` and `surplus` are sorted ids; `stale` counts entries of documents that have changed since.
    """

    documents: int
    indexed: int
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    stale: int
    repaired: int
    pending: int
    checked_at: datetime
    note: str = ""

    @property
    def equal(self) -> bool:
        """True when the two held the same ids before anything was repaired."""
        return not self.missing and not self.surplus


@dataclass(frozen=True, slots=True)
class Part:
    """What a reindex renders and embeds anew: documents of these types, scope and symbols; empty means any."""

    types: tuple[str, ...] = ()
    scope: str | None = None
    symbols: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether that is everything."""
        return self == EVERYTHING

    def has(self, document: Document) -> bool:
        """Whether the document belongs to it."""
        in_types = not self.types or document.type in self.types
        in_scope = self.scope is None or document.scope == self.scope
        return in_types and in_scope and (not self.symbols or document.symbol in self.symbols)


EVERYTHING = Part()
