"""From a parsed question to the documents that answer it: filters and time order first, rankings only within them."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rag.bundle import Bundle
from rag.embedder import Embedder
from rag.filters import filter_of, filter_words, loosened
from rag.fusion import RECENCY_WEIGHT, fuse
from rag.index import IndexUnusableError, VectorIndex
from rag.old_signals import OldSignals
from rag.question.model import Intent, Parsed
from rag.question.terms import content_terms, themes_in
from rag.question.themes import Theme, is_about
from signals.model import Market
from storage.documents import DocumentStore
from storage.values import Document, DocumentFilter

log = logging.getLogger(__name__)

MOST_DOCUMENTS = 7
CANDIDATES = 100
MOST_SCORED = 20_000
_BUNDLES = (Intent.ADVICE, Intent.SIZE, Intent.COMPARE, Intent.CHART)


@dataclass(frozen=True, slots=True)
class Found:
    """Documents best first. `relaxed` names the filters given up, `filter_text` what was searched in the end.

    `notes` say what was not available while searching. `where` is the filter before anything was given up.
    """

    documents: tuple[Document, ...]
    relaxed: tuple[str, ...] = ()
    filter_text: str = ""
    notes: tuple[str, ...] = ()
    where: DocumentFilter | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    terms: tuple[str, ...]
    themes: tuple[Theme, ...]
    newest: bool
    limit: int


def _one_external(documents: Sequence[Document], types: Sequence[str]) -> tuple[Document, ...]:
    """Text of strangers has one place in an answer, unless it is what was asked for."""
    if "news" in types:
        return tuple(documents)
    first = next((d.doc_id for d in documents if d.trust == "external"), None)
    return tuple(d for d in documents if d.trust != "external" or d.doc_id == first)


class Retriever:
    """Finds documents within scopes and `as_of`, which every call names; nothing outside is looked at."""

    def __init__(
        self,
        documents: DocumentStore,
        index: VectorIndex | None,
        embedder: Embedder | None,
        old: OldSignals | None = None,
    ) -> None:
        """Without index or embedder the full text ranks alone; both only decide the order within the filters.

        `old` is asked where no document passes: signals of long ago are documents by month only.
        """
        self._old = old
        self._documents = documents
        self._index = index
        self._embedder = embedder
        self._bundle = Bundle(documents, old)

    @property
    def embedder(self) -> Embedder | None:
        """What turns questions into vectors here, None where only the full text ranks."""
        return self._embedder

    async def find(self, parsed: Parsed, scopes: Sequence[str], as_of: datetime, limit: int = MOST_DOCUMENTS) -> Found:
        """The documents for a question, at most `limit` (or as many as it asked for, if that is fewer).

        What the question pins down is a filter; when nothing passes, filters are given up in the order of
        `rag.filters.loosened`, and the result says which. A hit in a trade note stands for its trade. A question about
        an asset that is not watched finds nothing, never another asset's records.
        """
        if parsed.unknown and not parsed.symbols:
            return Found((), filter_text=f"{', '.join(parsed.unknown)} (not watched)")
        if parsed.intent in _BUNDLES and parsed.symbols and parsed.measure is None:
            return await self._bundles(parsed, scopes, as_of, limit)
        limit = min(limit, parsed.limit) if parsed.limit and parsed.intent is Intent.LATEST else limit
        notes = parsed.types == ("trade_note",)
        newest = parsed.intent in (Intent.LATEST, Intent.NEWS)
        terms = () if newest else content_terms(parsed.text)
        asked = _Asked(parsed.text, terms, themes_in(parsed.text) if notes else (), newest, limit)
        strict = filter_of(parsed, scopes, as_of)
        for where, relaxed in loosened(strict):
            search = self._notes_about if notes else self._ranked
            documents, said = await search(where, asked)
            if not documents and self._old is not None:
                documents = await self._old.find(where, limit)
            if documents:
                return Found(_one_external(documents, where.types), relaxed, filter_words(where), said, strict)
        return Found((), (), filter_words(strict), (), strict)

    async def advice_bundle(
        self, about: Market | Parsed, scopes: Sequence[str], as_of: datetime, limit: int = MOST_DOCUMENTS
    ) -> Found:
        """What a recommendation should look at, with a quota for each kind; see `rag.bundle`.

        `about` is a market, or a question, of which the first symbol and timeframe count; without a symbol: nothing.
        """
        if isinstance(about, Parsed):
            if about.symbol is None:
                return Found((), filter_text="no symbol")
            symbol, timeframe = about.symbol, about.timeframes[0] if about.timeframes else None
        else:
            symbol, timeframe = about.symbol, about.timeframe.value
        where = DocumentFilter(tuple(scopes), as_of)
        documents = await self._bundle.collect(symbol, timeframe, where, limit)
        searched = filter_of(Parsed("", Intent.ADVICE, symbols=(symbol,)), scopes, as_of)
        return Found(documents, (), filter_words(searched), (), searched)

    async def _bundles(self, parsed: Parsed, scopes: Sequence[str], as_of: datetime, limit: int) -> Found:
        symbols = parsed.symbols[:limit] if parsed.intent is Intent.COMPARE else parsed.symbols[:1]
        share = max(1, limit // len(symbols))
        single = [replace(parsed, symbols=(symbol,)) for symbol in symbols]
        found = [await self.advice_bundle(one, scopes, as_of, share) for one in single]
        documents = tuple(document for one in found for document in one.documents)
        strict = filter_of(Parsed("", parsed.intent, symbols=symbols), scopes, as_of)
        return Found(documents, (), filter_words(strict), (), strict)

    async def _ranked(self, where: DocumentFilter, asked: _Asked) -> tuple[tuple[Document, ...], tuple[str, ...]]:
        newest = await self._documents.find(where, limit=asked.limit)
        if asked.newest or not asked.terms or len(newest) < asked.limit:
            return newest, ()
        matches = await self._documents.search(where, asked.terms, CANDIDATES)
        if not matches:
            return newest, ()
        return await self._fused(where, [doc_id for doc_id, _ in matches], asked)

    async def _fused(
        self, where: DocumentFilter, matches: Sequence[str], asked: _Asked
    ) -> tuple[tuple[Document, ...], tuple[str, ...]]:
        by_time = await self._documents.ids(where)
        alike, notes = await self._alike(by_time[:MOST_SCORED], asked.text, where.scopes)
        order = fuse([(matches, 1.0), (alike, 1.0), (by_time[:CANDIDATES], RECENCY_WEIGHT)])
        return await self._documents.get(order[: asked.limit]), notes

    async def _alike(
        self, ids: Sequence[str], text: str, scopes: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self._index is None or self._embedder is None or not ids:
            return (), ()
        vectors = await asyncio.to_thread(self._embedder.embed, [text])
        try:
            scores = await self._index.scores(ids, vectors[0], scopes)
        except IndexUnusableError as e:
            log.warning("full text only: %s", e)
            return (), (f"Searched by full text only: {e}",)
        return tuple(heapq.nlargest(CANDIDATES, scores, key=lambda one: scores[one])), ()

    async def _notes_about(self, where: DocumentFilter, asked: _Asked) -> tuple[tuple[Document, ...], tuple[str, ...]]:
        if not asked.themes:
            documents, said = await self._ranked(where, asked)
            return await self._with_trades(documents, where), said
        terms = tuple(dict.fromkeys(term for theme in asked.themes for term in theme.terms))
        matches = await self._documents.search(where, terms, 5 * CANDIDATES)
        documents = await self._documents.get([doc_id for doc_id, _ in matches])
        meant = [d for d in documents if any(is_about(theme, d.text) for theme in asked.themes)]
        meant.sort(key=lambda d: d.at, reverse=True)
        return await self._with_trades(meant[: asked.limit], where), ()

    async def _with_trades(self, notes: Sequence[Document], where: DocumentFilter) -> tuple[Document, ...]:
        trades = await self._documents.get([note.parent for note in notes if note.parent])
        visible = {t.doc_id: t for t in trades if t.scope in where.scopes and t.known_at <= where.as_of}
        whole = []
        for note in notes:
            trade = visible.get(note.parent or "")
            whole.append(replace(trade, text=f"{trade.text} {note.text}", trust=note.trust) if trade else note)
        return tuple(whole)
