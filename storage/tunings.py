"""Finished tunings: what was searched, what it was worth on bars that no trial saw, what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.model import Series, Timeframe
from signals.tuning.result import Score, Tuning, TuningRules
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.marks import mark
from storage.proof_tables import tunings
from storage.rows import as_row
from storage.signal_rows import rules_json, rules_of


class TuningStore:
    """Tunings by their natural key; known from the moment they finished."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, tuning: Tuning) -> None:
        """Store a tuning and its ingest mark; the same key replaces."""
        row = as_row(tuning)
        series = row.pop("series")
        row |= {"tuning_id": tuning.tuning_id, "first_trials": list(tuning.first_trials)}
        row |= {"exchange": series.exchange, "symbol": series.symbol, "timeframe": series.timeframe}
        row |= {name: asdict(row[name]) for name in ("rules", "in_sample", "out_of_sample", "active")}
        row |= {name: rules_json(row[name]) for name in ("old", "new")}
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, tunings), row)
            await mark(conn, [("tuning", tuning.tuning_id)])

    async def get(self, tuning_id: str) -> Tuning | None:
        """The tuning."""
        found = await self._select(sa.select(tunings).where(tunings.c.tuning_id == tuning_id))
        return found[0] if found else None

    async def newest(self, symbols: Sequence[str] | None, timeframe: Timeframe, as_of: datetime) -> tuple[Tuning, ...]:
        """The newest tuning of each series of these names (of all if None) finished by `as_of`, newest first."""
        t = tunings.c
        query = sa.select(tunings).where(t.timeframe == timeframe, t.finished_at <= as_of)
        if symbols is not None:
            query = query.where(t.symbol.in_(symbols))
        first: dict[Series, Tuning] = {}
        for one in await self._select(query.order_by(t.finished_at.desc(), t.data_to.desc(), t.tuning_id)):
            first.setdefault(one.series, one)
        return tuple(first.values())

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of all tunings, some hundred at a time."""
        return keys_of(self._database, tunings.c.tuning_id)

    async def _select(self, query: sa.Select[Any]) -> tuple[Tuning, ...]:
        async with self._database.read() as conn:
            return tuple(_tuning_of(row) for row in await conn.execute(query))


def _tuning_of(row: sa.Row[Any]) -> Tuning:
    found = {name: row._mapping[name] for name in Tuning.__dataclass_fields__ if name in row._mapping}
    found["rules"] = TuningRules(**found["rules"])
    found |= {name: Score(**found[name]) for name in ("in_sample", "out_of_sample", "active")}
    found |= {name: rules_of(found[name]) for name in ("old", "new")}
    found["first_trials"] = tuple(found["first_trials"])
    return Tuning(series=Series(row.exchange, row.symbol, row.timeframe), **found)
