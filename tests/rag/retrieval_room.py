"""A real SQLite store of documents, and index and embedder written by hand; a test names the fixtures it uses."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.embedder import VectorArray
from rag.index import IndexBrokenError, IndexEntry
from rag.question.model import Parsed
from rag.question.parse import parse
from rag.retrieve import Found
from signals.universe import DEFAULT_SYMBOLS
from storage.database import Database
from storage.documents import DocumentStore
from storage.values import SHARED, Document, scope_of
from tests.builders import NOW
from tests.fresh_files import fresh_database

MINE = (SHARED, scope_of("u1"))


class FakeEmbedder:
    """Every text points the same way; remembers what it was asked."""

    model = "fake"
    dimension = 2

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> VectorArray:
        self.texts.extend(texts)
        return np.ones((len(texts), 2), dtype=np.float32)


class FakeVectorIndex:
    """Scores by a table; broken when told so."""

    def __init__(self, table: dict[str, float], *, broken: bool = False) -> None:
        self._table = table
        self._broken = broken
        self.asked: list[tuple[str, ...]] = []

    async def scores(
        self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None = None
    ) -> dict[str, float]:
        if self._broken:
            raise IndexBrokenError("the index is damaged")
        self.asked.append(tuple(ids))
        return {one: self._table[one] for one in ids if one in self._table}

    async def upsert(self, entries: Sequence[IndexEntry]) -> None: ...

    async def nearest(
        self, vector: VectorArray, limit: int, scopes: Sequence[str] | None = None
    ) -> tuple[tuple[str, float], ...]:
        return ()

    async def ids(self) -> frozenset[str]:
        return frozenset(self._table)

    async def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        return {}

    async def delete(self, ids: Sequence[str]) -> None: ...

    async def count(self) -> int:
        return len(self._table)

    async def rebuild(self, batches: AsyncIterable[Sequence[IndexEntry]]) -> int:
        return 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    database = await Database.open(await fresh_database(tmp_path / "test.db"))
    yield DocumentStore(database)
    await database.close()


def a_document(name: str, *, days_ago: float = 1, kind: str = "signal", **changes: Any) -> Document:
    at = NOW - timedelta(days=days_ago)
    plain = Document(f"{kind}:{name}", kind, f"{kind} {name}.", at, at, symbol="ETH/USDT", timeframe="1h", side="BUY")
    return replace(plain, **changes)


def asked(text: str, now: datetime = NOW) -> Parsed:
    return parse(text, now, DEFAULT_SYMBOLS)


def names(found: Found) -> list[str]:
    return [d.doc_id.partition(":")[2] for d in found.documents]
