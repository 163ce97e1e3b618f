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
from storage.rows import as_row, from_row, portions
from storage.tables import trades

PORTION = 500


class TradeStore:
    """Trades by their id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, trade: Trade) -> None:
        """Store a trade or its new state, with its ingest marks (`trade`, and `trade_note` for a note, now or before).

        ValueError when the id belongs to another owner's trade.
        """
        await self.save_many([trade])

    async def save_many(self, many: Sequence[Trade]) -> None:
        """Store trades in one transaction, each as `save` does; of the same id the last counts.

        ValueError, and nothing stored, when an id belongs to another owner's trade.
        """
        single = {trade.trade_id: trade for trade in many}
        async with self._database.write() as conn:
            for ids in portions(list(single), PORTION):
                former = {trade.trade_id: trade for trade in await _those(conn, ids)}
                for one in ids:
                    if one in former and former[one].owner != single[one].owner:
                        raise ValueError(f"trade {one} belongs to somebody else")
                await conn.execute(dialect.upsert(conn.dialect.name, trades), [as_row(single[one]) for one in ids])
                noted = {one for one in ids if single[one].note or (one in former and former[one].note)}
                await mark(conn, (pair for one in ids for pair in _marks(one, noted=one in noted)))

    async def get(self, trade_id: str, owner: str | None = None) -> Trade | None:
        """The trade; with `owner` only if it is theirs. Without one it serves ingestion, never a person."""
        found = (await self.get_many([trade_id])).get(trade_id)
        return None if found is None or (owner is not None and found.owner != owner) else found

    async def get_many(self, trade_ids: Sequence[str]) -> dict[str, Trade]:
        """Those of these trades that exist, whoever owns them, by id: for ingestion, never for a person."""
        async with self._database.read() as conn:
            found = [trade for ids in portions(trade_ids, PORTION) for trade in await _those(conn, ids)]
        return {trade.trade_id: trade for trade in found}

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


async def _those(conn: AsyncConnection, ids: Sequence[str]) -> list[Trade]:
    rows = await conn.execute(sa.select(trades).where(trades.c.trade_id.in_(ids)))
    return [from_row(Trade, row) for row in rows.all()]


def _marks(trade_id: str, *, noted: bool) -> list[tuple[str, str]]:
    return [("trade", trade_id), *([("trade_note", trade_id)] if noted else [])]
