"""The outbox: written with what it tells of, claimed before a platform is called, settled afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.database import Database
from storage.delivery_tables import destinations, outbox
from storage.delivery_values import OutboxCounts, OutboxRow, Outgoing, RowState, Settled
from storage.rows import from_row, portions

PORTION = 200
OPEN = (RowState.NEW, RowState.SENDING)
OVERTAKEN = "overtaken by a newer edit"
SWITCHED_OFF = "the destination is off"
Line = Callable[[str, Sequence[OutboxRow], datetime], Outgoing]
_t = outbox.c


@dataclass(frozen=True, slots=True)
class Due:
    """The next row of a destination, ready to be claimed."""

    seq: int
    destination: str
    route: str | None

    @property
    def reached_at(self) -> str:
        """The address to send to now."""
        return self.route or self.destination


async def put(conn: AsyncConnection, rows: Iterable[Outgoing]) -> None:
    """Add rows inside the transaction of what they tell of; a row whose key exists is left alone."""
    values = [_row_of(one) for one in rows]
    for portion in portions(values, PORTION):
        await conn.execute(dialect.insert_new(conn.dialect.name, outbox), portion)


class OutboxStore:
    """Rows in the order in which they were written; see `RowState` for their lives.

    A row is claimed for a holder with the next fencing number; a result counts only while the claim holds, so a
    dispatcher that was taken for dead changes nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, rows: Sequence[Outgoing]) -> None:
        """Add rows in a transaction of their own; a row whose key exists is left alone."""
        if rows:
            async with self._database.write() as conn:
                await put(conn, rows)

    async def due(self, now: datetime) -> tuple[Due, ...]:
        """At most one row per destination, oldest first: its first open one, when that may be tried now.

        A row that is being sent or waits for its next try holds back those behind it. A held (`unknown`) one holds back
        only edits of its own message. Destinations that are off have none.
        """
        head = sa.select(sa.func.min(_t.seq)).where(_t.state.in_(OPEN), _free()).group_by(_t.destination)
        query = sa.select(_t.seq, _t.destination, destinations.c.route)
        query = query.outerjoin(destinations, destinations.c.address == _t.destination)
        query = query.where(_t.seq.in_(head), _t.state == RowState.NEW, _t.next_at <= now, _is_on())
        async with self._database.read() as conn:
            found = await conn.execute(query.order_by(_t.seq))
            return tuple(Due(row.seq, row.destination, row.route) for row in found)

    async def next_at(self, after: datetime) -> datetime | None:
        """When the next row comes up or runs out after this moment; None when none waits for a time."""
        waiting = _t.state == RowState.NEW
        async with self._database.read() as conn:
            tries = await conn.scalar(sa.select(sa.func.min(_t.next_at)).where(waiting, _t.next_at > after))
            ends = await conn.scalar(sa.select(sa.func.min(_t.valid_until)).where(waiting, _t.valid_until > after))
        return min((at for at in (tries, ends) if at is not None), default=None)

    async def claim(self, seqs: Collection[int], holder: str, now: datetime) -> tuple[OutboxRow, ...]:
        """Mark new rows as being sent, committed before this returns; rows that are not new any more are left out.

        Of several edits of one message only the newest is claimed, the others end as overtaken.
        """
        if not seqs:
            return ()
        async with self._database.write() as conn:
            chosen = await _newest_edits(conn, seqs, now)
            mine = (_t.seq.in_(chosen), _t.state == RowState.NEW)
            taken = {"state": RowState.SENDING, "holder": holder, "fence": _t.fence + 1}
            claimed = set(await conn.scalars(sa.select(_t.seq).where(*mine)))
            tried = sa.func.coalesce(_t.tried_at, sa.literal(now, _t.tried_at.type))
            await conn.execute(sa.update(outbox).where(*mine).values(**taken, tried_at=tried))
            return await _select(conn, _t.seq.in_(claimed))

    async def take_over(self, holder: str) -> tuple[OutboxRow, ...]:
        """The rows that another holder left while sending, claimed by this one; oldest first."""
        left = (_t.state == RowState.SENDING, _t.holder != holder)
        async with self._database.write() as conn:
            seqs = list(await conn.scalars(sa.select(_t.seq).where(*left)))
            for portion in portions(seqs, PORTION):
                mine = sa.update(outbox).where(_t.seq.in_(portion))
                await conn.execute(mine.values(holder=holder, fence=_t.fence + 1))
            return await _select(conn, _t.state == RowState.SENDING, _t.holder == holder, _t.seq.in_(seqs))

    async def settle(self, results: Sequence[Settled]) -> int:
        """Write what became of claimed rows, in one transaction; how many of the claims still held.

        What was sent makes its destination's refusals forgotten.
        """
        if not results:
            return 0
        async with self._database.write() as conn:
            return sum([await _settle(conn, one) for one in results])

    async def sent(self, row: OutboxRow, platform_message_id: str, at: datetime) -> bool:
        """It arrived; False when the claim does not hold any more."""
        return await self.settle([Settled(row, RowState.SENT, at, "", platform_message_id)]) == 1

    async def not_sent(self, row: OutboxRow, at: datetime, next_at: datetime, note: str) -> bool:
        """It surely did not arrive and is tried again; counts as an attempt."""
        return await self.settle([Settled(row, RowState.NEW, at, note, None, next_at, counts=True)]) == 1

    async def unknown(self, row: OutboxRow, at: datetime, note: str) -> bool:
        """Nobody knows whether it arrived: it is held for a person."""
        return await self.settle([Settled(row, RowState.UNKNOWN, at, note)]) == 1

    async def dead(self, row: OutboxRow, at: datetime, note: str) -> bool:
        """It surely did not arrive and is given up."""
        return await self.settle([Settled(row, RowState.DEAD, at, note)]) == 1

    async def expire(self, now: datetime, line: Line) -> int:
        """End the new rows that are out of date, each counted in one line for its destination; how many there were.

        Rows and line are written together. While a line is not sent yet, later ones are added to it: `line` is given
        all the rows that it counts, oldest first, and must keep to one key for the same first row. Rows of destinations
        that are off end as dead, without a line. A row that may have arrived is left alone until that is known.
        """
        await self._end_switched_off(now)
        late = _late(now)
        async with self._database.read() as conn:
            found = list(await conn.scalars(sa.select(_t.destination).where(*late).distinct().order_by(_t.destination)))
        ended = 0
        for destination in found:
            async with self._database.write() as conn:
                ended += await _fold(conn, destination, now, line)
        return ended

    async def _end_switched_off(self, now: datetime) -> None:
        off = sa.select(destinations.c.address).where(~destinations.c.on)
        lost = (_t.state == RowState.NEW, _t.destination.in_(off))
        async with self._database.read() as conn:
            if await conn.scalar(sa.select(_t.seq).where(*lost).limit(1)) is None:
                return
        end = sa.update(outbox).where(*lost)
        async with self._database.write() as conn:
            await conn.execute(end.values(state=RowState.DEAD, ended_at=now, note=SWITCHED_OFF))

    async def live_message(self, stream: str, destination: str, part: int = 0) -> str | None:
        """The platform's id of the stream's message at a destination; None where none was sent."""
        sent = (_t.stream == stream, _t.destination == destination, _t.part == part, ~_t.edits)
        query = sa.select(_t.platform_message_id).where(*sent, _t.state == RowState.SENT)
        async with self._database.read() as conn:
            found: str | None = await conn.scalar(query.order_by(_t.seq.desc()).limit(1))
            return found

    async def reached(self, stream: str) -> frozenset[str]:
        """The destinations whose message of this stream was sent or still may be: those that want its edits."""
        alive = (*OPEN, RowState.UNKNOWN, RowState.SENT)
        query = sa.select(_t.destination).where(_t.stream == stream, ~_t.edits, _t.state.in_(alive)).distinct()
        async with self._database.read() as conn:
            return frozenset(await conn.scalars(query))

    async def get(self, seq: int) -> OutboxRow | None:
        """The row with this number."""
        found = await self._rows(_t.seq == seq)
        return found[0] if found else None

    async def of_stream(self, stream: str) -> tuple[OutboxRow, ...]:
        """Every row of a stream, oldest first."""
        return await self._rows(_t.stream == stream)

    async def held(self, limit: int = 100) -> tuple[OutboxRow, ...]:
        """Rows of which nobody knows whether they arrived, oldest first."""
        async with self._database.read() as conn:
            return await _select(conn, _t.state == RowState.UNKNOWN, limit=limit)

    async def release(self, seq: int, at: datetime, note: str) -> bool:
        """Send a held row again, as a person decided; False when it is not held."""
        return await self._decide(seq, state=RowState.NEW, next_at=at, tried_at=None, valid_until=None, note=note)

    async def drop(self, seq: int, at: datetime, note: str) -> bool:
        """Give a held row up, as a person decided; False when it is not held."""
        return await self._decide(seq, state=RowState.DEAD, ended_at=at, note=note)

    async def counts(self) -> OutboxCounts:
        """How many rows there are in each state."""
        by_state = sa.select(_t.state, sa.func.count().label("n")).group_by(_t.state)
        async with self._database.read() as conn:
            found = {row.state: row.n for row in await conn.execute(by_state)}
            oldest = await conn.scalar(sa.select(sa.func.min(_t.created_at)).where(_t.state == RowState.NEW))
        return OutboxCounts(found, oldest)

    async def _decide(self, seq: int, **values: Any) -> bool:
        held = sa.update(outbox).where(_t.seq == seq, _t.state == RowState.UNKNOWN)
        async with self._database.write() as conn:
            return (await conn.execute(held.values(**values))).rowcount > 0

    async def _rows(self, *where: sa.ColumnElement[bool]) -> tuple[OutboxRow, ...]:
        async with self._database.read() as conn:
            return await _select(conn, *where)


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
        "next_at": one.created_at,
        "note": "",
        "holder": "",
        "fence": 0,
    }


