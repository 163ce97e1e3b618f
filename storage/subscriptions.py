"""What each destination wants to be told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.delivery_tables import preferences
from storage.delivery_values import Preferences
from storage.rows import as_row, from_row


class SubscriptionStore:
    """Preferences by the address of their destination."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, wanted: Preferences) -> None:
        """Add or change what a destination wants."""
        row = as_row(wanted) | {
            "symbols": list(wanted.symbols),
            "timeframes": list(wanted.timeframes),
            "quiet": list(wanted.quiet) if wanted.quiet else None,
        }
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, preferences), row)

    async def get(self, address: str) -> Preferences | None:
        """What a destination wants; None when it never said."""
        found = await self._select(preferences.c.address == address)
        return found[0] if found else None

    async def all(self) -> tuple[Preferences, ...]:
        """Everybody's, by address."""
        return await self._select()

    async def _select(self, *where: sa.ColumnElement[bool]) -> tuple[Preferences, ...]:
        query = sa.select(preferences).where(*where).order_by(preferences.c.address)
        async with self._database.read() as conn:
            return tuple(_of(row) for row in await conn.execute(query))


async def preferences_of(conn: AsyncConnection, addresses: Collection[str]) -> dict[str, Preferences]:
    """What these destinations want, those that never said left out, read inside somebody's transaction."""
    found = await conn.execute(sa.select(preferences).where(preferences.c.address.in_(addresses)))
    return {one.address: one for one in map(_of, found)}


def _of(row: sa.Row[Any]) -> Preferences:
    flat = from_row(Preferences, row)
    quiet = tuple(flat.quiet) if flat.quiet else None
    changed: dict[str, Any] = {"symbols": tuple(flat.symbols), "timeframes": tuple(flat.timeframes), "quiet": quiet}
    return Preferences(**(as_row(flat) | changed))
