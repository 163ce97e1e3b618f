"""A connection to memory: one writer at a time, several readers, and the vendor's errors in Deskmate's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.errors import TemporaryError, UserError
from storage import dialect, sqlite_file
from storage.revisions import HEAD, refuse_unknown
from storage.steady import connected, to_the_end

QUICK_CHECK_BYTES = 32 * 1024 * 1024  # up to this size a file is checked page by page when it is opened


class Database:
    """Readers see one consistent snapshot per `read()`; writes queue for the only writer.

    Errors of both: `TemporaryError` when the disk is full, the file locked or the server away, `UserError` when a
    person must mend something. A broken constraint or a ValueError of a column type stays what it is: a bug. Belongs to
    one event loop.
    """

    def __init__(self, url: str) -> None:
        """Prepare without connecting; `open` is what everybody but a migration uses."""
        self.url = dialect.url_of(url)
        self.file = dialect.file_of(self.url)
        self.dialect = self.url.get_backend_name()
        self.label = str(self.file) if self.file else self.url.render_as_string(hide_password=True)
        self._writer, self._reader = dialect.engines_of(self.url)
        self._turn = asyncio.Lock()
        self.copying = asyncio.Lock()  # held while copies of the file are written, so that none escapes a removal
        self._writing: asyncio.Task[Any] | None = None

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect to an existing, current database; migrates nothing.

        UserError, naming the fix: no such database, of an older or newer schema, damaged, or not writable.
        """
        database = cls(url)
        if database.file and not database.file.exists():
            raise UserError(f"There is no database at {database.label} yet: run `deskmate db upgrade`.")
        try:
            await database._admit()
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator[Database]:
        """`open`, closed at the end."""
        database = await cls.open(url)
        try:
            yield database
        finally:
            await database.close()

    async def _admit(self) -> None:
        try:
            async with self.write() as conn:
                revision = await self.revision(conn)
        except TemporaryError:  # a long write of another process, or a full disk: what is there can still be read
            async with self.read() as conn:
                revision = await self.revision(conn)
        refuse_unknown(revision, self.label)
        if revision != HEAD:
            raise UserError(f"The database {self.label} is of an older version: run `deskmate db upgrade`.")
        if self.file and self.file.stat().st_size <= QUICK_CHECK_BYTES:
            await self._look_for_damage(thorough=False)

    @staticmethod
    async def revision(conn: AsyncConnection) -> str | None:
        """The schema's revision; None before the first migration."""
        if not await conn.run_sync(lambda sync: sa.inspect(sync).has_table("alembic_version")):
            return None
        found: str | None = await conn.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A snapshot that cannot write. Do not hold it while waiting for something slow."""
        with self._translated():
            async with connected(self._reader) as conn:
                yield conn

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction on the only writer, in the order of arrival: committed at the end, rolled back on any error.

        A cancellation rolls back too, unless the commit had begun: that is finished first. Not to be nested.
        """
        if self._writing is asyncio.current_task():
            raise RuntimeError("a write inside a write would wait for itself")
        async with self._turn:
            self._writing = asyncio.current_task()
            try:
                async with self._transaction() as conn:
                    yield conn
            finally:
                self._writing = None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with connected(self._writer) as conn:
                await to_the_end(self._begin(conn))
                yield conn  # an error leaves by the connection's close, which rolls back
                await to_the_end(conn.commit())

    async def _begin(self, conn: AsyncConnection) -> None:
        await conn.begin()
        lock = dialect.writer_lock(self.dialect)
        if lock is not None:
            await conn.execute(lock)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as e:
            known = dialect.translate(e, self.label)
            if known is None:
                raise
            raise known from e
        except StatementError as e:  # a column type refused its value
            if isinstance(e.orig, ValueError):
                raise e.orig from e
            raise
        except ConnectionError as e:  # broken while in use
            raise TemporaryError(f"The database {self.label} is not available: {e}") from e

    async def check(self) -> None:
        """Read every page and index; UserError with the steps of a restore when the file is damaged."""
        await self._look_for_damage(thorough=True)

    async def scrub(self) -> None:
        """Leave no byte of removed rows in the file and its log; writers wait. Nothing for a server to do.

        TemporaryError when others read for too long, or the disk is full.
        """
        if self.file is None:
            return
        async with self._turn:
            await to_the_end(asyncio.to_thread(sqlite_file.scrub, self.file))

    async def _look_for_damage(self, *, thorough: bool) -> None:
        query = dialect.damage_query(self.dialect, thorough=thorough)
        async with self.read() as conn:
            found = await conn.scalar(sa.text(query)) if query else await conn.scalar(sa.text("SELECT 'ok'"))
        if found != "ok":
            raise dialect.damaged(self.label, str(found))

    async def close(self) -> None:
        """Release every connection; safe to call twice."""
        await self._reader.dispose()
        await self._writer.dispose()
