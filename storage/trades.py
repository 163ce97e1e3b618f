"""People's trades. Each belongs to its owner, who is part of every query that serves a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.model import Trade
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.ledger_tables import trade_notes
from storage.marks import mark
from storage.rows import as_row, from_row
from storage.tables import trades


class TradeStore:
    """Trades by their id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, trade: Trade) -> None:
        """Store a trade or its new state, with its ingest marks (`trade`, and `trade_note` for a note, now or before).

        ValueError when the id belongs to another owner's trade.
        """
        async with self._database.write() as conn:
            former = await _one(conn, trades.c.trade_id == trade.trade_id)
            if former is not None and former.owner != trade.owner:
                raise ValueError(f"trade {trade.trade_id} belongs to somebody else")
            await conn.execute(dialect.upsert(conn.dialect.name, trades), as_row(trade))
            noted = bool(trade.note or (former and former.note))
            await mark(conn, _marks(trade.trade_id, noted=noted))

    async def get(self, trade_id: str, owner: str | None = None) -> Trade | None:
        """The trade; with `owner` only if it is theirs. Without one it serves ingestion, never a person."""
        query = trades.c.trade_id == trade_id
        async with self._database.read() as conn:
            return await _one(conn, query if owner is None else query & (trades.c.owner == owner))

    async def of_owner(
        self, owner: str, as_of: datetime, symbols: Sequence[str] = (), limit: int | None = None
    ) -> tuple[Trade, ...]:
        """The owner's trades opened by `as_of`, newest first, as they stood then (`at_the_time`); no symbols: all."""
        query = sa.select(trades).where(trades.c.owner == owner, trades.c.opened_at <= as_of)
        if symbols:
            query = query.where(trades.c.symbol.in_(symbols))
        query = query.order_by(trades.c.opened_at.desc(), trades.c.trade_id).limit(limit)
        async with self._database.read() as conn:
            found = [from_row(Trade, row) for row in await conn.execute(query)]
            early = {t.trade_id: await _noted_by(conn, t.trade_id, as_of) for t in found if _noted_later(t, as_of)}
        return tuple(at_the_time(trade, as_of, early.get(trade.trade_id, "")) for trade in found)

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of everybody's trades, some hundred at a time."""
        return keys_of(self._database, trades.c.trade_id)

    def noted_keys(self) -> AsyncIterator[list[str]]:
        """The ids of the trades that carry a note, some hundred at a time."""
        return keys_of(self._database, trades.c.trade_id, trades.c.note != "")

    async def delete(self, trade_id: str, owner: str) -> bool:
        """Forget the owner's trade and mark its documents for removal; False when they have no such trade."""
        mine = sa.and_(trades.c.trade_id == trade_id, trades.c.owner == owner)
        async with self._database.write() as conn:
            gone = (await conn.execute(sa.delete(trades).where(mine))).rowcount > 0
            if gone:
                await mark(conn, _marks(trade_id, noted=True))
        return gone


def at_the_time(trade: Trade, as_of: datetime, noted: str = "") -> Trade:
    """The trade as it was known at `as_of`: one closed later was open then, without exit, result or fees.

    A note written later was not there; `noted` is what was. Fees, and notes without a time, count as known with the
    close.
    """
    if _noted_later(trade, as_of) or (trade.noted_at is None and trade.closed_at and trade.closed_at > as_of):
        trade = replace(trade, note=noted)
    if trade.closed_at is None or trade.closed_at <= as_of:
        return trade
    return replace(
        trade, exit=None, closed_at=None, pnl_usd=None, return_pct=None, fees_usd=Decimal(0), exit_reason=None
    )


def _noted_later(trade: Trade, as_of: datetime) -> bool:
    return trade.noted_at is not None and trade.noted_at > as_of


async def _noted_by(conn: AsyncConnection, trade_id: str, as_of: datetime) -> str:
    t = trade_notes.c
    query = sa.select(t.text).where(t.trade_id == trade_id, t.at <= as_of).order_by(t.at, t.seq)
    return "\n".join((await conn.scalars(query)).all())


async def _one(conn: AsyncConnection, where: sa.ColumnElement[bool]) -> Trade | None:
    row = (await conn.execute(sa.select(trades).where(where))).one_or_none()
    return None if row is None else from_row(Trade, row)


def _marks(trade_id: str, *, noted: bool) -> list[tuple[str, str]]:
    return [("trade", trade_id), *([("trade_note", trade_id)] if noted else [])]
