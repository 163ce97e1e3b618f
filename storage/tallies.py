"""Sums and counts over a person's trades: SQL filters and counts, money is added up exactly from two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from signals.model import Trade
from signals.universe import ASSETS, QUOTE, names_of
from storage.database import Database
from storage.rows import from_row, gently
from storage.tables import issued_signals, trades
from storage.trades import at_the_time

_T = trades.c


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """Whose trades, as known when: both are required. Empty means any; POL/USDT also means its old name.

    `since` is inclusive and `until` exclusive, on the closing time (the opening time of open trades). `newest` keeps so
    many of the trades closed last. `outcomes` are win, loss, even.
    """

    owner: str
    as_of: datetime
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    exit_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class TradeCount:
    """Closed trades of one group; `unpriced` ones were closed without a result and are in none of the others."""

    key: str
    closed: int
    won: int
    lost: int
    even: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class TradeMoney:
    """One closed trade's group, result and fees, in the currency of the account."""

    key: str
    pnl: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True)
class Ending:
    """When a trade was closed, and with what result."""

    trade_id: str
    closed_at: datetime
    pnl: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """How long closed trades were held, in milliseconds; `total_ms` over `n` is the mean."""

    n: int
    total_ms: int
    shortest_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Risked:
    """A closed trade of a signal: what it made, and what it would have lost at the stop of the signal's plan."""

    pnl: Decimal
    risk: Decimal


class TradeTallies:
    """Figures over one owner's trades; every method takes the owner and the moment within the filter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, where: TradeFilter, by: str = "") -> tuple[TradeCount, ...]:
        """Closed trades counted by SQL, in groups of the column `by` (one group when empty), by key."""
        key, sign = _key(by), _sign()
        priced = _T.pnl_usd.is_not(None)
        columns = [
            key.label("key"),
            _number(priced).label("closed"),
            _number(priced & (sign > 0)).label("won"),
            _number(priced & (sign < 0)).label("lost"),
            _number(priced & (sign == 0)).label("even"),
            _number(~priced).label("unpriced"),
        ]
        rows = await self._rows(_over(columns, where, by).group_by("key").order_by("key"))
        return tuple(TradeCount(str(r.key or ""), r.closed, r.won, r.lost, r.even, r.unpriced) for r in rows)

    async def money(self, where: TradeFilter, by: str = "") -> tuple[TradeMoney, ...]:
        """The result and fees of each closed trade with a result, in no particular order."""
        columns = [_key(by).label("key"), _T.pnl_usd, _T.fees_usd]
        rows = await self._rows(_over(columns, where, by).where(_T.pnl_usd.is_not(None)))
        return await gently(lambda row: TradeMoney(str(row.key or ""), row.pnl_usd, row.fees_usd), rows)

    async def endings(self, where: TradeFilter) -> tuple[Ending, ...]:
        """Closed trades with a result in the order of closing, ties by id: for streaks, drawdowns and extremes."""
        columns = [_T.trade_id, _T.closed_at, _T.pnl_usd]
        query = _over(columns, where, "").where(_T.pnl_usd.is_not(None)).order_by(_T.closed_at, _T.trade_id)
        return await gently(lambda row: Ending(row.trade_id, row.closed_at, row.pnl_usd), await self._rows(query))

    async def trades(self, where: TradeFilter, trade_ids: Sequence[str]) -> tuple[Trade, ...]:
        """The owner's trades of these ids, in their order."""
        query = sa.select(trades).where(_T.owner == where.owner, _T.trade_id.in_(list(trade_ids)))
        found = {row.trade_id: at_the_time(from_row(Trade, row), where.as_of) for row in await self._rows(query)}
        return tuple(found[one] for one in trade_ids if one in found)

    async def open(self, where: TradeFilter) -> tuple[Trade, ...]:
        """Trades that were open at the moment, newest first; how trades ended does not filter them."""
        query = sa.select(trades).where(*_about(where), *_open(where)).order_by(_T.opened_at.desc(), _T.trade_id)
        return tuple(at_the_time(from_row(Trade, row), where.as_of) for row in await self._rows(query))

    async def open_count(self, where: TradeFilter) -> int:
        """How many were open at the moment."""
        rows = await self._rows(sa.select(sa.func.count()).select_from(trades).where(*_about(where), *_open(where)))
        return int(rows[0][0])

    async def held(self, where: TradeFilter) -> Held:
        """How long closed trades were held, computed by SQL."""
        took = sa.type_coerce(_T.closed_at, sa.BigInteger) - sa.type_coerce(_T.opened_at, sa.BigInteger)
        columns = [sa.func.count(), sa.func.sum(took), sa.func.min(took), sa.func.max(took)]
        n, total, shortest, longest = (await self._rows(_over(columns, where, "")))[0]
        return Held(n, int(total or 0), int(shortest or 0), int(longest or 0))

    async def risked(self, where: TradeFilter) -> tuple[Risked, ...]:
        """Closed trades whose signal had a plan: the result beside quantity times the distance to the plan's stop."""
        columns = [_T.pnl_usd, _T.quantity, _T.entry, issued_signals.c.plan]
        query = _over(columns, where, "setup").where(_T.pnl_usd.is_not(None), issued_signals.c.plan.is_not(None))
        found = []
        for pnl, quantity, entry, plan in await self._rows(query):
            risk = quantity * abs(entry - Decimal(repr(plan["stop"])))
            if risk > 0:
                found.append(Risked(pnl, risk))
        return tuple(found)

    async def nearest(self, where: TradeFilter) -> tuple[datetime | None, datetime | None]:
        """When the owner's newest trade was closed and opened by the moment, of these symbols; None for none."""
        wide = TradeFilter(where.owner, where.as_of, symbols=where.symbols)
        closed = sa.select(sa.func.max(_T.closed_at)).where(*_about(wide), _T.closed_at <= where.as_of)
        opened = sa.select(sa.func.max(_T.opened_at)).where(*_about(wide))
        return (await self._rows(closed))[0][0], (await self._rows(opened))[0][0]

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        async with self._database.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows


