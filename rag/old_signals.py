"""Signals whose month stands for them in the documents, found by SQL and rendered on the spot."""

from __future__ import annotations

from datetime import datetime, timedelta

from rag.documents import outcome_document, signal_document
from signals.clock import from_ms
from signals.model import Issued, Timeframe, Transition
from storage.stores import Stores
from storage.values import SHARED, Document, DocumentFilter

MOST_READ = 2_000
_LISTS = (
    ("types", "type"),
    ("symbols", "symbol"),
    ("timeframes", "timeframe"),
    ("sides", "side"),
    ("strategies", "strategy"),
    ("setups", "setup"),
    ("exit_reasons", "exit_reason"),
    ("outcomes", "outcome"),
)


class OldSignals:
    """Looks among the newest 2,000 signals of the months that are summed up, within a filter."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def find(self, where: DocumentFilter, limit: int) -> tuple[Document, ...]:
        """Signals and outcomes that pass the filter, newest first; nothing outside the scope that all may read."""
        end = await self._stores.signal_months.end()
        if end is None or SHARED not in where.scopes or (where.types and not {"signal", "outcome"} & {*where.types}):
            return ()
        since, until = _bounds(where, end)
        found: list[Document] = []
        if since < until:
            for issued, final in await self._stores.signals.known_between(where.symbols, since, until, MOST_READ):
                found += [d for d in _rendered(issued, final) if _passes(d, where)]
        found.sort(key=lambda d: d.at, reverse=True)
        return tuple(found[:limit])


def _bounds(where: DocumentFilter, end: datetime) -> tuple[datetime, datetime]:
    """Between which times a signal was known that can pass: an outcome may be dated long after its signal."""
    margin = Timeframe.D1.duration * 62
    since = from_ms(0) if where.since is None else where.since - margin
    until = end if where.until is None else min(end, where.until + margin)
    return since, min(until, where.as_of + timedelta(milliseconds=1))


def _rendered(issued: Issued, final: Transition | None) -> tuple[Document, ...]:
    first = signal_document(issued)
    return (first,) if final is None else (first, outcome_document(issued, final))


def _passes(document: Document, where: DocumentFilter) -> bool:
    if document.known_at > where.as_of or (where.since and document.at < where.since):
        return False
    if where.until and document.at >= where.until:
        return False
    return all(not (wanted := getattr(where, many)) or getattr(document, one) in wanted for many, one in _LISTS)
