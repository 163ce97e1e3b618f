"""Documents and their full-text index, which the database keeps in step by itself."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.rows import as_row, from_row, portions, to_strict_json
from storage.tables import documents
from storage.values import Document, DocumentFilter
from storage.words import words_of

PORTION = 500

_COLUMNS = [documents.c[name] for name in Document.__dataclass_fields__]
_EQUALS = {
    "type": "types",
    "symbol": "symbols",
    "timeframe": "timeframes",
    "side": "sides",
    "strategy": "strategies",
    "setup": "setups",
    "exit_reason": "exit_reasons",
    "outcome": "outcomes",
}


class DocumentStore:
    """Documents by `type:pk`. Every search is bounded by the filter's scopes and `as_of`: no scopes, no documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def upsert(self, items: Sequence[Document], *, force: bool = False) -> int:
        """Store documents in one transaction, full text included; returns how many were new or different.

        With `force` the same ones are written too, whatever became of their rows.
        """
        async with self._database.write() as conn:
            return await _upsert(conn, items, force=force)

    async def get(self, ids: Sequence[str]) -> tuple[Document, ...]:
        """The documents in the order of their ids; unknown ids are passed over. Serves no person unfiltered."""
        found: dict[str, Document] = {}
        async with self._database.read() as conn:
            for portion in portions(ids, PORTION):
                rows = await conn.execute(sa.select(*_COLUMNS).where(documents.c.doc_id.in_(portion)))
                found |= {row.doc_id: from_row(Document, row) for row in rows}
        return tuple(found[one] for one in ids if one in found)

    async def find(self, where: DocumentFilter, *, limit: int, newest_first: bool = True) -> tuple[Document, ...]:
        """Documents in order of `at`, newest first unless told otherwise."""
        at = documents.c.at.desc() if newest_first else documents.c.at
        query = sa.select(*_COLUMNS).where(*_conditions(where)).order_by(at, documents.c.doc_id).limit(limit)
        async with self._database.read() as conn:
            return tuple(from_row(Document, row) for row in await conn.execute(query))

    async def ids(self, where: DocumentFilter) -> tuple[str, ...]:
        """Ids of all documents that pass, newest first."""
        query = sa.select(documents.c.doc_id).where(*_conditions(where))
        async with self._database.read() as conn:
            found = await conn.execute(query.order_by(documents.c.at.desc(), documents.c.doc_id))
            return tuple(row[0] for row in found.all())  # fetched at once: there may be thousands

    async def count(self, where: DocumentFilter) -> int:
        """How many documents pass."""
        query = sa.select(sa.func.count()).select_from(documents).where(*_conditions(where))
        async with self._database.read() as conn:
            return int(await conn.scalar(query) or 0)

    async def search(
        self, where: DocumentFilter, query_terms: Sequence[str], limit: int
    ) -> tuple[tuple[str, float], ...]:
        """(doc_id, score) of documents that contain any of the terms, best first; higher scores are better.

        Case, accents and punctuation are ignored; a term of several words is a phrase. Terms are never read as syntax.
        """
        query = dialect.search(self._database.dialect, documents, query_terms)
        if query is None:
            return ()
        async with self._database.read() as conn:
            found = await conn.execute(query.where(*_conditions(where)).limit(limit))
            return tuple((row.doc_id, float(row.score)) for row in found)

    async def all_ids(self) -> frozenset[str]:
        """Ids of every document of every scope, for comparison with the index."""
        async with self._database.read() as conn:
            return frozenset(await conn.scalars(sa.select(documents.c.doc_id)))

    async def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """`content_hash` of the stored documents among these ids."""
        found: dict[str, str] = {}
        async with self._database.read() as conn:
            for portion in portions(ids, PORTION):
                query = sa.select(documents.c.doc_id, documents.c.content_hash)
                rows = await conn.execute(query.where(documents.c.doc_id.in_(portion)))
                found |= {row.doc_id: row.content_hash for row in rows}
        return found

    async def delete(self, ids: Sequence[str]) -> int:
        """Forget documents, full text included; returns how many there were."""
        async with self._database.write() as conn:
            return await _delete(conn, ids)

    async def batches(self, size: int) -> AsyncIterator[tuple[Document, ...]]:
        """Every document of every scope by id, `size` at a time; writes between two batches may or may not be seen."""
        last = ""
        while True:
            query = sa.select(*_COLUMNS).where(documents.c.doc_id > last).order_by(documents.c.doc_id).limit(size)
            async with self._database.read() as conn:
                batch = tuple(from_row(Document, row) for row in await conn.execute(query))
            if not batch:
                return
            yield batch
            last = batch[-1].doc_id

    async def total(self) -> int:
        """How many documents there are, of every scope."""
        async with self._database.read() as conn:
            return int(await conn.scalar(sa.select(sa.func.count()).select_from(documents)) or 0)

    async def all_hashes(self) -> dict[str, str]:
        """`content_hash` of every document of every scope, for comparison with the index."""
        async with self._database.read() as conn:
            rows = await conn.execute(sa.select(documents.c.doc_id, documents.c.content_hash))
            return {row.doc_id: row.content_hash for row in rows}

    async def rebuild_fulltext(self) -> None:
        """Build the full text anew from the documents, where the database keeps it beside them."""
        rebuild = dialect.fulltext_rebuild(self._database.dialect)
        if rebuild is not None:
            async with self._database.write() as conn:
                await conn.execute(sa.text(rebuild))


def content_hash(document: Document) -> str:
    """32 hex digits that change with anything in the document, its metadata included."""
    plain = {name: value if value is None else str(value) for name, value in as_row(document).items()}
    return hashlib.sha256(to_strict_json(plain).encode()).hexdigest()[:32]


def _conditions(where: DocumentFilter) -> list[sa.ColumnElement[bool]]:
    t = documents.c
    found = [t.scope.in_(where.scopes), t.known_at <= where.as_of]
    found += [t[column].in_(wanted) for column, name in _EQUALS.items() if (wanted := getattr(where, name))]
    if where.since is not None:
        found.append(t.at >= where.since)
    if where.until is not None:
        found.append(t.at < where.until)
    return found


async def _upsert(conn: AsyncConnection, items: Sequence[Document], *, force: bool) -> int:
    statement = dialect.upsert(conn.dialect.name, documents, key=("doc_id",))
    changed = 0
    for portion in portions(items, PORTION):
        rows = [_row(one) for one in portion]
        ids = [one.doc_id for one in portion]
        query = sa.select(documents.c.doc_id, documents.c.content_hash).where(documents.c.doc_id.in_(ids))
        former = {row.doc_id: row.content_hash for row in await conn.execute(query)}
        different = {row["doc_id"]: row for row in rows if former.get(row["doc_id"]) != row["content_hash"]}
        written = rows if force else list(different.values())
        if written:
            await conn.execute(statement, written)
        changed += len(different)
    return changed


def _row(document: Document) -> dict[str, Any]:
    made = {"content_hash": content_hash(document), "words": " ".join(words_of(document.text))}
    return as_row(document) | made


async def _delete(conn: AsyncConnection, ids: Sequence[str]) -> int:
    gone = 0
    for portion in portions(ids, PORTION):
        gone += (await conn.execute(sa.delete(documents).where(documents.c.doc_id.in_(portion)))).rowcount
    return gone
