"""Vectors in Chroma, embedded in this process, for asynchronous callers."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from rag.embedder import VectorArray
from rag.index.folder import IndexFolder
from rag.index.generation import Generation, Identity
from rag.index.port import IndexEntry

COPIED = 500

P = ParamSpec("P")
T = TypeVar("T")


class ChromaIndex:
    """A `VectorIndex` on disk, owned by one process; all work on it happens in one thread of its own."""

    def __init__(self, folder: IndexFolder, generation: Generation, worker: ThreadPoolExecutor) -> None:
        """Use `open` or `open_empty`."""
        self._folder = folder
        self._live = generation
        self._worker = worker

    @classmethod
    async def open(cls, folder: Path, *, model: str, dimension: int) -> ChromaIndex:
        """Open the index, creating an empty one in a new folder.

        Raises IndexInUseError when another process owns it, IndexMismatchError when it holds another model's vectors,
        IndexBrokenError when it is damaged, UserError when the folder cannot be written.
        """
        return await cls._opened(folder, Identity(model, dimension), empty=False)

    @classmethod
    async def open_empty(cls, folder: Path, *, model: str, dimension: int) -> ChromaIndex:
        """Throw away what the folder holds and start with an empty index: the way out of an IndexUnusableError.

        Raises IndexInUseError and UserError as `open` does.
        """
        return await cls._opened(folder, Identity(model, dimension), empty=True)

    @classmethod
    async def _opened(cls, folder: Path, identity: Identity, *, empty: bool) -> ChromaIndex:
        owned = IndexFolder(folder)
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")
        try:
            generation = await asyncio.get_running_loop().run_in_executor(worker, _open_live, owned, identity, empty)
        except BaseException:
            worker.shutdown()
            owned.close()
            raise
        return cls(owned, generation, worker)

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace entries in place. ValueError for a vector of another length."""
        await self._run(self._live.upsert, entries)

    async def scores(
        self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Exact cosine of `vector` with each of `ids`; ids that the index lacks are left out."""
        return await self._run(self._live.scores, ids, vector, scopes)

    async def nearest(
        self, vector: VectorArray, limit: int, scopes: Sequence[str] | None = None
    ) -> tuple[tuple[str, float], ...]:
        """The approximately nearest ids with their cosines, best first."""
        return await self._run(self._live.nearest, vector, limit, scopes)

    async def ids(self) -> frozenset[str]:
        """Every id in the index."""
        return await self._run(self._live.ids)

    async def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """`content_hash` of those of `ids` that are in the index."""
        return await self._run(self._live.hashes, ids)

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids wherever they are."""
        await self._run(self._live.delete, ids)

    async def count(self) -> int:
        """Entries in the index."""
        return await self._run(self._live.count)

    async def rebuild(self, batches: AsyncIterable[Sequence[IndexEntry]]) -> int:
        """Build a new index beside the live one, then swap; the number of entries written. See `VectorIndex`."""
        fresh = await self._run(Generation.create, self._folder.next(), self._live.identity)
        written = 0
        try:
            async for entries in batches:
                await self._run(fresh.upsert, entries)
                written += len(entries)
        except BaseException:
            await self._run(fresh.discard)
            raise
        await self._swap(fresh)
        return written

    async def keep_only(self, ids: Collection[str]) -> int:
        """Write the index anew with these ids alone, so that no byte of the others stays; how many it kept."""
        return await self.rebuild(self._live_entries(frozenset(ids)))

    async def _live_entries(self, wanted: frozenset[str]) -> AsyncIterator[Sequence[IndexEntry]]:
        for scope, ids in await self._run(self._live.ids_by_scope):
            kept = [one for one in ids if one in wanted]
            for start in range(0, len(kept), COPIED):
                yield await self._run(self._live.entries, scope, kept[start : start + COPIED])

    async def _swap(self, fresh: Generation) -> None:
        old, self._live = self._live, fresh
        await self._run(old.close)
        await self._run(self._folder.make_live, fresh.path)

    async def close(self) -> None:
        """Let go of the files and of the lock; the index cannot be used afterwards."""
        await self._run(self._live.close)
        self._worker.shutdown()
        self._folder.close()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, functools.partial(work, *args, **kwargs))


def _open_live(folder: IndexFolder, identity: Identity, empty: bool) -> Generation:
    live = None if empty else folder.live()
    if live is not None:
        generation = Generation.open(live, identity)
        folder.remove_others(live)
        return generation
    generation = Generation.create(folder.next(), identity)
    folder.make_live(generation.path)
    return generation
