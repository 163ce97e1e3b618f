"""The only place where SQLite and PostgreSQL differ: engines, write locks, upserts, full text, error codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import Join

from signals.errors import DeskmateError, TemporaryError, UserError
from storage.rows import to_strict_json
from storage.words import words_of

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}  # rows lie in the order of their primary key
BUSY_TIMEOUT_MS = 5_000
READERS = 4

_DRIVERS = {SQLITE: "sqlite+aiosqlite", POSTGRESQL: "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
)
_WRITER_KEY = 0x6465736B  # one advisory lock makes writers of PostgreSQL take turns, as SQLite's do


def has_decimals(name: str) -> bool:
    """Whether the database keeps exact decimals; else they are kept as text."""
    return name == POSTGRESQL


def url_of(text: str) -> URL:
    """The database's address with the driver that Deskmate uses; UserError for what it cannot use."""
    try:
        url = make_url(text)
        driver = _DRIVERS[url.get_backend_name()]
    except (ArgumentError, KeyError) as e:
        raise UserError("DATABASE_URL must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://") from e
    if driver == _DRIVERS[SQLITE] and (not url.database or ":memory:" in url.database or "mode" in url.query):
        raise UserError("DATABASE_URL must name a file: a database in memory would be forgotten")
    return url.set(drivername=driver)


def file_of(url: URL) -> Path | None:
    """The database's file; None for a server."""
    return Path(url.database) if url.get_backend_name() == SQLITE and url.database else None


def engines_of(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """(writer, reader). SQLite: one connection that begins IMMEDIATE, a few that cannot write. PostgreSQL: one pool."""
    json: dict[str, Any] = {"json_serializer": to_strict_json}
    if url.get_backend_name() == SQLITE:
        writer = create_async_engine(url, pool_size=1, max_overflow=0, **json)
        reader = create_async_engine(url, pool_size=READERS, max_overflow=0, **json)
        _prepare(writer, "BEGIN IMMEDIATE", _PRAGMAS)
        _prepare(reader, "BEGIN", (*_PRAGMAS, "query_only=ON"))
        return writer, reader
    session = {"lock_timeout": str(BUSY_TIMEOUT_MS), "timezone": "UTC"}
    try:
        engine = create_async_engine(url, pool_pre_ping=True, connect_args={"server_settings": session}, **json)
    except ModuleNotFoundError as e:
        raise UserError("PostgreSQL needs its driver: pip install 'deskmate[postgres]'") from e
    return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare(engine: AsyncEngine, begin: str, pragmas: Sequence[str]) -> None:
    """SQLAlchemy's recipe for real transactions: the driver begins none by itself, each begins as told."""

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    def failed(context: Any) -> None:
        code = str(getattr(context.original_exception, "sqlite_errorname", ""))
        if code.startswith("SQLITE_READONLY"):  # opened while it could not be written: SQLite then reads only, for good
            context.is_disconnect = True

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)
    event.listen(engine.sync_engine, "handle_error", failed)


def writer_lock(name: str) -> sa.Executable | None:
    """What a write transaction does first, so that writers of several processes take turns."""
    return sa.select(sa.func.pg_advisory_xact_lock(_WRITER_KEY)) if name == POSTGRESQL else None


def damage_query(name: str, *, thorough: bool) -> str | None:
    """A query whose first row is `ok` for a sound file; None where the server looks after itself."""
    if name != SQLITE:
        return None
    return "PRAGMA integrity_check(1)" if thorough else "PRAGMA quick_check(1)"


@cache
def insert_new(name: str, table: sa.Table) -> sa.Insert:
    """INSERT that leaves a row with the same key alone."""
    return _insert(name, table).on_conflict_do_nothing()  # type: ignore[no-any-return]


@cache
def upsert(name: str, table: sa.Table, key: tuple[str, ...] = (), unless_same: tuple[str, ...] = ()) -> sa.Insert:
    """INSERT that replaces the row with the same `key` (the primary key by default), except for its primary key.

    With `unless_same` the row is left alone when those columns already hold the same values.
    """
    statement = _insert(name, table)
    own = {column.name for column in table.primary_key}
    new = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in own | set(key)}
    changed = [table.c[column].is_distinct_from(statement.excluded[column]) for column in unless_same]
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=list(key) or [column.name for column in table.primary_key],
        set_=new,
        where=sa.or_(*changed) if changed else None,
    )


@cache
def bump(name: str, table: sa.Table, column: str) -> sa.Insert:
    """INSERT that adds one to `column` of the row with the same primary key."""
    key = [c.name for c in table.primary_key]
    update = {column: table.c[column] + 1}
    return _insert(name, table).on_conflict_do_update(index_elements=key, set_=update)  # type: ignore[no-any-return]


def _insert(name: str, table: sa.Table) -> Any:
    return sqlite.insert(table) if name == SQLITE else postgresql.insert(table)


