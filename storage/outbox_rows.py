"""Rows of the outbox within a transaction of somebody else's: written, found, settled, counted in a line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.delivery_tables import destinations, outbox
from storage.delivery_values import OutboxRow, Outgoing, RowState, Settled
from storage.rows import from_row, portions

PORTION = 200
OVERTAKEN = "overtaken by a newer edit"
OUT_OF_DATE = "out of date before it could be sent"
HeldWord = Callable[[int, int], Sequence[Outgoing]]
Line = Callable[[str, Sequence[OutboxRow], datetime], Outgoing]
_t = outbox.c


async def put(conn: AsyncConnection, rows: Iterable[Outgoing]) -> None:
    """Add rows inside the transaction of what they tell of; a row whose key exists is left alone."""
    values = [_row_of(one) for one in rows]
    for portion in portions(values, PORTION):
        await conn.execute(dialect.insert_new(conn.dialect.name, outbox), portion)


def _row_of(one: Outgoing) -> dict[str, Any]:
    return {
        "key": one.key,
        "stream": one.stream,
        "event": one.event,
        "destination": one.destination,
        "part": one.part,
        "payload": dict(one.payload),
        "created_at": one.created_at,
        "valid_until": one.valid_until,
        "edits": one.edits,
        "state": RowState.NEW,
        "attempts": 0,
        "next_at": one.not_before or one.created_at,
        "note": "",
        "holder": "",
        "fence": 0,
    }


def _value_of(row: sa.Row[Any]) -> OutboxRow:
    return replace(from_row(OutboxRow, row), state=RowState(row.state))


def not_behind_held() -> sa.ColumnElement[bool]:
    """Not an edit of a message that is held."""
    other = outbox.alias("held")
    same = (other.c.stream == _t.stream, other.c.destination == _t.destination, other.c.state == RowState.UNKNOWN)
    return sa.or_(~_t.edits, ~sa.exists().where(*same))


def is_on() -> sa.ColumnElement[bool]:
    """Of a destination that is joined: not switched off; one that nobody ever named is on."""
    return sa.or_(destinations.c.on.is_(None), destinations.c.on)


def late(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Out of date, and surely not sent."""
    out = sa.and_(_t.valid_until.is_not(None), _t.valid_until <= now)  # never NULL, so that it can be negated
    return (_t.state == RowState.NEW, out, _t.tried_at.is_(None))


def timely(now: datetime) -> sa.ColumnElement[bool]:
    """The contrary of `late` for a new row."""
    return sa.or_(_t.valid_until.is_(None), _t.valid_until > now, _t.tried_at.is_not(None))


async def select(
    conn: AsyncConnection, *where: sa.ColumnElement[bool], limit: int | None = None
) -> tuple[OutboxRow, ...]:
    """Rows in the order in which they were written."""
    query = sa.select(outbox).where(*where).order_by(_t.seq)
    found = await conn.execute(query if limit is None else query.limit(limit))
    return tuple(_value_of(row) for row in found)


async def newest_edits(conn: AsyncConnection, seqs: Collection[int], now: datetime) -> set[int]:
    """The rows to claim: each edit gives way to the newest of its message; those in between are ended."""
    asked = sa.select(_t.stream, _t.destination, _t.part).where(_t.seq.in_(seqs), _t.edits)
    chosen = set(seqs)
    for row in (await conn.execute(asked)).all():
        same = (_t.stream == row.stream, _t.destination == row.destination, _t.part == row.part)
        found = await conn.scalars(sa.select(_t.seq).where(*same, _t.edits, _t.state == RowState.NEW).order_by(_t.seq))
        *former, newest = found.all() or [0]
        chosen = (chosen - set(former)) | {newest}
        if former:
            end = sa.update(outbox).where(_t.seq.in_(former))
            await conn.execute(end.values(state=RowState.EXPIRED, ended_at=now, note=OVERTAKEN))
    return chosen


async def settle(conn: AsyncConnection, one: Settled) -> int:
    """Write one result; 0 when the claim does not hold any more."""
    row = one.row
    mine = (_t.seq == row.seq, _t.state == RowState.SENDING, _t.holder == row.holder, _t.fence == row.fence)
    values: dict[str, Any] = {"state": one.state, "note": one.note, "attempts": row.attempts + one.counts}
    if one.state is RowState.NEW:
        values["next_at"] = one.next_at or one.at
        values["tried_at"] = row.tried_at if one.doubtful else None
    elif one.state is not RowState.UNKNOWN:
        values["ended_at"] = one.at
    if one.platform_message_id is not None:
        values["platform_message_id"] = one.platform_message_id
    held = (await conn.execute(sa.update(outbox).where(*mine).values(**values))).rowcount
    if held and one.state is RowState.SENT:
        accepted = sa.update(destinations).where(destinations.c.address == row.destination, destinations.c.failures > 0)
        await conn.execute(accepted.values(failures=0))
    return held


async def tell_of_held(conn: AsyncConnection, word: HeldWord) -> None:
    """Add `word(how many are held, number of the oldest)` where any is; what has been said already is left alone."""
    held = sa.select(sa.func.count(), sa.func.min(_t.seq)).where(_t.state == RowState.UNKNOWN)
    n, oldest = (await conn.execute(held)).one()
    if n:
        await put(conn, word(n, oldest))


async def fold(conn: AsyncConnection, destination: str, now: datetime, line: Line) -> int:
    """End a destination\'s rows that are out of date, counted in its line; how many there were."""
    rows = await select(conn, *late(now), _t.destination == destination)
    told = [row for row in rows if not row.edits]
    key = None
    if told:
        key = await _fold_into_line(conn, told, now, line)
    for portion in portions([row.seq for row in rows], PORTION):
        end = sa.update(outbox).where(_t.seq.in_(portion))
        await conn.execute(end.values(state=RowState.EXPIRED, ended_at=now, note=OUT_OF_DATE, folded_into=key))
    return len(rows)


async def _fold_into_line(conn: AsyncConnection, told: Sequence[OutboxRow], now: datetime, line: Line) -> str:
    counted = sa.select(_t.folded_into).where(_t.destination == told[0].destination, _t.folded_into.is_not(None))
    unsent = await select(conn, _t.state == RowState.NEW, _t.key.in_(counted))
    former = unsent[0] if unsent else None
    earlier = await select(conn, _t.folded_into == former.key) if former else ()
    made = line(told[0].destination, (*earlier, *told), now)
    if former is None:
        await put(conn, [made])
        return made.key
    await conn.execute(sa.update(outbox).where(_t.seq == former.seq).values(payload=dict(made.payload)))
    return former.key