def _value_of(row: sa.Row[Any]) -> OutboxRow:
    return from_row(OutboxRow, row)


def _free() -> sa.ColumnElement[bool]:
    """Not an edit of a message that is held."""
    other = outbox.alias("held")
    same = (other.c.stream == _t.stream, other.c.destination == _t.destination, other.c.state == RowState.UNKNOWN)
    return sa.or_(~_t.edits, ~sa.exists().where(*same))


def _is_on() -> sa.ColumnElement[bool]:
    return sa.or_(destinations.c.on.is_(None), destinations.c.on)


def _late(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Out of date, and surely not sent."""
    return (_t.state == RowState.NEW, _t.valid_until <= now, _t.tried_at.is_(None))


async def _select(
    conn: AsyncConnection, *where: sa.ColumnElement[bool], limit: int | None = None
) -> tuple[OutboxRow, ...]:
    query = sa.select(outbox).where(*where).order_by(_t.seq)
    found = await conn.execute(query if limit is None else query.limit(limit))
    return tuple(_value_of(row) for row in found)


async def _newest_edits(conn: AsyncConnection, seqs: Collection[int], now: datetime) -> set[int]:
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


async def _settle(conn: AsyncConnection, one: Settled) -> int:
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


async def _fold(conn: AsyncConnection, destination: str, now: datetime, line: Line) -> int:
    rows = await _select(conn, *_late(now), _t.destination == destination)
    told = [row for row in rows if not row.edits]
    key = None
    if told:
        key = await _fold_into_line(conn, told, now, line)
    for portion in portions([row.seq for row in rows], PORTION):
        end = sa.update(outbox).where(_t.seq.in_(portion))
        note = "out of date before it could be sent"
        await conn.execute(end.values(state=RowState.EXPIRED, ended_at=now, note=note, folded_into=key))
    return len(rows)


async def _fold_into_line(conn: AsyncConnection, told: Sequence[OutboxRow], now: datetime, line: Line) -> str:
    counted = sa.select(_t.folded_into).where(_t.destination == told[0].destination, _t.folded_into.is_not(None))
    unsent = await _select(conn, _t.state == RowState.NEW, _t.key.in_(counted))
    former = unsent[0] if unsent else None
    earlier = await _select(conn, _t.folded_into == former.key) if former else ()
    made = line(told[0].destination, (*earlier, *told), now)
    if former is None:
        await put(conn, [made])
        return made.key
    await conn.execute(sa.update(outbox).where(_t.seq == former.seq).values(payload=dict(made.payload)))
    return former.key