_FULLTEXT = {  # migration 0001 runs these: a change here needs a migration of its own
    SQLITE: (
        "CREATE VIRTUAL TABLE documents_fts USING fts5(words, content='documents', content_rowid='seq',"
        " tokenize='unicode61 remove_diacritics 2')",
        "CREATE TRIGGER documents_fts_insert AFTER INSERT ON documents BEGIN"
        " INSERT INTO documents_fts(rowid, words) VALUES (new.seq, new.words); END",
        "CREATE TRIGGER documents_fts_delete AFTER DELETE ON documents BEGIN"
        " INSERT INTO documents_fts(documents_fts, rowid, words) VALUES ('delete', old.seq, old.words); END",
        "CREATE TRIGGER documents_fts_update AFTER UPDATE OF words ON documents WHEN old.words IS NOT new.words BEGIN"
        " INSERT INTO documents_fts(documents_fts, rowid, words) VALUES ('delete', old.seq, old.words);"
        " INSERT INTO documents_fts(rowid, words) VALUES (new.seq, new.words); END",
    ),
    POSTGRESQL: (
        "ALTER TABLE documents ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
        "CREATE INDEX ix_documents_search ON documents USING gin (search)",
    ),
}
FULLTEXT_NAMES = ("documents_fts", "ix_documents_search", "search")  # what those make, outside the metadata


def fulltext_ddl(name: str) -> tuple[str, ...]:
    """Statements that put a full-text index beside the table `documents` and keep it in step by itself."""
    return _FULLTEXT[name]


def fulltext_rebuild(name: str) -> str | None:
    """The statement that builds the full-text index anew from the documents."""
    return "INSERT INTO documents_fts(documents_fts) VALUES ('rebuild')" if name == SQLITE else None


class _CrossJoin(Join):
    """A join that SQLite may not turn round: with a filter on the table it would ask the index once per row."""

    inherit_cache = True


@compiles(_CrossJoin)
def _compile_cross_join(join: _CrossJoin, compiler: Any, **kw: Any) -> str:
    kw["asfrom"] = True
    parts = [compiler.process(side, **kw) for side in (join.left, join.right)]
    return f"{parts[0]} CROSS JOIN {parts[1]} ON {compiler.process(join.onclause, **kw)}"


def search(name: str, documents: sa.Table, terms: Iterable[str]) -> sa.Select[tuple[str, float]] | None:
    """(doc_id, score) of the documents with any of the terms, best first; None when no term has a word in it.

    A term of several words is a phrase. Scores are BM25 (PostgreSQL: cover density), higher is better. Only letters and
    digits of the terms reach the query, so that nothing in them is read as its syntax.
    """
    phrases = [words for words in dict.fromkeys(tuple(words_of(term)) for term in terms) if words]
    if not phrases:
        return None
    if name == SQLITE:
        query = " OR ".join('"' + " ".join(words) + '"' for words in phrases)
        index = sa.table("documents_fts", sa.column("rowid"), sa.column("documents_fts"))
        score: sa.ColumnElement[Any] = -sa.func.bm25(index.c.documents_fts, type_=sa.Double)
        source: Any = _CrossJoin(index, documents, documents.c.seq == index.c.rowid)
        found: sa.ColumnElement[bool] = index.c.documents_fts.op("MATCH")(query)
    else:
        query = " | ".join("(" + " <-> ".join(f"'{word}'" for word in words) + ")" for words in phrases)
        vector: sa.ColumnElement[Any] = sa.literal_column("documents.search")
        asked = sa.cast(query, postgresql.TSQUERY)
        score = sa.cast(sa.func.ts_rank_cd(vector, asked), sa.Double)
        source, found = documents, vector.op("@@")(asked)
    chosen = sa.select(documents.c.doc_id, score.label("score")).select_from(source).where(found)
    return chosen.order_by(sa.desc("score"), documents.c.doc_id)


_PASSING: tuple[str, ...] = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_PROTOCOL", "SQLITE_NOMEM")
_PASSING += ("SQLITE_INTERRUPT", "08", "40", "53", "55P03", "57", "58")  # the numbers: classes of SQLSTATE


def translate(error: Exception, where: str) -> DeskmateError | None:
    """What a vendor's error means to Deskmate; None for a bug of ours (a constraint, wrong SQL)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(where, str(cause))
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return UserError(f"The database {where} cannot be written: make the file and its folder exist and writable.")
    if code.startswith("SQLITE_FULL") or code == "53100":
        return TemporaryError(f"No space is left for the database {where}: nothing was saved. Free some space.")
    if code.startswith(("28", "3D000")):
        return UserError(f"The database {where} refused us: {cause}. Check DATABASE_URL.")
    lost = isinstance(error, PoolTimeoutError) or getattr(error, "connection_invalidated", False)
    if lost or code.startswith(_PASSING):
        return TemporaryError(f"The database {where} is not available: {cause}")
    return None


def damaged(where: str, what: str) -> UserError:
    """The refusal to work with a broken file, with the steps that mend it."""
    cause = " ".join(what.replace("*** in database main ***", "").split())
    return UserError(
        f"The database {where} is damaged ({cause}). Nothing was changed. To restore it: stop Deskmate, see what "
        "backups there are with `deskmate restore`, and put the newest in its place with `deskmate restore FILE`; the "
        f"damaged file, {where}-wal and {where}-shm are kept aside."
    )
