"""Sums and counts over shared records (signals, backtests) and over the recommendations a person was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.model import Backtest, SignalState
from storage.database import Database
from storage.rows import from_row
from storage.tables import backtests, issued_signals, recommendations, signal_transitions, trades
from storage.tallies import all_names, named_now

_S, _B, _R = issued_signals.c, backtests.c, recommendations.c
REACHED = (SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records, as known when; `owner` is None for shared records only. Empty means any.

    `since` is inclusive, `until` exclusive: on the close of a signal's bar, a backtest's end of work, the moment a
    recommendation was given.
    """

    owner: str | None
    as_of: datetime
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignalCount:
    """Issued signals of one group. `planned` carried a trade, `ended` of those are over, `reached` of the ended ones
    came to the first target before that; `sum_r` adds up `with_r` realised results in R.
    """

    key: str
    issued: int
    planned: int
    ended: int
    reached: int
    with_r: int
    sum_r: float


@dataclass(frozen=True, slots=True)
class BacktestGroup:
    """How many backtests of a group carry the figure, and its mean, lowest and highest value."""

    key: str
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AdviceCount:
    """Recommendations of one group, and how many of them their owner took as a (paper) trade."""

    key: str
    given: int
    followed: int


class SharedTallies:
    """Figures over signals, backtests and recommendations, all by SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def signals(self, where: RecordFilter, by: str = "") -> tuple[SignalCount, ...]:
        """Signals known by the moment and how those ended that had ended by then, grouped by `by`, by key."""
        final = signal_transitions.alias("final")
        step = signal_transitions.alias("step")
        known_end = (final.c.final_of == _S.signal_id) & (final.c.at <= where.as_of)
        reached = sa.exists().where(
            step.c.signal_id == _S.signal_id, step.c.state.in_([s.value for s in REACHED]), step.c.at <= where.as_of
        )
        ended = final.c.signal_id.is_not(None)
        key = _signal_key(by)
        columns = [
            key.label("key"),
            sa.func.count(),
            _number(_S.plan.is_not(None)),
            _number(ended),
            _number(ended & reached),
            sa.func.count(final.c.realised_r),
            sa.func.coalesce(sa.func.sum(final.c.realised_r), 0.0),
        ]
        query = sa.select(*columns).select_from(issued_signals.outerjoin(final, known_end))
        rows = await self._rows(query.where(*_signals(where)).group_by("key").order_by("key"))
        return tuple(
            SignalCount(str(key), issued, int(planned), int(ended), int(reached), with_r, float(sum_r))
            for key, issued, planned, ended, reached, with_r, sum_r in rows
        )

    async def newest_signal(self, where: RecordFilter) -> datetime | None:
        """When the newest signal of these symbols was known."""
        wide = RecordFilter(None, where.as_of, symbols=where.symbols)
        found: datetime | None = (await self._rows(sa.select(sa.func.max(_S.known_at)).where(*_signals(wide))))[0][0]
        return found

    async def backtests(self, where: RecordFilter, column: str, by: str = "") -> tuple[BacktestGroup, ...]:
        """The figure `column` over finished backtests, grouped, by key; those without the figure are left out."""
        figure, key = _B[column], _backtest_key(by)
        value = sa.cast(figure, sa.Double)
        columns = [key.label("key"), sa.func.count(), sa.func.avg(value), sa.func.min(value), sa.func.max(value)]
        query = sa.select(*columns).where(*_backtests(where), figure.is_not(None)).group_by("key").order_by("key")
        return tuple(BacktestGroup(str(k), n, a, low, high) for k, n, a, low, high in await self._rows(query))

    async def ranked_backtests(
        self, where: RecordFilter, column: str, limit: int, *, highest: bool
    ) -> tuple[Backtest, ...]:
        """The backtests with the highest (or lowest) figure `column`, ties newest first."""
        figure = _B[column]
        order = figure.desc() if highest else figure.asc()
        query = sa.select(backtests).where(*_backtests(where), figure.is_not(None))
        rows = await self._rows(query.order_by(order, _B.finished_at.desc(), _B.backtest_id).limit(limit))
        return tuple(from_row(Backtest, row) for row in rows)

    async def backtest_count(self, where: RecordFilter) -> int:
        """How many backtests had finished."""
        return int(
            (await self._rows(sa.select(sa.func.count()).select_from(backtests).where(*_backtests(where))))[0][0]
        )

    async def recommendations(self, where: RecordFilter, by: str = "") -> tuple[AdviceCount, ...]:
        """Recommendations given to the owner and how many of them they took, grouped, by key.

        ValueError without an owner: nobody else's are ever counted.
        """
        if where.owner is None:
            raise ValueError("recommendations belong to a person")
        taken = sa.exists().where(
            trades.c.owner == where.owner,
            trades.c.opened_at <= where.as_of,
            trades.c.trade_id.like(sa.literal("take-") + _R.recommendation_id + "-%"),
        )
        key = _advice_key(by)
        query = sa.select(key.label("key"), sa.func.count(), _number(taken)).select_from(recommendations)
        rows = await self._rows(query.where(*_advice(where)).group_by("key").order_by("key"))
        return tuple(AdviceCount(str(k or ""), given, int(followed)) for k, given, followed in rows)

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        async with self._database.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.Text)


def _signal_key(by: str) -> sa.ColumnElement[Any]:
    named = {"symbol": named_now(_S.symbol), "timeframe": _text(_S.timeframe), "action": _S.action, "setup": _S.setup}
    direction = sa.case(
        (_S.action.in_(("BUY", "STRONG_BUY")), "BUY"), (_S.action.in_(("SELL", "STRONG_SELL")), "SELL"), else_="HOLD"
    )
    return {**named, "strategy": _S.strategy, "side": direction}[by] if by else sa.literal_column("''")


def _backtest_key(by: str) -> sa.ColumnElement[Any]:
    named = {"symbol": named_now(_B.symbol), "timeframe": _text(_B.timeframe), "strategy": _B.strategy}
    return named[by] if by else sa.literal_column("''")


def _advice_key(by: str) -> sa.ColumnElement[Any]:
    named = {"symbol": named_now(_R.symbol), "action": _R.action, "method": _R.method}
    return named[by] if by else sa.literal_column("''")


def _bounds(column: sa.ColumnElement[Any], where: RecordFilter) -> list[sa.ColumnElement[bool]]:
    parts = [column <= where.as_of]
    if where.since is not None:
        parts.append(column >= where.since)
    if where.until is not None:
        parts.append(column < where.until)
    return parts


def _signals(where: RecordFilter) -> list[sa.ColumnElement[bool]]:
    parts = _bounds(_S.known_at, where)
    chosen = [(_S.timeframe, where.timeframes), (_S.action, where.actions), (_S.setup, where.setups)]
    return parts + _chosen(_S.symbol, _S.strategy, where) + [column.in_(said) for column, said in chosen if said]


def _backtests(where: RecordFilter) -> list[sa.ColumnElement[bool]]:
    parts = _bounds(_B.finished_at, where) + _chosen(_B.symbol, _B.strategy, where)
    return [*parts, _B.timeframe.in_(where.timeframes)] if where.timeframes else parts


def _advice(where: RecordFilter) -> list[sa.ColumnElement[bool]]:
    parts = [*_bounds(_R.created_at, where), _R.owner == where.owner]
    if where.symbols:
        parts.append(_R.symbol.in_(all_names(where.symbols)))
    return [*parts, _R.action.in_(where.actions)] if where.actions else parts


def _chosen(
    symbol: sa.ColumnElement[str], strategy: sa.ColumnElement[str], where: RecordFilter
) -> list[sa.ColumnElement[bool]]:
    parts: list[sa.ColumnElement[bool]] = []
    if where.symbols:
        parts.append(symbol.in_(all_names(where.symbols)))
    if where.strategies:
        parts.append(sa.func.lower(strategy).in_([one.lower() for one in where.strategies]))
    return parts
