"""One row to its destination, and what the platform's answer means for row and destination."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from bot.delivery.budgets import Budgets
from bot.delivery.notices import switched_off_notice
from bot.delivery.notifier import Notifier, NotSent, Outcome, Refusal, Sent, Unknown
from bot.delivery.recovery import may_repeat
from bot.delivery.rules import Desk
from signals.errors import UserError
from storage.delivery_values import OutboxRow, RowState, Settled
from storage.stores import Stores

log = logging.getLogger(__name__)
NO_MESSAGE = "there is no message of it to edit"
LATE = "surely not sent, and out of date"
MOST_DOUBLINGS = 16
SKEW = timedelta(minutes=2)  # between our clock and the platform's, when we look for a message of ours


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed row on its way. `doubtful`: an earlier try may have arrived."""

    row: OutboxRow
    address: str
    notifier: Notifier
    doubtful: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether sending again after an unclear answer can be made harmless."""
        return self.row.edits or may_repeat(self.notifier)


class Courier:
    """Delivers one row; gives back what is to be written about it. Switches destinations off, and tells the owners."""

    def __init__(self, stores: Stores, desk: Desk, budgets: Budgets) -> None:
        self._stores = stores
        self._desk = desk
        self._budgets = budgets
        self._rules = desk.rules
        self._random = SystemRandom()

    async def deliver(self, parcel: Parcel) -> Settled:
        """Send, edit, or find out about an earlier try. TemporaryError: the database or a look-up failed, unsent."""
        row, notifier = parcel.row, parcel.notifier
        if row.edits:
            live = await self._stores.outbox.live_message(row.stream, row.destination, row.part)
            if live is None:
                return Settled(row, RowState.EXPIRED, self._now(), NO_MESSAGE)
            return await self._judged(parcel, await notifier.edit(parcel.address, live, row.payload))
        known = await self._cleared_up(parcel) if parcel.doubtful else None
        return known or await self._judged(parcel, await notifier.send(parcel.address, row.payload, row.key))

    async def _cleared_up(self, parcel: Parcel) -> Settled | None:
        """What is known of an earlier try; None when it may be sent (again), which then is harmless.

        The channel is looked at first, whatever the platform promises of repeated keys; the key alone is trusted only
        where looking is not allowed, and only within the platform's time for it.
        """
        row, now = parcel.row, self._now()
        began = row.tried_at or now
        is_late = row.valid_until is not None and row.valid_until <= now
        if not parcel.notifier.can_find:
            return Settled(row, RowState.UNKNOWN, now, "it may have arrived, and cannot be looked up")
        try:
            found = await parcel.notifier.find(parcel.address, str(row.payload["visible_id"]), began - SKEW)
        except UserError as e:
            if not is_late and now - began <= parcel.notifier.repeats_for:
                return None
            return Settled(row, RowState.UNKNOWN, now, f"it may have arrived, and cannot be looked up: {e}")
        if found is not None:
            return Settled(row, RowState.SENT, now, "found in the channel", found)
        return Settled(row, RowState.NEW, now, LATE) if is_late else None

    async def _judged(self, parcel: Parcel, outcome: Outcome) -> Settled:
        row = parcel.row
        if isinstance(outcome, Sent):
            return Settled(row, RowState.SENT, self._now(), "", outcome.message_id)
        if isinstance(outcome, Unknown):
            return self.unclear(parcel, outcome.reason)
        return await self._refused(parcel, outcome)

    def unclear(self, parcel: Parcel, reason: str) -> Settled:
        """Nobody knows whether it arrived: tried again where that is harmless, else held for a person."""
        if parcel.is_repeatable:
            return self._again(parcel, reason, doubtful=True)
        log.error("message %d to %s is held, it may have arrived: %s", parcel.row.seq, parcel.address, reason)
        return Settled(parcel.row, RowState.UNKNOWN, self._now(), reason)

    def postponed(self, parcel: Parcel, reason: str) -> Settled:
        """Nothing was tried: later, and it does not count."""
        at = self._later(self._rules.trouble_s)
        return Settled(parcel.row, RowState.NEW, self._now(), reason, None, at, doubtful=parcel.doubtful)

    async def _refused(self, parcel: Parcel, refusal: NotSent) -> Settled:
        row, now = parcel.row, self._now()
        if refusal.kind is Refusal.LIMITED:
            return self._limited(parcel, refusal)
        if refusal.kind is Refusal.MOVED and refusal.moved_to:
            await self._stores.destinations.moved(row.destination, refusal.moved_to, now)
            log.info("%s is now %s", row.destination, refusal.moved_to)
            return Settled(row, RowState.NEW, now, refusal.reason, counts=True)
        if refusal.kind is Refusal.LOST:
            return Settled(row, RowState.EXPIRED, now, refusal.reason)
        if refusal.kind is Refusal.BROKEN:
            log.error("message %d to %s is refused for good: %s", row.seq, parcel.address, refusal.reason)
            return Settled(row, RowState.DEAD, now, refusal.reason)
        if await self._is_closed(row.destination, refusal):
            return Settled(row, RowState.DEAD, now, refusal.reason)
        return self._again(parcel, refusal.reason, doubtful=parcel.doubtful, wait_s=refusal.retry_after_s)

    def _limited(self, parcel: Parcel, refusal: NotSent) -> Settled:
        wait_s = refusal.retry_after_s or self._rules.first_retry_s
        place = parcel.notifier.platform if refusal.everywhere else parcel.address
        self._budgets.pause(place, self._desk.monotonic() + wait_s)
        at = self._later(wait_s)
        return Settled(parcel.row, RowState.NEW, self._now(), refusal.reason, None, at, doubtful=parcel.doubtful)

    async def _is_closed(self, destination: str, refusal: NotSent) -> bool:
        """Count what a destination refuses; True when it is off now."""
        now = self._now()
        if refusal.kind is Refusal.FORBIDDEN:
            if await self._stores.destinations.refused(destination, now) < self._rules.forbidden_limit:
                return False
        elif refusal.kind is not Refusal.GONE:
            return False
        told = switched_off_notice(self._desk.owners, destination, refusal.reason, now)
        if await self._stores.destinations.switch_off(destination, refusal.reason, now, told):
            log.warning("%s gets nothing any more: %s", destination, refusal.reason)
        return True

    def _again(self, parcel: Parcel, reason: str, *, doubtful: bool, wait_s: float | None = None) -> Settled:
        row, now = parcel.row, self._now()
        if row.attempts + 1 >= self._rules.most_attempts:
            end = RowState.UNKNOWN if doubtful and not row.edits else RowState.DEAD
            log.error(
                "message %d to %s is given up after %d tries: %s", row.seq, parcel.address, row.attempts + 1, reason
            )
            return Settled(row, end, now, reason, counts=True)
        doubled_s = self._rules.first_retry_s * 2.0 ** min(row.attempts, MOST_DOUBLINGS)
        backoff_s = min(self._rules.longest_retry_s, doubled_s) * self._random.uniform(0.75, 1.25)
        at = self._later(max(backoff_s, wait_s or 0.0))
        return Settled(row, RowState.NEW, now, reason, None, at, counts=True, doubtful=doubtful)

    def _later(self, wait_s: float) -> datetime:
        return self._now() + timedelta(seconds=wait_s)

    def _now(self) -> datetime:
        return self._desk.clock.now()
