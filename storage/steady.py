"""A connection whose every step is finished before a cancellation is felt.

SQLAlchemy drops a connection whose statement was cancelled; with aiosqlite the file's lock can stay with it for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from signals.errors import TemporaryError

T = TypeVar("T")


class SteadyConnection(AsyncConnection):
    """An `AsyncConnection` that runs each statement to its end; a cancellation of the caller is raised afterwards."""

    async def execute(self, *args: Any, **kw: Any) -> CursorResult[Any]:
        """As `AsyncConnection.execute`."""
        return await to_the_end(super().execute(*args, **kw))

    async def exec_driver_sql(self, *args: Any, **kw: Any) -> CursorResult[Any]:
        """As `AsyncConnection.exec_driver_sql`."""
        return await to_the_end(super().exec_driver_sql(*args, **kw))

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kw: Any) -> T:
        """As `AsyncConnection.run_sync`."""
        return await to_the_end(super().run_sync(fn, *args, **kw))


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool, given back at the end with what was not committed undone.

    TemporaryError when the server cannot be reached.
    """
    conn = SteadyConnection(engine)
    try:
        await to_the_end(_start(conn))
        yield conn
    finally:
        if conn.sync_connection is not None:
            await to_the_end(conn.close())


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end whatever happens to the caller; a cancellation is raised afterwards, unless the work failed."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as e:
            cancelled = e
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()


async def _start(conn: AsyncConnection) -> None:
    try:
        await conn.start()
    except OSError as e:  # nobody listens, no such host, no answer in time
        where = conn.engine.url.render_as_string(hide_password=True)
        raise TemporaryError(f"The database {where} is not available: {e}") from e
