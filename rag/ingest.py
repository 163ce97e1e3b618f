"""Carries changed records into the documents, the full text and the index; SQL is the truth, these are derived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar

from rag.embedder import Embedder
from rag.index import IndexEntry, IndexUnusableError, VectorIndex
from rag.truth import Truth
from signals.clock import Clock, to_ms
from storage.documents import content_hash
from storage.stores import Stores
from storage.values import Document

log = logging.getLogger(__name__)

BATCH = 256
T = TypeVar("T")
Progress = Callable[[int, int], None]

NO_MODEL = "no embedding model: full text and filters only"
NO_INDEX = "no index: full text and filters only"


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


class Ingestor:
    """Sweeps, rebuilds and checks; one of these at a time. Without index or embedder it keeps the full text only."""

    def __init__(self, stores: Stores, index: VectorIndex | None, embedder: Embedder | None, clock: Clock) -> None:
        """`index` and `embedder` are None where there is none; a broken index is treated likewise until a reindex."""
        self._stores = stores
        self._truth = Truth(stores)
        self._index = index
        self._embedder = embedder
        self._clock = clock
        self._broken = ""
        self._turn = asyncio.Lock()

    @property
    def note(self) -> str:
        """Why there are no vectors, to be shown; empty when there are."""
        if self._embedder is None:
            return NO_MODEL
        return NO_INDEX if self._index is None else self._broken

    @property
    def has_index(self) -> bool:
        """Whether there is an index beside the full text."""
        return self._index is not None

    async def sweep(self, limit: int = 500) -> int:
        """Carry over up to `limit` changed records; the number taken up. Zero means that nothing is pending.

        A crash between any two steps is mended by the next sweep: marks are removed last, and only where the record
        has not changed meanwhile. A broken index does not hold the full text up; `check` fills it later.
        """
        async with self._turn:
            marks = await self._stores.marks.pending(limit)
            documents, gone = [], []
            for mark in marks:
                document = await self._truth.document(mark.type, mark.pk)
                if document is None:
                    gone.append(f"{mark.type}:{mark.pk}")
                else:
                    documents.append(document)
            await self._carry(documents, gone)
            await self._stores.marks.done(marks)
            return len(marks)

    async def sweep_all(self, limit: int = 500) -> int:
        """Sweep until nothing is pending; the number of records taken up."""
        total = 0
        while taken := await self.sweep(limit):
            total += taken
        return total

    async def reindex(self, progress: Progress | None = None) -> ReindexReport:
        """Render every record anew and build a new index beside the live one, which serves until the swap.

        `progress` gets (vectors written, documents). Records that change meanwhile stay marked for the next sweep.
        Raises IndexUnusableError when the new index cannot be written.
        """
        async with self._turn:
            await self._stores.documents.replace_all(self._truth.documents())
            total = len(await self._stores.documents.all_ids())
            vectors = 0
            if self._index is not None and self._embedder is not None:
                vectors = await self._index.rebuild(self._all_entries(self._embedder, total, progress))
                self._broken = ""
            return ReindexReport(total, vectors, self._clock.now(), self.note)

    async def forget(self, remove: Callable[[], Awaitable[T]]) -> T:
        """Let `remove` take records and their documents away, with no sweep running; vectors follow with `compact`."""
        async with self._turn:
            return await remove()

    async def compact(self) -> int:
        """Write the index anew with what SQL holds and nothing else, to the last byte; how many entries it kept.

        A broken one is built from SQL instead. Zero without an index. Raises IndexUnusableError when that fails too.
        """
        if self._index is None:
            return 0
        try:
            async with self._turn:
                return await self._index.keep_only(await self._stores.documents.all_ids())
        except IndexUnusableError:
            return (await self.reindex()).vectors

    async def check(self) -> IndexCheck:
        """Compare the ids and hashes of documents and index, and mend the index where it differs."""
        async with self._turn:
            in_sql = await self._stores.documents.all_ids()
            pending = await self._stores.marks.pending_count()
            if self._index is None or self._embedder is None:
                return IndexCheck(len(in_sql), 0, (), (), 0, 0, pending, self._clock.now(), self.note)
            in_index = await self._index.ids()
            missing, surplus = in_sql - in_index, in_index - in_sql
            await self._index.delete(sorted(surplus))
            repaired = 0
            async for documents in self._stores.documents.batches(BATCH):
                repaired += await self._embed_changed(self._index, self._embedder, documents)
            stale = repaired - len(missing)
            self._broken = ""
            sides = tuple(sorted(missing)), tuple(sorted(surplus))
            return IndexCheck(len(in_sql), len(in_index), *sides, stale, repaired, pending, self._clock.now())

    async def _carry(self, documents: Sequence[Document], gone: Sequence[str]) -> None:
        moved = await self._moved(documents)
        await self._stores.documents.upsert(documents)
        await self._stores.documents.delete(gone)
        if self._index is None or self._broken:
            return
        try:
            await self._index.delete([*gone, *moved])
            if self._embedder is not None:
                await self._embed_changed(self._index, self._embedder, documents)
        except IndexUnusableError as e:
            self._broken = str(e)
            log.warning("full text only: %s", e)

    async def _moved(self, documents: Sequence[Document]) -> list[str]:
        """Ids whose document belongs to another scope than the one stored: a person's words must not stay behind."""
        stored = await self._stores.documents.get([d.doc_id for d in documents])
        scopes = {d.doc_id: d.scope for d in stored}
        return [d.doc_id for d in documents if scopes.get(d.doc_id, d.scope) != d.scope]

    async def _embed_changed(self, index: VectorIndex, embedder: Embedder, documents: Sequence[Document]) -> int:
        known = await index.hashes([d.doc_id for d in documents])
        changed = [d for d in documents if known.get(d.doc_id) != content_hash(d)]
        for start in range(0, len(changed), BATCH):
            await index.upsert(await _entries(embedder, changed[start : start + BATCH]))
        return len(changed)

    async def _all_entries(
        self, embedder: Embedder, total: int, progress: Progress | None
    ) -> AsyncIterator[Sequence[IndexEntry]]:
        written = 0
        async for documents in self._stores.documents.batches(BATCH):
            yield await _entries(embedder, documents)
            written += len(documents)
            if progress is not None:
                progress(written, total)


async def _entries(embedder: Embedder, documents: Sequence[Document]) -> list[IndexEntry]:
    vectors = await asyncio.to_thread(embedder.embed, [d.text for d in documents])
    return [
        IndexEntry(d.doc_id, d.scope, vector, d.text, content_hash(d), _metadata(d, embedder.model))
        for d, vector in zip(documents, vectors, strict=True)
    ]


def _metadata(document: Document, model: str) -> dict[str, str | int]:
    found: dict[str, str | int] = {"at": to_ms(document.at), "known_at": to_ms(document.known_at)}
    plain = asdict(document) | {"embedding_model": model}
    return found | {k: v for k, v in plain.items() if isinstance(v, str) and k not in ("doc_id", "text")}
