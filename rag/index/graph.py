"""Chroma's side of a generation, a collection per scope: the only home of `chromadb`.

Its native code trusts its files, so they are opened only when they are, byte for byte, as they were left (the seal).
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from rag.embedder import VectorArray
from rag.index.port import IndexBrokenError, IndexEntry
from rag.index.vectors import Identity
from rag.weights import write_atomically
from storage.values import SHARED

# The defaults lose 40-60 % recall on near-duplicate vectors at 100,000.
HNSW = {"ef_search": 1000, "ef_construction": 200, "max_neighbors": 32, "space": "cosine"}
BATCH = 2000
CHUNK = 1 << 22
_HNSW = struct.Struct("<iQQQQ")
SEAL = "seal.json"
VECTORS = "vectors.bin"
CHROMA = "chroma.sqlite3"  # the file that Chroma itself names

T = TypeVar("T")


class Graph:
    """Chroma's collections in a folder. Open only between `create` or `open` and `close`, which seals the files."""

    def __init__(self, path: Path, identity: Identity) -> None:
        """Use `create` or `open`."""
        import chromadb
        from chromadb.config import Settings

        self._path = path
        self._identity = identity
        (path / SEAL).unlink(missing_ok=True)
        settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
        with _translated():
            self._client: Any = chromadb.PersistentClient(path=path, settings=settings)
            self._collections: dict[str, Any] = {
                c.metadata["scope"]: c for c in self._client.list_collections() if c.metadata
            }

    @classmethod
    def create(cls, path: Path, identity: Identity) -> Graph:
        """A new one in a folder that exists."""
        made = cls(path, identity)
        made._collection(SHARED)
        return made

    @classmethod
    def open(cls, path: Path, identity: Identity) -> Graph:
        """What was sealed there; raises IndexBrokenError when a byte of it differs, IndexMismatchError."""
        if not is_sealed(path):
            raise IndexBrokenError("Chroma's files are not as they were left. Rebuild the index: deskmate reindex")
        opened = cls(path, identity)
        for collection in opened._collections.values():
            identity.check(collection.metadata)
        return opened

    def put(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace in place."""
        by_scope: dict[str, list[IndexEntry]] = {}
        for entry in {e.doc_id: e for e in entries}.values():
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

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids from every scope."""
        for collection in self._collections.values():
            for part in _parts(list(ids)):
                with _translated():
                    collection.delete(ids=part)

    def nearest(self, vector: VectorArray, limit: int, scopes: Sequence[str] | None) -> tuple[tuple[str, float], ...]:
        """The approximately nearest, best first."""
        found: list[tuple[str, float]] = []
        for scope in [s for s in self._collections if scopes is None or s in scopes]:
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

    def close(self) -> None:
        """Let go of the files and seal them."""
        self._client.close()
        blank_unused(self._path)
        stamps = _stamps(self._path)
        sums = {name: [*stamps.get(name, [0, 0]), crc] for name, (_, crc) in _sums(self._path).items()}
        write_atomically(self._path / SEAL, json.dumps(sums).encode())

    def abandon(self) -> None:
        """Let go of the files without a seal: they are not trusted again."""
        self._client.close()

    def _collection(self, scope: str) -> Any:
        if scope not in self._collections:
            name = SHARED if scope == SHARED else f"own-{hashlib.sha256(scope.encode()).hexdigest()[:32]}"
            with _translated():
                self._collections[scope] = self._client.get_or_create_collection(
                    name,
                    embedding_function=None,
                    configuration={"hnsw": HNSW},
                    metadata={"scope": scope, "model": self._identity.model, "dimension": self._identity.dimension},
                )
        return self._collections[scope]


def is_sealed(path: Path, *, quick: bool = False) -> bool:
    """Whether every file of Chroma's is, byte for byte, as the last `close` left it. Reads all of them.

    `quick` believes a file whose size and time of change are those of the seal.
    """
    try:
        held = json.loads((path / SEAL).read_bytes())
        if quick and {name: one[:2] for name, one in held.items()} == _stamps(path):
            return True
        return {name: [one[0], one[2]] for name, one in held.items()} == _sums(path)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return False


def blank_unused(path: Path) -> None:
    """Overwrite what Chroma's native code wrote without having filled it: memory of this process, other texts included.

    hnswlib saves room for `max_elements` however few there are; its header says how many of them are in use (fields of
    `HierarchicalNSW::saveIndex`: version, offset, max_elements, cur_element_count, size_data_per_element).
    """
    for header in path.rglob("header.bin"):
        found = header.read_bytes()
        if len(found) < _HNSW.size:
            continue
        _, _, _, used, size = _HNSW.unpack_from(found)
        for name, each in (("data_level0.bin", size), ("length.bin", 4)):
            _blank(header.with_name(name), used * each)


def _blank(path: Path, begin: int) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        rest = file.seek(0, 2) - begin
        file.seek(begin)
        while rest > 0:
            rest -= file.write(bytes(min(rest, CHUNK)))


def _files(path: Path) -> list[Path]:
    return [p for p in path.rglob("*") if p.name not in (SEAL, VECTORS) and p.is_file()]


def _stamps(path: Path) -> dict[str, list[int]]:
    """Size and time of change by name."""
    return {str(p.relative_to(path)): [p.stat().st_size, p.stat().st_mtime_ns] for p in _files(path)}


def _sums(path: Path) -> dict[str, list[int]]:
    """Size and CRC-32 by name."""
    return {str(p.relative_to(path)): [p.stat().st_size, _sum(p)] for p in _files(path)}


def _sum(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


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
