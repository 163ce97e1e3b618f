"""Records that are old enough to leave the database. What the track record counts never is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.delivery_tables import outbox
from storage.delivery_values import RowState
from storage.job_runs import RUNNING
from storage.marks import mark
from storage.people_tables import audit_log
from storage.tables import issued_signals, job_runs, series_states

SIGNALS, OUTBOX, JOBS, AUDIT = "signals", "outbox", "jobs", "audit"
PORTION = 5_000
AHEAD = timedelta(days=1)
_ENDED = (RowState.SENT, RowState.EXPIRED, RowState.DEAD)


@dataclass(frozen=True, slots=True)
class _Kind:
    table: sa.Table
    key: tuple[str, ...]


_KINDS = {
    SIGNALS: _Kind(issued_signals, ("signal_id",)),
    OUTBOX: _Kind(outbox, ("seq",)),
    JOBS: _Kind(job_runs, ("job", "slot")),
    AUDIT: _Kind(audit_log, ("seq",)),
}


class RetentionStore:
    """Old rows by kind.

    `signals`: those without a plan (HOLD and the like) that a newer signal of their series has followed; signals with a
    plan are the track record and stay. `outbox`: ended rows of streams in which nothing happens any more. `jobs`: runs
    that have ended, except the newest of each job. `audit`: all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self, now: datetime) -> datetime | None:
        """The moment from which ages are counted: never more than a day after the newest candle, so that a machine
        whose clock is years ahead throws nothing away. None while there are no candles.
        """
        async with self._database.read() as conn:
            newest = await conn.scalar(sa.select(sa.func.max(series_states.c.newest_at)))
        return None if newest is None else min(now, newest + AHEAD)

    async def old(self, kind: str, before: datetime, limit: int = PORTION) -> tuple[Mapping[str, Any], ...]:
        """Up to `limit` rows of a kind that are older, oldest key first, as mappings of their columns."""
        table, key = _KINDS[kind].table, _KINDS[kind].key
        query = sa.select(table).where(*_old(kind, before)).order_by(*(table.c[name] for name in key)).limit(limit)
        async with self._database.read() as conn:
            return tuple(dict(row) for row in (await conn.execute(query)).mappings())

    async def drop(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Delete rows that `old` gave, with the documents of signals marked for removal; how many there were."""
        if not rows:
            return 0
        table, key = _KINDS[kind].table, _KINDS[kind].key
        mine = [table.c[name] == sa.bindparam(f"its_{name}", type_=table.c[name].type) for name in key]
        async with self._database.write() as conn:
            await conn.execute(sa.delete(table).where(*mine), [{f"its_{n}": row[n] for n in key} for row in rows])
            if kind == SIGNALS:
                await mark(conn, [("signal", row["signal_id"]) for row in rows])
        return len(rows)


def _old(kind: str, before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    if kind == SIGNALS:
        t, newer = issued_signals.c, issued_signals.alias("newer")
        same = [newer.c[name] == t[name] for name in ("exchange", "symbol", "timeframe")]
        followed = sa.exists().where(*same, newer.c.known_at > t.known_at)
        return (t.known_at < before, t.plan.is_(None), followed)
    if kind == OUTBOX:
        o, other = outbox.c, outbox.alias("other")
        alive = sa.or_(other.c.ended_at.is_(None), other.c.ended_at >= before)
        return (o.state.in_(_ENDED), o.ended_at < before, ~sa.exists().where(other.c.stream == o.stream, alive))
    if kind == JOBS:
        j, later = job_runs.c, job_runs.alias("later")
        return (j.slot < before, j.state != RUNNING, sa.exists().where(later.c.job == j.job, later.c.slot > j.slot))
    return (audit_log.c.at < before,)
