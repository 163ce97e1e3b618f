"""The outbox: written with what it tells of, claimed before a platform is called, settled afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.delivery_tables import destinations, outbox
from storage.delivery_values import OutboxCounts, OutboxRow, Outgoing, RowState, Settled
from storage.outbox_rows import (
    PORTION,
    HeldWord,
    Line,
    fold,
    is_on,
    late,
    newest_edits,
    not_behind_held,
    put,
    select,
    settle,
    tell_of_held,
    timely,
)
from storage.rows import portions

OPEN = (RowState.NEW, RowState.SENDING)
SWITCHED_OFF = "the destination is off"
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
        head = sa.select(sa.func.min(_t.seq)).where(_t.state.in_(OPEN), not_behind_held()).group_by(_t.destination)
        query = sa.select(_t.seq, _t.destination, destinations.c.route)
        query = query.outerjoin(destinations, destinations.c.address == _t.destination)
        query = query.where(_t.seq.in_(head), _t.state == RowState.NEW, _t.next_at <= now, is_on())
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

        So are those that are out of date and surely were not sent; one that may have arrived has to be looked for.

        Of several edits of one message only the newest is claimed, the others end as overtaken.
        """
        if not seqs:
            return ()
        async with self._database.write() as conn:
            chosen = await newest_edits(conn, seqs, now)
            mine = (_t.seq.in_(chosen), _t.state == RowState.NEW, timely(now))
            taken = {"state": RowState.SENDING, "holder": holder, "fence": _t.fence + 1}
            claimed = set(await conn.scalars(sa.select(_t.seq).where(*mine)))
            tried = sa.func.coalesce(_t.tried_at, sa.literal(now, _t.tried_at.type))
            await conn.execute(sa.update(outbox).where(*mine).values(**taken, tried_at=tried))
            return await select(conn, _t.seq.in_(claimed))

    async def take_over(self, holder: str) -> tuple[OutboxRow, ...]:
        """The rows that another holder left while sending, claimed by this one; oldest first."""
        left = (_t.state == RowState.SENDING, _t.holder != holder)
        async with self._database.write() as conn:
            seqs = list(await conn.scalars(sa.select(_t.seq).where(*left)))
            for portion in portions(seqs, PORTION):
                mine = sa.update(outbox).where(_t.seq.in_(portion))
                await conn.execute(mine.values(holder=holder, fence=_t.fence + 1))
            return await select(conn, _t.state == RowState.SENDING, _t.holder == holder, _t.seq.in_(seqs))

    async def settle(self, results: Sequence[Settled], word: HeldWord | None = None) -> int:
        """Write what became of claimed rows, in one transaction; how many of the claims still held.

        What was sent makes its destination's refusals forgotten. Where a row is held, `word` is added with it: given
        how many are held and the number of the oldest, it must keep to one key for the same oldest.
        """
        if not results:
            return 0
        async with self._database.write() as conn:
            kept = sum([await settle(conn, one) for one in results])
            if word is not None and any(one.state is RowState.UNKNOWN for one in results):
                await tell_of_held(conn, word)
            return kept

    async def tell_of_held(self, word: HeldWord) -> None:
        """Add `word` for what is held already, by a restore or a former version; nothing where nothing is."""
        async with self._database.write() as conn:
            await tell_of_held(conn, word)

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
        gone = late(now)
        async with self._database.read() as conn:
            found = list(await conn.scalars(sa.select(_t.destination).where(*gone).distinct().order_by(_t.destination)))
        ended = 0
        for destination in found:
            async with self._database.write() as conn:
                ended += await fold(conn, destination, now, line)
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

    async def told(self, stream: str) -> frozenset[str]:
        """The destinations for which the stream has any row, whatever became of it."""
        async with self._database.read() as conn:
            return frozenset(await conn.scalars(sa.select(_t.destination).where(_t.stream == stream).distinct()))

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
            return await select(conn, _t.state == RowState.UNKNOWN, limit=limit)

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
            return await select(conn, *where)
