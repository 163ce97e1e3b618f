"""What an index of vectors provides, its values and its errors."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rag.embedder import VectorArray
from signals.errors import TemporaryError, UserError


class IndexUnusableError(UserError):
    """The index cannot be used as it is; a reindex mends it. Until then answers use SQL and full text."""


class IndexMismatchError(IndexUnusableError):
    """The index holds vectors of another model or length; they are never mixed."""


class IndexBrokenError(IndexUnusableError):
    """The index's files are damaged or missing."""


class IndexInUseError(TemporaryError):
    """Another process owns the index: two writers would corrupt it silently. The text names its pid."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A document's vector (L2-normalised float32) with what is kept beside it.

    `content_hash` tells whether the document has changed since; `metadata` is flat, without None.
    """

    doc_id: str
    scope: str
    vector: VectorArray
    text: str
    content_hash: str
    metadata: Mapping[str, str | int] = field(default_factory=dict)


class VectorIndex(Protocol):
    """Vectors by document id, kept apart by scope. All methods may raise IndexBrokenError.

    Where `scopes` is given, nothing outside of these scopes is looked at; None means all of them.
    """

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Add entries, or replace those with the same id and scope in place. Idempotent."""
        ...

    async def scores(
        self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Exact cosine of `vector` with each of `ids`; ids that the index lacks are left out."""
        ...

    async def nearest(
        self, vector: VectorArray, limit: int, scopes: Sequence[str] | None = None
    ) -> tuple[tuple[str, float], ...]:
        """The approximately nearest ids with their cosines, best first; knows no filter but the scope."""
        ...

    async def ids(self) -> frozenset[str]:
        """Every id in the index."""
        ...

    async def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """`content_hash` of those of `ids` that are in the index."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids wherever they are; absent ones are no error."""
        ...

    async def count(self) -> int:
        """Entries in the index."""
        ...

    async def rebuild(self, batches: AsyncIterable[Sequence[IndexEntry]]) -> int:
        """Build a new index beside the live one and swap it in when `batches` is exhausted; the entries written.

        The live index serves until the swap, and stays when `batches` raises.
        """
        ...

    async def keep_only(self, ids: Collection[str]) -> int:
        """Write the index anew with these ids alone, so that no byte of the others stays on disk; how many it kept.

        The live index serves until the swap, and stays when anything raises. Nothing is embedded again.
        """
        ...
