"""The immutable log of issued signals, and the steps of their lives as rows of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.model import Issued, SignalState, Timeframe, Transition
from storage import dialect
from storage.database import Database
from storage.delivery_values import Outgoing, event_of, stream_of, taken_back_by
from storage.keys import keys_of
from storage.marks import mark
from storage.outbox_rows import put
from storage.rows import gently, portions
from storage.signal_rows import TRANSITION, issued_of, issued_row, transition_of, transition_row
from storage.tables import issued_signals, signal_transitions

PORTION = 500

_NEWEST_FIRST = (issued_signals.c.known_at.desc(), issued_signals.c.issued_at.desc(), issued_signals.c.signal_id)
_FINAL = signal_transitions.c.final_of == issued_signals.c.signal_id


class SignalStore:
    """Issued signals by their natural key.

    `as_of` compares with the signal's `known_at`, the close of its bar, not with `issued_at`: a replay of the past sees
    what could have been known then, however late the signal was computed. A transition is known at its own time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def emit(self, issued: Issued) -> bool:
        """Store a signal and its ingest mark in one transaction; False, and nothing changed, when its key exists."""
        return bool(await self.emit_many([issued]))

    async def emit_many(self, issued: Sequence[Issued], outgoing: Sequence[Outgoing] = ()) -> tuple[Issued, ...]:
        """Store signals and their ingest marks in one transaction; returns those whose key was not there yet.

        Of `outgoing` the rows of the new signals' streams, and those which say that one of them took a former signal
        back, go to the outbox in the same transaction.
        """
        by_id = {one.signal_id: one for one in reversed(issued)}
        if not by_id:
            return ()
        async with self._database.write() as conn:
            known = await _known(conn, list(by_id))
            new = [one for signal_id, one in reversed(by_id.items()) if signal_id not in known]
            for portion in portions([issued_row(one) for one in new], PORTION):
                await conn.execute(sa.insert(issued_signals), portion)
            await mark(conn, (("signal", one.signal_id) for one in new))
            streams = {stream_of(one.signal_id) for one in new}
            events = {taken_back_by(one.signal_id) for one in new}
            await put(conn, (one for one in outgoing if one.stream in streams or one.event in events))
        return tuple(new)

    async def get(self, signal_id: str) -> Issued | None:
        """The signal as it was issued."""
        found = await self._select(sa.select(issued_signals).where(issued_signals.c.signal_id == signal_id))
        return found[0] if found else None

    async def newest(self, symbols: Sequence[str], timeframe: Timeframe | None, as_of: datetime) -> Issued | None:
        """The newest signal of any of these names (of any timeframe if None) known by `as_of`."""
        query = _known_by(as_of).where(issued_signals.c.symbol.in_(symbols)).order_by(*_NEWEST_FIRST).limit(1)
        if timeframe is not None:
            query = query.where(issued_signals.c.timeframe == timeframe)
        found = await self._select(query)
        return found[0] if found else None

    async def latest(self, as_of: datetime, limit: int) -> tuple[Issued, ...]:
        """The newest signals of all markets, newest first."""
        return await self._select(_known_by(as_of).order_by(*_NEWEST_FIRST).limit(limit))

    async def open_signals(self, as_of: datetime) -> tuple[Issued, ...]:
        """Signals with a plan that had not ended by `as_of`, oldest first. A HOLD has no plan and is never open."""
        ended = sa.exists().where(_FINAL, signal_transitions.c.at <= as_of)
        query = _known_by(as_of).where(issued_signals.c.plan.is_not(None), ~ended)
        return await self._select(query.order_by(issued_signals.c.known_at, issued_signals.c.signal_id))

    async def add_transition(self, transition: Transition) -> bool:
        """Store a step; False, and nothing changed, when it is there or the signal has ended. See `add_transitions`."""
        return bool(await self.add_transitions([transition]))

    async def add_transitions(
        self, transitions: Sequence[Transition], outgoing: Sequence[Outgoing] = ()
    ) -> tuple[Transition, ...]:
        """Store steps in one transaction and return the new ones; a final step marks an `outcome` for ingestion.

        A signal ends once: a second final step, and any step dated after the end, is passed over. Of `outgoing` the
        rows of the new steps (by stream and event) go to the outbox in the same transaction.
        """
        async with self._database.write() as conn:
            added = [transition for transition in transitions if await _add(conn, transition)]
            await mark(conn, (("outcome", t.signal_id) for t in added if t.state.is_final))
            told = {(stream_of(t.signal_id), event_of(t)) for t in added}
            await put(conn, (one for one in outgoing if (one.stream, one.event) in told))
        return tuple(added)

    async def transitions(self, signal_id: str, as_of: datetime | None = None) -> tuple[Transition, ...]:
        """The steps of one signal known by `as_of` (all if None), in order of time, the final one last."""
        t = signal_transitions.c
        query = sa.select(signal_transitions).where(t.signal_id == signal_id)
        if as_of is not None:
            query = query.where(t.at <= as_of)
        async with self._database.read() as conn:
            found = await conn.execute(query.order_by(t.at, t.final_of.is_not(None), t.state))
            return tuple(transition_of(row) for row in found)

    async def resolved(
        self, as_of: datetime, timeframe: Timeframe | None = None
    ) -> tuple[tuple[Issued, Transition], ...]:
        """Signals that had ended by `as_of` with their final step, in the order in which they ended."""
        t = signal_transitions.c
        steps = [t[name].label(f"its_{name}") for name in TRANSITION]
        query = sa.select(issued_signals, *steps).join(signal_transitions, _FINAL)
        query = query.where(t.at <= as_of, issued_signals.c.known_at <= as_of).order_by(
            t.at, issued_signals.c.signal_id
        )
        if timeframe is not None:
            query = query.where(issued_signals.c.timeframe == timeframe)
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
        return await gently(lambda row: (issued_of(row), transition_of(row, "its_")), rows)

    async def reached_first_target(self, as_of: datetime) -> frozenset[str]:
        """The signals that had come to their first target by `as_of`, however they ended afterwards."""
        t = signal_transitions.c
        reached = (SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET)
        query = sa.select(t.signal_id).where(t.state.in_(reached), t.at <= as_of).distinct()
        async with self._database.read() as conn:
            return frozenset(await conn.scalars(query))

    def keys(self) -> AsyncIterator[list[str]]:
        """The ids of all signals, some hundred at a time."""
        return keys_of(self._database, issued_signals.c.signal_id)

    def final_keys(self) -> AsyncIterator[list[str]]:
        """The ids of the signals that have ended, some hundred at a time."""
        return keys_of(self._database, signal_transitions.c.final_of)

    async def known_between(
        self, symbols: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> tuple[tuple[Issued, Transition | None], ...]:
        """Signals of these names (of all if none) known from `since` to before `until`, newest first, with their end.

        `limit` bounds them. The end may be of later than `until`: whoever looks from the past must compare its time.
        """
        t, end = issued_signals.c, signal_transitions.c
        steps = [end[name].label(f"its_{name}") for name in TRANSITION]
        query = sa.select(issued_signals, *steps).outerjoin(signal_transitions, _FINAL)
        query = query.where(t.known_at >= since, t.known_at < until)
        if symbols:
            query = query.where(t.symbol.in_(symbols))
        async with self._database.read() as conn:
            rows = (await conn.execute(query.order_by(*_NEWEST_FIRST).limit(limit))).all()
        return await gently(
            lambda row: (issued_of(row), transition_of(row, "its_") if row.its_state is not None else None), rows
        )

    async def _select(self, query: sa.Select[tuple[object, ...]]) -> tuple[Issued, ...]:
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
        return await gently(issued_of, rows)


def _known_by(as_of: datetime) -> sa.Select[tuple[object, ...]]:
    return sa.select(issued_signals).where(issued_signals.c.known_at <= as_of)


async def _known(conn: AsyncConnection, signal_ids: list[str]) -> set[str]:
    known: set[str] = set()
    for portion in portions(signal_ids, PORTION):
        known.update(
            await conn.scalars(sa.select(issued_signals.c.signal_id).where(issued_signals.c.signal_id.in_(portion)))
        )
    return known


async def _add(conn: AsyncConnection, transition: Transition) -> bool:
    t = signal_transitions.c
    end = await conn.scalar(sa.select(t.at).where(t.final_of == transition.signal_id))
    if end is not None and (transition.state.is_final or transition.at > end):
        return False
    statement = dialect.insert_new(conn.dialect.name, signal_transitions)
    return (await conn.execute(statement, transition_row(transition))).rowcount > 0
