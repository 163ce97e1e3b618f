"""One state of the index in a folder of its own: the vectors that answers are scored by, and Chroma's copy of them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from rag.embedder import VectorArray
from rag.index.graph import CHROMA, SEAL, VECTORS, Graph, is_sealed
from rag.index.port import IndexBrokenError, IndexEntry, IndexUnusableError
from rag.index.vectors import Identity, VectorFile
from signals.errors import UserError

log = logging.getLogger(__name__)
MOST_DEAD = 1_000  # replaced records that a vector file may carry beyond its live ones


class Generation:
    """Blocking; changed from the index's thread only. Trouble in Chroma's files never reaches an answer.

    `frayed` says why Chroma's copy must be built anew, empty while it is sound; writes then leave it out.
    """

    def __init__(self, path: Path, vectors: VectorFile) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.vectors = vectors
        self.frayed = ""
        self._graph: Graph | None = None

    @classmethod
    def create(cls, path: Path, identity: Identity) -> Generation:
        """A new, empty one at `path`."""
        path.mkdir(parents=True)
        made = cls(path, VectorFile.create(path / VECTORS, identity))
        made._graph = Graph.create(path, identity)
        return made

    @classmethod
    def open(cls, path: Path, identity: Identity) -> Generation:
        """An existing one; raises IndexMismatchError or IndexBrokenError. Chroma's files are not opened yet."""
        if (path / CHROMA).exists() and not (path / VECTORS).exists() and not (path / SEAL).exists():
            log.info("%s was written by an earlier version: it is built anew", path)
            raise IndexBrokenError("The vector index is of an earlier version and is built anew once")
        return cls(path, VectorFile.open(path / VECTORS, identity))

    @property
    def identity(self) -> Identity:
        """Whose vectors it holds."""
        return self.vectors.identity

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace in place, an id being in one scope only; ValueError for a vector of another length."""
        single = list({e.doc_id: e for e in entries}.values())
        self.delete(self.vectors.elsewhere(single))
        self.vectors.put(single)
        graph = self._opened()
        if graph is not None:
            try:
                graph.put(single)
            except IndexUnusableError as e:
                self._fray(str(e))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the ids from every scope."""
        there = self.vectors.delete(ids)
        graph = self._opened() if there else None
        if graph is not None:
            try:
                graph.delete(there)
            except IndexUnusableError as e:
                self._fray(str(e))

    def nearest(self, vector: VectorArray, limit: int, scopes: Sequence[str] | None) -> tuple[tuple[str, float], ...]:
        """The approximately nearest by Chroma; IndexBrokenError while its copy cannot be used."""
        graph = self._opened()
        if graph is None:
            raise IndexBrokenError(self.frayed)
        return graph.nearest(vector, limit, scopes)

    def look(self, *, thorough: bool = False) -> None:
        """Raises IndexBrokenError for damage to the vectors; damage to Chroma's copy is noted in `frayed`.

        `thorough` reads every byte of the vectors, and compares all ids of the copy.
        """
        self.vectors.look(thorough=thorough)
        if self.frayed:
            return
        if self.vectors.dead > len(self.vectors) + MOST_DEAD:
            self._fray("Most of the vectors' file are former versions.")
        elif self._graph is None and not is_sealed(self.path, quick=not thorough):
            self._fray("Chroma's files are not as they were left.")
        elif thorough:
            graph = self._opened()
            try:
                same = graph is not None and graph.ids() == self.vectors.ids()
            except IndexUnusableError as e:
                self._fray(str(e))
            else:
                if not same:
                    self._fray("Chroma's copy holds other ids than the vectors.")

    def settle(self) -> None:
        """Close and seal Chroma's files until the next write."""
        if self._graph is not None:
            graph, self._graph = self._graph, None
            try:
                graph.close()
            except (OSError, UserError) as e:
                self.frayed = f"Chroma's files could not be sealed ({e})."

    def close(self) -> None:
        """Let go of all files."""
        self.settle()
        self.vectors.close()

    def discard(self) -> None:
        """Close and remove the files."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def _opened(self) -> Graph | None:
        if self._graph is None and not self.frayed:
            try:
                self._graph = Graph.open(self.path, self.identity)
            except IndexUnusableError as e:
                self._fray(str(e))
        return self._graph

    def _fray(self, why: str) -> None:
        log.warning("answers are not affected, but Chroma's copy is to be built anew: %s", why)
        self.frayed = why
        if self._graph is not None:
            graph, self._graph = self._graph, None
            graph.abandon()
