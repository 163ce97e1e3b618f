"""Rows of the outbox about signals, made before the transaction that issues them and written with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.delivery.audience import Audience, Listener, is_wanted
from bot.delivery.live import Told, cases_of, live_payload, valid_for
from bot.delivery.quiet import quiet_until
from signals.clock import Clock
from signals.model import Issued, Transition
from storage.delivery_values import NEW_SIGNAL, OutboxRow, Outgoing, RowState, event_of, stream_of, taken_back_by
from storage.outbox import OutboxStore

ALIVE = (RowState.NEW, RowState.SENDING, RowState.UNKNOWN, RowState.SENT)


class Broadcasts:
    """What everybody who listens is told of signals. `wall` is the machine's clock, by which messages run out."""

    def __init__(self, outbox: OutboxStore, audience: Audience, wall: Clock) -> None:
        self._outbox = outbox
        self._audience = audience
        self._wall = wall

    async def of_issued(self, fresh: Sequence[tuple[Issued, int | None]], now: datetime) -> tuple[Outgoing, ...]:
        """A new message per trade and destination that wants it. `fresh`: signals with the n behind their confidence.

        In quiet hours it waits for their end where it is still valid then; else only the digest tells of it.
        """
        trades = [(issued, n) for issued, n in fresh if issued.signal.direction and issued.plan is not None]
        if not trades:
            return ()
        listeners = await self._audience.listeners()
        made: list[Outgoing] = []
        for issued, n in trades:
            payload = live_payload(Told(issued, n))
            ends = self._wall.now() + valid_for(issued, now)
            rows = (self._new(issued, payload, ends, listener) for listener in listeners)
            made += [row for row in rows if row is not None]
        return tuple(made)

    async def of_steps(self, told: Told, new: Sequence[Transition]) -> tuple[Outgoing, ...]:
        """An edit per new step and destination that has the message. `told.steps`: all steps, the new ones too."""
        rows = await self._reached(told.issued)
        made: list[Outgoing] = []
        for step in new:
            until = told.steps[: told.steps.index(step) + 1]
            made += self._edits(Told(told.issued, told.n, until, told.replaced_by), event_of(step), rows)
        return tuple(made)

    async def of_taken_back(self, former: Issued, newer: Issued, steps: Sequence[Transition]) -> tuple[Outgoing, ...]:
        """An edit of the former's message: a newer signal, or a HOLD, has turned against it."""
        told = Told(former, None, tuple(steps), newer)
        return tuple(self._edits(told, taken_back_by(newer.signal_id), await self._reached(former)))

    def _new(self, issued: Issued, payload: dict[str, object], ends: datetime, listener: Listener) -> Outgoing | None:
        if not is_wanted(issued, listener.wanted):
            return None
        now = self._wall.now()
        over = quiet_until(listener.wanted, now)
        if over is not None and over >= ends:
            return None
        stream = stream_of(issued.signal_id)
        return Outgoing(stream, NEW_SIGNAL, listener.address, payload, now, ends, not_before=over)

    async def _reached(self, issued: Issued) -> tuple[OutboxRow, ...]:
        rows = await self._outbox.of_stream(stream_of(issued.signal_id))
        return tuple(row for row in rows if not row.edits and row.state in ALIVE)

    def _edits(self, told: Told, event: str, rows: Sequence[OutboxRow]) -> list[Outgoing]:
        if not rows:
            return []
        payload = live_payload(Told(told.issued, cases_of(rows[0].payload), told.steps, told.replaced_by))
        now, stream = self._wall.now(), stream_of(told.issued.signal_id)
        return [Outgoing(stream, event, row.destination, payload, now, edits=True) for row in rows]
