"""What each part of the way from question to documents is worth: the same questions with parts left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rag.embedder import Embedder
from rag.filters import filter_of, loosened
from rag.fusion import RECENCY_WEIGHT, fuse
from rag.index import VectorIndex
from rag.question.model import Intent, Parsed
from storage.documents import DocumentStore
from storage.values import Document, DocumentFilter

CANDIDATES = 100
_WORD = re.compile(r"[a-z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Variant:
    """Which parts take part. Scope and `as_of` always do: without them there would be leaks, not answers."""

    name: str
    filters: bool
    time: bool
    words: bool
    dense: bool


VARIANTS = (
    Variant("no filters", filters=False, time=True, words=True, dense=True),
    Variant("no time order", filters=True, time=False, words=True, dense=True),
    Variant("dense only", filters=False, time=False, words=False, dense=True),
    Variant("full text only", filters=False, time=False, words=True, dense=False),
    Variant("hybrid", filters=False, time=False, words=True, dense=True),
)


class Ablated:
    """Retrieval with parts left out; without index or embedder the dense part is left out everywhere."""

    def __init__(self, documents: DocumentStore, index: VectorIndex | None, embedder: Embedder | None) -> None:
        self._documents = documents
        self._index = index
        self._embedder = embedder

    async def find(
        self, variant: Variant, parsed: Parsed, scopes: Sequence[str], as_of: datetime, limit: int
    ) -> tuple[Document, ...]:
        """At most `limit` documents, best first."""
        bare = DocumentFilter(tuple(scopes), as_of)
        ladder = loosened(filter_of(parsed, scopes, as_of)) if variant.filters else iter([(bare, ())])
        for where, _ in ladder:
            found = await self._ranked(variant, where, parsed, limit)
            if found:
                return found
        return ()

    async def _ranked(
        self, variant: Variant, where: DocumentFilter, parsed: Parsed, limit: int
    ) -> tuple[Document, ...]:
        if variant.time and parsed.intent in (Intent.LATEST, Intent.NEWS):
            return await self._documents.find(where, limit=limit)
        by_time = await self._documents.ids(where)
        rankings: list[tuple[Sequence[str], float]] = []
        if variant.words:
            terms = tuple(dict.fromkeys(_WORD.findall(parsed.text.lower())))
            matches = await self._documents.search(where, terms, CANDIDATES)
            rankings.append(([one for one, _ in matches], 1.0))
        if variant.dense:
            rankings.append((await self._alike(by_time, parsed.text, where.scopes), 1.0))
        if variant.time:
            rankings.append((by_time[:CANDIDATES], RECENCY_WEIGHT))
        return await self._documents.get(fuse(rankings)[:limit])

    async def _alike(self, ids: Sequence[str], text: str, scopes: Sequence[str]) -> tuple[str, ...]:
        if self._index is None or self._embedder is None or not ids:
            return ()
        scores = await self._index.scores(ids, self._embedder.embed([text])[0], scopes)
        return tuple(sorted(scores, key=lambda one: -scores[one])[:CANDIDATES])
