"""The vector index: a derived store, rebuildable from SQL at any time."""

from rag.index.chroma import ChromaIndex
from rag.index.port import (
    IndexBrokenError,
    IndexEntry,
    IndexInUseError,
    IndexMismatchError,
    IndexUnusableError,
    VectorIndex,
)

__all__ = [
    "ChromaIndex",
    "IndexBrokenError",
    "IndexEntry",
    "IndexInUseError",
    "IndexMismatchError",
    "IndexUnusableError",
    "VectorIndex",
]