def named_now(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A column of pairs with today's names: MATIC/USDT becomes POL/USDT."""
    former = {f"{a.former}/{QUOTE}": f"{a.ticker}/{QUOTE}" for a in ASSETS if a.former}
    return sa.case(former, value=column, else_=column)


def all_names(symbols: Sequence[str]) -> list[str]:
    """Every name that these pairs have had."""
    return [name for symbol in symbols for name in names_of(symbol)]


def _key(by: str) -> sa.ColumnElement[Any]:
    if not by:
        return sa.literal_column("''")
    if by == "symbol":
        return named_now(_T.symbol)
    if by == "setup":
        return issued_signals.c.setup
    columns = {"timeframe": _T.timeframe, "side": _T.side, "strategy": _T.strategy, "exit_reason": _T.exit_reason}
    columns["day"] = _T.closed_at
    return sa.type_coerce(columns[by], sa.BigInteger if by == "day" else sa.Text)


def _sign() -> sa.ColumnElement[float]:
    """For its sign only, which no rounding changes."""
    return sa.cast(_T.pnl_usd, sa.Double)


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _over(columns: Sequence[Any], where: TradeFilter, by: str) -> sa.Select[Any]:
    query: sa.Select[Any] = sa.select(*columns).select_from(trades)
    if by == "setup" or where.setups:
        query = sa.select(*columns).select_from(
            trades.outerjoin(issued_signals, issued_signals.c.signal_id == _T.signal_id)
        )
    query = query.where(*_about(where), *_closed(where))
    if where.newest is None:
        return query
    ids = _over([_T.trade_id], replace(where, newest=None), "").where(_T.pnl_usd.is_not(None))
    return query.where(_T.trade_id.in_(ids.order_by(_T.closed_at.desc(), _T.trade_id).limit(where.newest)))


def _about(where: TradeFilter) -> list[sa.ColumnElement[bool]]:
    parts = [_T.owner == where.owner, _T.opened_at <= where.as_of]
    if where.symbols:
        parts.append(_T.symbol.in_(all_names(where.symbols)))
    if where.timeframes:
        parts.append(_T.timeframe.in_(where.timeframes))
    if where.sides:
        parts.append(_T.side.in_(where.sides))
    if where.strategies:
        parts.append(sa.func.lower(_T.strategy).in_([one.lower() for one in where.strategies]))
    if where.setups:
        own = sa.select(issued_signals.c.signal_id).where(issued_signals.c.setup.in_(where.setups))
        parts.append(_T.signal_id.in_(own))
    return parts


def _closed(where: TradeFilter) -> list[sa.ColumnElement[bool]]:
    parts = [_T.closed_at.is_not(None), _T.closed_at <= where.as_of]
    if where.since is not None:
        parts.append(_T.closed_at >= where.since)
    if where.until is not None:
        parts.append(_T.closed_at < where.until)
    if where.exit_reasons:
        parts.append(_T.exit_reason.in_(where.exit_reasons))
    if where.outcomes:
        sign = _sign()
        signs = {"win": sign > 0, "loss": sign < 0, "even": sign == 0}
        parts.append(sa.or_(*(signs[one] for one in where.outcomes)))
    return parts


def _open(where: TradeFilter) -> list[sa.ColumnElement[bool]]:
    parts: list[sa.ColumnElement[bool]] = [_T.closed_at.is_(None) | (_T.closed_at > where.as_of)]
    if where.since is not None:
        parts.append(_T.opened_at >= where.since)
    if where.until is not None:
        parts.append(_T.opened_at < where.until)
    return parts
