"""What people change while Deskmate runs: watched markets, choices such as the model; and where cards were shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import dialect
from storage.database import Database
from storage.people_tables import cards, choices, universe
from storage.rows import as_row, from_row


@dataclass(frozen=True, slots=True)
class UniverseRow:
    """A symbol that an admin added (`watched`) or took away."""

    symbol: str
    watched: bool
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CardRow:
    """Where a recommendation was shown: `place` is `platform:channel`, `private` if only the asker saw it."""

    recommendation_id: str
    private: bool
    place: str
    at: datetime


class UniverseStore:
    """Changes to the watched symbols."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, row: UniverseRow) -> None:
        """Store a change in the place of a former one of the symbol."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, universe), as_row(row))

    async def all(self) -> tuple[UniverseRow, ...]:
        """Every change, oldest first."""
        query = sa.select(universe).order_by(universe.c.set_at, universe.c.symbol)
        async with self._database.read() as conn:
            return tuple(from_row(UniverseRow, row) for row in await conn.execute(query))


class ChoiceStore:
    """Settings that were changed while running, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """The chosen value; None when the settings hold."""
        async with self._database.read() as conn:
            found: str | None = await conn.scalar(sa.select(choices.c.value).where(choices.c.name == name))
        return found

    async def save(self, name: str, value: str, set_by: str, now: datetime) -> None:
        """Store a value in the place of the former one."""
        row = {"name": name, "value": value, "set_by": set_by, "set_at": now}
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, choices), row)


class CardStore:
    """Cards by their recommendation; the first showing counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, card: CardRow) -> None:
        """Remember where a card was shown, once."""
        async with self._database.write() as conn:
            await conn.execute(dialect.insert_new(conn.dialect.name, cards), as_row(card))

    async def get(self, recommendation_id: str) -> CardRow | None:
        """The card, if it was shown in a chat."""
        query = sa.select(cards).where(cards.c.recommendation_id == recommendation_id)
        async with self._database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else from_row(CardRow, row)
