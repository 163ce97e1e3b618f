"""Where broadcasts go: on or off, why, and where a chat that moved is reached now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.delivery_tables import destinations, outbox
from storage.delivery_values import Destination, Outgoing, RowState
from storage.outbox_rows import put
from storage.rows import as_row, from_row

_t = destinations.c


class DestinationStore:
    """Destinations by address. A chat that moved keeps its address here, whichever of its ids is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, destination: Destination) -> Destination:
        """Add or change one; a chat that moved is found by either id. What is stored is given back."""
        async with self._database.write() as conn:
            known = await _known(conn, destination.address)
            if known is not None and known.address != destination.address:
                row = as_row(destination) | {"address": known.address, "route": known.route}
                destination = Destination(**row)
            await conn.execute(dialect.upsert(conn.dialect.name, destinations), as_row(destination))
        return destination

    async def get(self, address: str) -> Destination | None:
        """The destination with this address, or the one that moved there."""
        async with self._database.read() as conn:
            return await _known(conn, address)

    async def all(self, *, only_on: bool = False) -> tuple[Destination, ...]:
        """Every destination (or those that are on), by address."""
        query = sa.select(destinations).order_by(_t.address)
        async with self._database.read() as conn:
            found = await conn.execute(query.where(_t.on) if only_on else query)
            return tuple(from_row(Destination, row) for row in found)

    async def switch_off(self, address: str, reason: str, at: datetime, told: Sequence[Outgoing] = ()) -> bool:
        """Send nothing there any more and give up what waits for it; `told` is written with it, once.

        False, and nothing changed, when it was off already.
        """
        async with self._database.write() as conn:
            known = await _known(conn, address)
            if known is None:  # a person who was only ever told something: remembered so that it is not tried again
                known = Destination(address, None, on=True, changed_at=at)
            if not known.on:
                return False
            row = as_row(known) | {"on": False, "reason": reason, "changed_at": at, "changed_by": "delivery"}
            await conn.execute(dialect.upsert(conn.dialect.name, destinations), row)
            waiting = (outbox.c.destination == known.address, outbox.c.state == RowState.NEW)
            end = sa.update(outbox).where(*waiting)
            await conn.execute(end.values(state=RowState.DEAD, ended_at=at, note=reason))
            await put(conn, told)
        return True

    async def refused(self, address: str, at: datetime) -> int:
        """Count a refusal; gives back how many there were in a row."""
        async with self._database.write() as conn:
            known = await _known(conn, address) or Destination(address, None, on=True, changed_at=at)
            row = as_row(known) | {"failures": known.failures + 1}
            await conn.execute(dialect.upsert(conn.dialect.name, destinations), row)
        return known.failures + 1

    async def moved(self, address: str, route: str, at: datetime) -> None:
        """From now on the chat is reached at `route`; its address stays its name."""
        async with self._database.write() as conn:
            known = await _known(conn, address) or Destination(address, None, on=True, changed_at=at)
            row: dict[str, Any] = as_row(known) | {"route": route}
            await conn.execute(dialect.upsert(conn.dialect.name, destinations), row)


async def _known(conn: AsyncConnection, address: str) -> Destination | None:
    named = sa.select(destinations).where(sa.or_(_t.address == address, _t.route == address))
    rows = (await conn.execute(named.order_by(_t.route.is_(None)))).all()
    return from_row(Destination, rows[0]) if rows else None
