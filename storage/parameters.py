"""The active row of each market's strategy parameters, and every row that was active before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.clock import to_ms
from signals.model import Market, PlanRules, Timeframe
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.marks import mark
from storage.signal_rows import rules_json, rules_of
from storage.tables import strategy_parameters


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """Rules of one market, in force from `active_from` until its next set; `reason` says why they were chosen."""

    parameter_id: str
    symbol: str
    timeframe: Timeframe
    rules: PlanRules
    active_from: datetime
    reason: str


class ParameterStore:
    """Parameter sets by market and the moment they became active; nothing is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def active(self, symbol: str, timeframe: Timeframe, as_of: datetime) -> PlanRules | None:
        """The rules in force at `as_of`; None when none were ever activated by then."""
        found = await self.history([symbol], timeframe, as_of, limit=1)
        return found[0].rules if found else None

    async def in_force(self, as_of: datetime) -> dict[Market, PlanRules]:
        """The rules in force at `as_of` of every market that ever had any."""
        t = strategy_parameters.c
        query = sa.select(strategy_parameters).where(t.active_from <= as_of).order_by(t.active_from)
        return {Market(found.symbol, found.timeframe): found.rules for found in await self._select(query)}

    async def activate(
        self, symbol: str, timeframe: Timeframe, rules: PlanRules, at: datetime, reason: str
    ) -> ParameterSet:
        """Put rules in force from `at` on, with their ingest mark; the same market and moment replaces."""
        made = ParameterSet(f"{symbol}:{timeframe}:{to_ms(at)}", symbol, timeframe, rules, at, reason)
        row = {
            "parameter_id": made.parameter_id,
            "symbol": symbol,
            "timeframe": timeframe,
            "rules": rules_json(rules),
            "active_from": at,
            "reason": reason,
        }
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, strategy_parameters), row)
            await mark(conn, [("strategy_params", made.parameter_id)])
        return made

    async def get(self, parameter_id: str) -> ParameterSet | None:
        """The set by its id `symbol:timeframe:epoch ms`."""
        found = await self._select(sa.select(strategy_parameters).filter_by(parameter_id=parameter_id))
        return found[0] if found else None

    async def history(
        self, symbols: Sequence[str], timeframe: Timeframe | None, as_of: datetime, limit: int | None = None
    ) -> tuple[ParameterSet, ...]:
        """Sets of any of these names active by `as_of`, newest first; of any timeframe if None."""
        t = strategy_parameters.c
        query = sa.select(strategy_parameters).where(t.symbol.in_(symbols), t.active_from <= as_of)
        if timeframe is not None:
            query = query.where(t.timeframe == timeframe)
        return await self._select(query.order_by(t.active_from.desc(), t.parameter_id).limit(limit))

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of all sets, some hundred at a time."""
        return keys_of(self._database, strategy_parameters.c.parameter_id)

    async def _select(self, query: sa.Select[Any]) -> tuple[ParameterSet, ...]:
        async with self._database.read() as conn:
            return tuple(_set_of(row) for row in await conn.execute(query))


def _set_of(row: sa.Row[Any]) -> ParameterSet:
    return ParameterSet(row.parameter_id, row.symbol, row.timeframe, rules_of(row.rules), row.active_from, row.reason)
