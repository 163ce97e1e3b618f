"""The index for asynchronous callers: exact scores from checked vectors, and Chroma's copy of them beside."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from rag.embedder import VectorArray
from rag.index.folder import IndexFolder
from rag.index.generation import Generation
from rag.index.port import IndexBrokenError, IndexEntry, IndexUnusableError
from rag.index.vectors import Identity

AT_ONCE = 2_000  # ids that are scored without leaving the event loop: about a millisecond

P = ParamSpec("P")
T = TypeVar("T")


class ChromaIndex:
    """A `VectorIndex` on disk, owned by one process; all changes happen in one thread of its own.

    It opens whatever the folder holds: what cannot be used is its `fault`, raised by every method but `rebuild`, which
    mends it. Damage to Chroma's files alone is no fault, as scores do not come from there; `look` tells of it.
    """

    def __init__(self, folder: IndexFolder, identity: Identity, worker: ThreadPoolExecutor) -> None:
        """Use `open`."""
        self._folder = folder
        self._identity = identity
        self._worker = worker
        self._live: Generation | None = None
        self.fault: IndexUnusableError | None = None
        self.found_nothing = False

    @classmethod
    async def open(cls, folder: Path, *, model: str, dimension: int) -> ChromaIndex:
        """Open the index, creating an empty one in a new folder (`found_nothing`).

        Raises IndexInUseError when another process owns it, UserError when the folder cannot be written. IndexMismatch-
        and IndexBrokenError are kept as `fault`.
        """
        owned = IndexFolder(folder)
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")
        index = cls(owned, Identity(model, dimension), worker)
        try:
            await index._run(index._open_live)
        except BaseException:
            worker.shutdown()
            owned.close()
            raise
        return index

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace entries in place. ValueError for a vector of another length."""
        await self._watched(self._sound().upsert, entries)

    async def scores(
        self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Exact cosine of `vector` with each of `ids`; ids that the index lacks are left out. Waits for no writer."""
        vectors = self._sound().vectors
        if len(ids) <= AT_ONCE:
            return vectors.scores(ids, vector, scopes)
        return await asyncio.to_thread(vectors.scores, ids, vector, scopes)

    async def nearest(
        self, vector: VectorArray, limit: int, scopes: Sequence[str] | None = None
    ) -> tuple[tuple[str, float], ...]:
        """The approximately nearest ids with their cosines by Chroma, best first."""
        return await self._run(self._sound().nearest, vector, limit, scopes)

    async def ids(self) -> frozenset[str]:
        """Every id."""
        return await self._run(self._sound().vectors.ids)

    async def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """`content_hash` of those of `ids` that are in the index."""
        return await self._run(self._sound().vectors.known, ids)

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids wherever they are."""
        await self._watched(self._sound().delete, ids)

    async def count(self) -> int:
        """Entries in the index."""
        return len(self._sound().vectors)

    def vector(self, scope: str, doc_id: str, content_hash: str) -> VectorArray | None:
        """The vector of exactly this content, though the index be distrusted; None when it is not here."""
        return None if self._live is None else self._live.vectors.vector(scope, doc_id, content_hash)

    async def look(self, *, thorough: bool = False) -> str:
        """Why a rebuild is called for, empty when it is not; damage to the vectors becomes the `fault`.

        `thorough` reads every byte.
        """
        if self.fault is None and self._live is not None:
            try:
                await self._watched(self._live.look, thorough=thorough)
            except IndexUnusableError:
                return str(self.fault)
            return self._live.frayed
        return str(self.fault)

    async def settle(self) -> None:
        """Close and seal Chroma's files until the next write: what is found changed then is not trusted."""
        if self._live is not None:
            await self._run(self._live.settle)

    def distrust(self, why: str) -> None:
        """Take the index for broken until it is rebuilt."""
        self.fault = self.fault or IndexBrokenError(why)

    async def rebuild(self, batches: AsyncIterable[Sequence[IndexEntry]]) -> int:
        """Build a new index beside the live one, then swap; the number of entries written. See `VectorIndex`."""
        await self._run(self._folder.hold)
        fresh = await self._run(Generation.create, self._folder.next(), self._identity)
        written = 0
        try:
            async for entries in batches:
                await self._run(fresh.upsert, entries)
                written += len(entries)
            await self._run(fresh.settle)
            await self._run(self._folder.point_to, fresh.path)
        except BaseException:
            await self._run(fresh.discard)
            raise
        old, self._live, self.fault = self._live, fresh, None
        if old is not None:
            await self._run(old.close)
        await self._run(self._folder.remove_others, fresh.path)
        return written

    async def close(self) -> None:
        """Let go of the files and of the lock; the index cannot be used afterwards."""
        if self._live is not None:
            await self._run(self._live.close)
        self._worker.shutdown()
        self._folder.close()

    def _open_live(self) -> None:
        try:
            live = self._folder.live()
            if live is None:
                self._live = Generation.create(self._folder.next(), self._identity)
                self._live.settle()
                self._folder.point_to(self._live.path)
                self.found_nothing = True
            else:
                self._live = Generation.open(live, self._identity)
                self._folder.remove_others(live)
        except IndexUnusableError as e:
            self.fault = e

    def _sound(self) -> Generation:
        if self.fault is not None:
            raise type(self.fault)(str(self.fault))
        if self._live is None:
            raise IndexBrokenError("The index is not open. Rebuild it: deskmate reindex")
        return self._live

    async def _watched(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._run(work, *args, **kwargs)
        except IndexUnusableError as e:
            self.fault = e
            raise

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, functools.partial(work, *args, **kwargs))
