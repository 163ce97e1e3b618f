"""Carries changed records into the documents, the full text and the index; SQL is the truth, these are derived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from rag.embedder import Embedder, VectorArray
from rag.index import IndexEntry, IndexMismatchError, IndexUnusableError, VectorIndex
from rag.ingest_parts import EVERYTHING, IndexCheck, Part, ReindexReport
from rag.truth import TYPES, Truth
from signals.clock import Clock, to_ms
from storage.documents import content_hash
from storage.rows import as_row
from storage.stores import Stores
from storage.values import Document, Mark

log = logging.getLogger(__name__)

BATCH = 256
T = TypeVar("T")
Progress = Callable[[int, int], None]

NO_MODEL = "no embedding model: full text and filters only"
NO_INDEX = "no index: full text and filters only"


class Ingestor:
    """Sweeps, rebuilds and checks; one of these per index. Without index or embedder it keeps the full text only.

    Sweeps go on while a rebuild runs: what they changed meanwhile is carried into the new index after the swap.
    """

    def __init__(self, stores: Stores, index: VectorIndex | None, embedder: Embedder | None, clock: Clock) -> None:
        """`index` and `embedder` are None where there is none; a broken index is treated likewise until `mend`."""
        self._stores = stores
        self._truth = Truth(stores)
        self._index = index
        self._embedder = embedder
        self._clock = clock
        self._turn = asyncio.Lock()
        self._rebuilding = asyncio.Lock()

    @property
    def note(self) -> str:
        """Why there are no vectors, to be shown; empty when there are."""
        if self._embedder is None:
            return NO_MODEL
        if self._index is None:
            return NO_INDEX
        return "" if self._index.fault is None else str(self._index.fault)

    @property
    def has_index(self) -> bool:
        """Whether there is an index beside the full text."""
        return self._index is not None

    async def sweep(self, limit: int = 500) -> int:
        """Carry over up to `limit` changed records; the number taken up. Zero means that nothing is pending.

        A crash between any two steps is mended by the next sweep: marks are removed last, and only where the record
        has not changed meanwhile. A broken index does not hold the full text up; `mend` fills it later.
        """
        async with self._turn:
            marks = await self._stores.marks.pending(limit)
            documents, gone = await self._looked_up(marks)
            await self._carry(documents, gone)
            await self._stores.marks.done(marks)
            return len(marks)

    async def _looked_up(self, marks: Sequence[Mark]) -> tuple[list[Document], list[str]]:
        """What the marked records are now: their documents, and the ids of those that are no more."""
        keys: dict[str, list[str]] = {}
        for mark in marks:
            keys.setdefault(mark.type, []).append(mark.pk)
        documents: list[Document] = []
        gone: list[str] = []
        for kind, pks in keys.items():
            found = await self._truth.rendered(kind, pks)
            documents += found.values()
            gone += [f"{kind}:{pk}" for pk in pks if pk not in found]
        return documents, gone

    async def sweep_all(self, limit: int = 500) -> int:
        """Sweep until nothing is pending; the number of records taken up."""
        total = 0
        while taken := await self.sweep(limit):
            total += taken
        return total

    async def settle(self) -> None:
        """Put the index's files away after writing."""
        if self._index is not None:
            async with self._turn:
                await self._index.settle()

    async def reindex(self, progress: Progress | None = None, part: Part = EVERYTHING) -> ReindexReport:
        """Render every record of `part` anew and build a new index beside the live one, which serves until the swap.

        Vectors of other documents are taken over where they are known. `progress` gets (vectors written, documents).
        Raises IndexUnusableError when the new index cannot be written.
        """
        async with self._rebuilding:
            await self._render(part)
            if part.whole:
                await self._stores.documents.rebuild_fulltext()
            return await self._rebuilt(progress, part)

    async def mend(self, progress: Progress | None = None) -> str:
        """Rebuild what is damaged, missing or torn of the index from the documents; why, empty when it was sound.

        Nothing is done while a rebuild runs. An index with another model's vectors is left alone: a person must have
        meant one of the two (`reindex`).
        """
        if self._index is None or self._embedder is None or isinstance(self._index.fault, IndexMismatchError):
            return ""
        if self._rebuilding.locked():
            return ""
        async with self._rebuilding:
            why = await self._index.look()
            if why:
                log.warning("the index is rebuilt: %s", why)
                await self._rebuilt(progress, None)
            return why

    async def forget(self, remove: Callable[[], Awaitable[T]]) -> T:
        """Let `remove` take records and their documents away, with no sweep running; vectors follow with `compact`."""
        async with self._turn:
            return await remove()

    async def compact(self) -> int:
        """Write the index anew with what SQL holds and nothing else, to the last byte; how many entries it kept.

        Known vectors are taken over, nothing is rendered again. Zero without an index. Raises IndexUnusableError.
        """
        if self._index is None:
            return 0
        async with self._rebuilding:
            return (await self._rebuilt(None, None)).vectors

    async def check(self) -> IndexCheck:
        """Compare the ids and hashes of documents and index, and mend the index where it differs.

        Every byte of the index is read; what cannot be trusted is built anew (`note` says why), but for another model's
        vectors, about which a person must decide.
        """
        if self._index is not None and self._embedder is not None:
            async with self._rebuilding:
                why = await self._index.look(thorough=True)
                found = await self._compared() if self._index.fault is None else None
                if why and not isinstance(self._index.fault, IndexMismatchError):
                    log.warning("the index is rebuilt: %s", why)
                    await self._rebuilt(None, None)
                if found is not None:
                    return found
                repaired = await self._index.count() if self._index.fault is None else 0
                return await self._without_index(why, repaired)
        return replace(await self._without_index(self.note), missing=())

    async def _without_index(self, note: str, repaired: int = 0) -> IndexCheck:
        """An index that could not be used held nothing."""
        in_sql = sorted(await self._stores.documents.all_ids())
        pending = await self._stores.marks.pending_count()
        return IndexCheck(len(in_sql), 0, tuple(in_sql), (), 0, repaired, pending, self._clock.now(), note)

    async def _compared(self) -> IndexCheck:
        assert self._index is not None
        async with self._turn:
            in_index = await self._index.ids()
            pending = await self._stores.marks.pending_count()
            missing, surplus, stale = await self._level()
            await self._index.settle()
            count = len(in_index) + len(missing) - len(surplus)
            sides = tuple(sorted(missing)), tuple(sorted(surplus))
            repaired = len(missing) + len(stale)
            return IndexCheck(count, len(in_index), *sides, len(stale), repaired, pending, self._clock.now())

    async def _level(self) -> tuple[set[str], set[str], set[str]]:
        """Make the index hold what SQL holds: the ids that it lacked, had too many, or had in a former version."""
        assert self._index is not None
        assert self._embedder is not None
        wanted = await self._stores.documents.all_hashes()
        held = await self._index.hashes(tuple(await self._index.ids()))
        surplus = held.keys() - wanted.keys()
        missing = wanted.keys() - held.keys()
        stale = {one for one, content in held.items() if one in wanted and wanted[one] != content}
        await self._index.delete(sorted(surplus))
        changed = sorted(missing | stale)
        for start in range(0, len(changed), BATCH):
            documents = await self._stores.documents.get(changed[start : start + BATCH])
            await self._index.upsert(await self._entries(documents))
        return set(missing), set(surplus), stale

    async def _render(self, part: Part) -> None:
        """Make the documents of a part anew, a portion at a time, so that others may write in between."""
        before = {d.doc_id async for batch in self._stores.documents.batches(BATCH) for d in batch if part.has(d)}
        kept: set[str] = set()
        rendered = self._truth.documents(part.types or TYPES)
        while True:
            async with self._turn:  # a record that changes meanwhile is swept after this portion was written
                batch = await anext(rendered, None)
                if batch is None:
                    break
                documents = [d for d in batch if part.has(d)]
                await self._stores.documents.upsert(documents, force=True)
                kept.update(d.doc_id for d in documents)
        async with self._turn:
            await self._stores.documents.delete(sorted(before - kept))

    async def _rebuilt(self, progress: Progress | None, fresh: Part | None) -> ReindexReport:
        """Build the index anew; vectors that are known and not of the `fresh` part are taken over."""
        total = len(await self._stores.documents.all_ids())
        vectors = 0
        if self._index is not None and self._embedder is not None:
            vectors = await self._index.rebuild(self._all_entries(total, progress, fresh))
            async with self._turn:
                await self._level()
                await self._index.settle()
        return ReindexReport(total, vectors, self._clock.now(), self.note)

    async def _carry(self, documents: Sequence[Document], gone: Sequence[str]) -> None:
        await self._stores.documents.upsert(documents)
        await self._stores.documents.delete(gone)
        if self._index is None or self._index.fault is not None:
            return
        try:
            await self._index.delete(gone)
            if self._embedder is not None:
                await self._embed_changed(documents)
        except IndexUnusableError as e:
            log.warning("full text only: %s", e)
            self._index.distrust(str(e))

    async def _embed_changed(self, documents: Sequence[Document]) -> None:
        assert self._index is not None
        known = await self._index.hashes([d.doc_id for d in documents])
        changed = [d for d in documents if known.get(d.doc_id) != content_hash(d)]
        for start in range(0, len(changed), BATCH):
            await self._index.upsert(await self._entries(changed[start : start + BATCH]))

    async def _all_entries(
        self, total: int, progress: Progress | None, fresh: Part | None
    ) -> AsyncIterator[Sequence[IndexEntry]]:
        written = 0
        async for documents in self._stores.documents.batches(BATCH):
            yield await self._entries(documents, lambda d: fresh is None or not fresh.has(d))
            written += len(documents)
            if progress is not None:
                progress(written, total)

    async def _entries(
        self, documents: Sequence[Document], may_reuse: Callable[[Document], bool] = lambda _: False
    ) -> list[IndexEntry]:
        assert self._index is not None
        assert self._embedder is not None
        hashes = {d.doc_id: content_hash(d) for d in documents}
        vectors: dict[str, VectorArray] = {}
        for d in documents:
            known = self._index.vector(d.scope, d.doc_id, hashes[d.doc_id]) if may_reuse(d) else None
            if known is not None:
                vectors[d.doc_id] = known
        new = [d for d in documents if d.doc_id not in vectors]
        if new:
            made = await asyncio.to_thread(self._embedder.embed, [d.text for d in new])
            vectors |= {d.doc_id: row for d, row in zip(new, made, strict=True)}
        model = self._embedder.model
        return [
            IndexEntry(d.doc_id, d.scope, vectors[d.doc_id], d.text, hashes[d.doc_id], _metadata(d, model))
            for d in documents
        ]


def _metadata(document: Document, model: str) -> dict[str, str | int]:
    found: dict[str, str | int] = {"at": to_ms(document.at), "known_at": to_ms(document.known_at)}
    plain = as_row(document) | {"embedding_model": model}
    return found | {k: v for k, v in plain.items() if isinstance(v, str) and k not in ("doc_id", "text")}
