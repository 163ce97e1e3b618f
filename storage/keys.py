"""The keys of a whole table, a portion at a time: a rebuild walks through records without holding them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa

from storage.database import Database

PORTION = 256


async def keys_of(database: Database, key: sa.Column[Any], *where: sa.ColumnElement[bool]) -> AsyncIterator[list[str]]:
    """Values of the unique text column in order, of the rows that pass; rows written meanwhile may or may not be seen.

    No connection is held between two portions.
    """
    last = ""
    while True:
        query = sa.select(key).where(key > last, *where).order_by(key).limit(PORTION)
        async with database.read() as conn:
            found = list(await conn.scalars(query))
        if not found:
            return
        yield found
        last = found[-1]
