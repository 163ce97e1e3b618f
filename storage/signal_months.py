"""Old signals by month: one row per series and month stands for them in the knowledge base; their own rows stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.model import Action, Series, SignalState, Timeframe
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.knowledge_tables import signal_months
from storage.marks import mark
from storage.rows import as_row
from storage.tables import issued_signals, signal_transitions

_BUYS = (Action.BUY.value, Action.STRONG_BUY.value)
_SELLS = (Action.SELL.value, Action.STRONG_SELL.value)


@dataclass(frozen=True, slots=True)
class SignalMonth:
    """The signals of one series that were known in a month, all ended; known when the last of that was.

    `setups` are (name, signals), most frequent first; `mean_r` is over those that ended with a result.
    """

    month_id: str
    exchange: str
    symbol: str
    timeframe: Timeframe
    month: datetime
    known_at: datetime
    signals: int
    buys: int
    sells: int
    targets: int
    stopped: int
    expired: int
    invalidated: int
    mean_r: float | None
    setups: tuple[tuple[str, int], ...] = ()


class SignalMonthStore:
    """Months of old signals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def roll_up(self, before: datetime) -> int:
        """Sum up every month that was over by `before` and is not summed up yet (or has got more signals since).

        Each month is one transaction that marks its document and those of its signals and outcomes, which then leave.
        A month with a plan that has not ended waits. Returns the months summed up.
        """
        done = 0
        for series, month in await self._due(before):
            async with self._database.write() as conn:
                done += await _roll(conn, series, month)
        return done

    async def get(self, month_id: str) -> SignalMonth | None:
        """The month by `exchange:SYMBOL:timeframe:2026-01`."""
        async with self._database.read() as conn:
            row = (await conn.execute(sa.select(signal_months).filter_by(month_id=month_id))).first()
        if row is None:
            return None
        found = {name: row._mapping[name] for name in SignalMonth.__dataclass_fields__}
        return SignalMonth(**found | {"setups": tuple((name, count) for name, count in row.setups)})

    async def holds(self, series: Series, known_at: datetime) -> bool:
        """Whether a signal of this series known then is summed up in its month."""
        query = sa.select(signal_months.c.month_id).filter_by(month_id=_id_of(series, month_of(known_at)))
        async with self._database.read() as conn:
            return (await conn.execute(query)).first() is not None

    async def end(self) -> datetime | None:
        """The end of the newest month that is summed up; None before the first."""
        async with self._database.read() as conn:
            last = await conn.scalar(sa.select(sa.func.max(signal_months.c.month)))
        return None if last is None else next_month(last)

    async def keys(self) -> AsyncIterator[list[str]]:
        """All ids, some hundred at a time."""
        async for portion in keys_of(self._database, signal_months.c.month_id):
            yield portion

    async def _due(self, before: datetime) -> list[tuple[Series, datetime]]:
        t = issued_signals.c
        columns = (t.exchange, t.symbol, t.timeframe, t.known_at)
        query = sa.select(*columns).where(t.known_at < month_of(before))
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
            kept = await conn.execute(sa.select(signal_months.c.month_id, signal_months.c.signals))
            stored = {row.month_id: row.signals for row in kept}
        found = Counter((Series(r.exchange, r.symbol, r.timeframe), month_of(r.known_at)) for r in rows)
        due = [key for key, count in found.items() if stored.get(_id_of(*key)) != count]
        return sorted(due, key=lambda key: (key[1], str(key[0])))


def month_of(moment: datetime) -> datetime:
    """The first moment of the UTC month."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first moment of the month after the one that begins at `month`."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _id_of(series: Series, month: datetime) -> str:
    return f"{series.exchange}:{series.symbol}:{series.timeframe}:{month:%Y-%m}"


async def _roll(conn: AsyncConnection, series: Series, month: datetime) -> bool:
    t, end = issued_signals.c, signal_transitions.c
    final = sa.outerjoin(issued_signals, signal_transitions, end.final_of == t.signal_id)
    columns = (t.signal_id, t.known_at, t.action, t.setup, t.plan, end.state, end.at, end.realised_r)
    mine = (t.exchange == series.exchange, t.symbol == series.symbol, t.timeframe == series.timeframe)
    during = (t.known_at >= month, t.known_at < next_month(month))
    rows: Sequence[Any] = (await conn.execute(sa.select(*columns).select_from(final).where(*mine, *during))).all()
    if any(row.plan is not None and row.state is None for row in rows):
        return False
    summed = _summed(series, month, rows)
    row = as_row(summed) | {"setups": [list(one) for one in summed.setups]}
    await conn.execute(dialect.upsert(conn.dialect.name, signal_months), row)
    await mark(conn, _marks(summed.month_id, rows))
    return True


def _marks(month_id: str, rows: Sequence[Any]) -> Iterable[tuple[str, str]]:
    yield "signal_month", month_id
    for row in rows:
        yield "signal", row.signal_id
        if row.state is not None:
            yield "outcome", row.signal_id


def _summed(series: Series, month: datetime, rows: Sequence[Any]) -> SignalMonth:
    states = Counter(row.state for row in rows if row.state is not None)
    results = [row.realised_r for row in rows if row.realised_r is not None]
    ends = [row.at for row in rows if row.at is not None]
    return SignalMonth(
        month_id=_id_of(series, month),
        exchange=series.exchange,
        symbol=series.symbol,
        timeframe=series.timeframe,
        month=month,
        known_at=max([next_month(month), *ends]),
        signals=len(rows),
        buys=sum(row.action in _BUYS for row in rows),
        sells=sum(row.action in _SELLS for row in rows),
        targets=states[SignalState.TARGET.value],
        stopped=states[SignalState.STOPPED.value],
        expired=states[SignalState.EXPIRED.value],
        invalidated=states[SignalState.INVALIDATED.value],
        mean_r=sum(results) / len(results) if results else None,
        setups=tuple(Counter(row.setup for row in rows if row.setup).most_common(5)),
    )
