"""One Chroma folder with a collection per scope: the only home of `chromadb`."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from rag.embedder import VectorArray
from rag.index.cache import VectorCache
from rag.index.port import IndexBrokenError, IndexEntry, IndexMismatchError
from storage.values import SHARED

# The defaults lose 40-60 % recall on near-duplicate vectors at 100,000.
HNSW = {"ef_search": 1000, "ef_construction": 200, "max_neighbors": 32, "space": "cosine"}
BATCH = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose vectors an index holds."""

    model: str
    dimension: int

    def check(self, metadata: Mapping[str, Any] | None) -> None:
        """Raises IndexMismatchError when the metadata of a collection tells of other vectors."""
        held = ((metadata or {}).get("model"), (metadata or {}).get("dimension"))
        if held != (self.model, self.dimension):
            raise IndexMismatchError(
                f"The index holds vectors of {held[0]} ({held[1]} numbers), the embedding model is {self.model} "
                f"({self.dimension}). Rebuild it: deskmate reindex"
            )


class Generation:
    """One Chroma folder with a collection per scope. Blocking; used from the index's thread only."""

    def __init__(self, path: Path, identity: Identity) -> None:
        import chromadb
        from chromadb.config import Settings

        self.path = path
        self.identity = identity
        self._cache = VectorCache(identity.dimension)
        settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
        with _translated():
            self._client: Any = chromadb.PersistentClient(path=path, settings=settings)
            self._collections: dict[str, Any] = {
                c.metadata["scope"]: c for c in self._client.list_collections() if c.metadata
            }

    @classmethod
    def create(cls, path: Path, identity: Identity) -> Generation:
        """A new, empty one at `path`."""
        generation = cls(path, identity)
        generation._collection(SHARED)
        return generation

    @classmethod
    def open(cls, path: Path, identity: Identity) -> Generation:
        """An existing one; raises IndexMismatchError or IndexBrokenError."""
        if not (path / "chroma.sqlite3").is_file():
            raise IndexBrokenError(f"The index in {path} has lost its database. Rebuild it: deskmate reindex")
        generation = cls(path, identity)
        try:
            generation._check()
        except BaseException:
            generation.close()
            raise
        return generation

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace in place; ValueError for a vector of another length."""
        by_scope: dict[str, list[IndexEntry]] = {}
        for entry in {e.doc_id: e for e in entries}.values():
            if entry.vector.shape != (self.identity.dimension,):
                raise ValueError(f"{entry.doc_id}: a vector of shape {entry.vector.shape}")
            by_scope.setdefault(entry.scope, []).append(entry)
        for scope, group in by_scope.items():
            for part in _parts(group):
                with _translated():
                    self._collection(scope).upsert(
                        ids=[e.doc_id for e in part],
                        embeddings=np.stack([e.vector for e in part]),
                        metadatas=[{**e.metadata, "content_hash": e.content_hash} for e in part],
                        documents=[e.text for e in part],
                    )
        self._cache.forget([e.doc_id for e in entries])

    def scores(self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None) -> dict[str, float]:
        """Exact cosines of the ids that are here."""
        found: dict[str, float] = {}
        for scope in self._scopes(scopes):
            rest = [i for i in dict.fromkeys(ids) if i not in found]
            found |= self._cache.cosines(scope, rest, vector)
            for got in self._get(scope, [i for i in rest if i not in found], "embeddings"):
                if got["ids"]:
                    vectors = np.asarray(got["embeddings"], dtype=np.float32)
                    self._cache.put(scope, got["ids"], vectors)
                    found |= dict(zip(got["ids"], (vectors @ vector).tolist(), strict=True))
        return found

    def nearest(self, vector: VectorArray, limit: int, scopes: Sequence[str] | None) -> tuple[tuple[str, float], ...]:
        """The approximately nearest, best first."""
        found: list[tuple[str, float]] = []
        for scope in self._scopes(scopes):
            with _translated():
                got = self._collections[scope].query(
                    query_embeddings=vector[None, :], n_results=max(1, limit), include=["distances"]
                )
            distances = (got["distances"] or [[]])[0]
            found += [(doc_id, 1 - float(d)) for doc_id, d in zip(got["ids"][0], distances, strict=True)]
        return tuple(sorted(found, key=lambda pair: -pair[1])[:limit])

    def ids(self) -> frozenset[str]:
        """Every id."""
        with _translated():
            return frozenset(i for c in self._collections.values() for i in c.get(include=[])["ids"])

    def ids_by_scope(self) -> list[tuple[str, list[str]]]:
        """(scope, its ids)."""
        with _translated():
            return [(scope, list(c.get(include=[])["ids"])) for scope, c in self._collections.items()]

    def entries(self, scope: str, ids: Sequence[str]) -> list[IndexEntry]:
        """These ids of a scope as they were put in."""
        with _translated():
            got = self._collections[scope].get(ids=list(ids), include=["embeddings", "metadatas", "documents"])
        found = []
        for i, doc_id in enumerate(got["ids"]):
            metadata = dict(got["metadatas"][i])
            content_hash = str(metadata.pop("content_hash"))
            vector = np.asarray(got["embeddings"][i], dtype=np.float32)
            found.append(IndexEntry(doc_id, scope, vector, got["documents"][i], content_hash, metadata))
        return found

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """`content_hash` by id."""
        found = {}
        for scope in self._collections:
            for got in self._get(scope, list(dict.fromkeys(ids)), "metadatas"):
                for doc_id, metadata in zip(got["ids"], got["metadatas"], strict=True):
                    found[doc_id] = str(metadata["content_hash"])
        return found

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids from every scope."""
        self._cache.forget(ids)
        for collection in self._collections.values():
            for part in _parts(list(dict.fromkeys(ids))):
                with _translated():
                    collection.delete(ids=part)

    def count(self) -> int:
        """Entries in all scopes."""
        with _translated():
            return sum(c.count() for c in self._collections.values())

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()

    def discard(self) -> None:
        """Close and remove the files."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def _check(self) -> None:
        for collection in self._collections.values():
            self.identity.check(collection.metadata)
            with _translated():  # reads a vector from the segment's files, which opening does not
                collection.get(limit=1, include=["embeddings"])

    def _scopes(self, scopes: Sequence[str] | None) -> list[str]:
        return [s for s in self._collections if scopes is None or s in scopes]

    def _get(self, scope: str, ids: list[str], field: str) -> list[Any]:
        with _translated():
            return [self._collections[scope].get(ids=part, include=[field]) for part in _parts(ids)]

    def _collection(self, scope: str) -> Any:
        if scope not in self._collections:
            name = SHARED if scope == SHARED else f"own-{hashlib.sha256(scope.encode()).hexdigest()[:32]}"
            with _translated():
                self._collections[scope] = self._client.get_or_create_collection(
                    name,
                    embedding_function=None,
                    configuration={"hnsw": HNSW},
                    metadata={"scope": scope, "model": self.identity.model, "dimension": self.identity.dimension},
                )
        return self._collections[scope]


def _parts(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


@contextmanager
def _translated() -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as e:
        raise IndexBrokenError(f"The index cannot be read ({e}). Rebuild it: deskmate reindex") from e
