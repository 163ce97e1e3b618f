"""What a crash left behind: rows that were being sent when the process ended."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.delivery.notices import held_notice
from bot.delivery.notifier import Notifier
from bot.delivery.rules import Desk
from signals.clock import from_ms, to_ms
from storage.delivery_values import OutboxRow, RowState, Settled, platform_of
from storage.stores import Stores

log = logging.getLogger(__name__)
PORTION = 200
INTERRUPTED = "interrupted while it was being sent"
HELD = "interrupted while it was being sent: it may have arrived, and this platform cannot tell"


async def take_up(stores: Stores, notifiers: Mapping[str, Notifier], holder: str, desk: Desk) -> int:
    """Free every row that another dispatcher left while sending, and tell the owners what is held; how many were left.

    Where a repeat is harmless or can be looked up the row is tried again, marked as doubtful (`tried_at` stays); an
    edit is harmless everywhere. Elsewhere it is held for a person.
    """
    now = from_ms(to_ms(desk.clock.now()))
    left = await stores.outbox.take_over(holder)
    results = [_freed(row, notifiers.get(platform_of(row.destination)), now) for row in left]
    for start in range(0, len(results), PORTION):
        await stores.outbox.settle(results[start : start + PORTION])
    await stores.outbox.tell_of_held(partial(held_notice, desk.owners, at=now))
    held = sum(one.state is RowState.UNKNOWN for one in results)
    if left:
        log.warning("%d messages were being sent when the former process ended; %d of them are held", len(left), held)
    return len(left)


def _freed(row: OutboxRow, notifier: Notifier | None, now: datetime) -> Settled:
    if row.edits or may_repeat(notifier):
        return Settled(row, RowState.NEW, now, INTERRUPTED, doubtful=True)
    return Settled(row, RowState.UNKNOWN, now, HELD)


def may_repeat(notifier: Notifier | None) -> bool:
    """Whether a doubtful message can be cleared up by the platform itself. Not known without the platform: no."""
    return notifier is not None and notifier.can_find
