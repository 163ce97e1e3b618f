"""Vectors that were fetched before, in one matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rag.embedder import VectorArray

CAPACITY = 32_768  # 50 MB of 384 float32, touched only as it fills


class VectorCache:
    """Up to `capacity` vectors by scope and id; full, it starts again. Not safe for several threads."""

    def __init__(self, dimension: int, capacity: int = CAPACITY) -> None:
        self._matrix = np.empty((capacity, dimension), dtype=np.float32)
        self._rows: dict[tuple[str, str], int] = {}
        self._scopes_of: dict[str, set[str]] = {}
        self._used = 0

    def put(self, scope: str, ids: Sequence[str], vectors: VectorArray) -> None:
        """Keep the vectors (n, dimension); those beyond the capacity are dropped."""
        if self._used + len(ids) > len(self._matrix):
            self._rows.clear()
            self._scopes_of.clear()
            self._used = 0
        for doc_id, vector in zip(ids[: len(self._matrix)], vectors, strict=False):
            self._matrix[self._used] = vector
            self._rows[scope, doc_id] = self._used
            self._scopes_of.setdefault(doc_id, set()).add(scope)
            self._used += 1

    def forget(self, ids: Iterable[str]) -> None:
        """Drop the ids in every scope."""
        for doc_id in ids:
            for scope in self._scopes_of.pop(doc_id, ()):
                del self._rows[scope, doc_id]

    def cosines(self, scope: str, ids: Sequence[str], vector: VectorArray) -> dict[str, float]:
        """Cosine of the normalised `vector` with those of `ids` that are here."""
        known = [i for i in ids if (scope, i) in self._rows]
        rows = self._matrix[[self._rows[scope, i] for i in known]]
        return dict(zip(known, (rows @ vector).tolist(), strict=True))
