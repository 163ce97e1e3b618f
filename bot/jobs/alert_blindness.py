"""Alerts that cannot be looked at for long: their owners are told once, and once when that is over.

Nothing is remembered for it: how far an alert was looked at says since when it is blind, and keys the notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.alerts.words import describe
from bot.wording import when
from storage.alerts import Alert, Looked
from storage.notices import Deliver, Notice
from storage.stores import Stores

LEAST_BLIND = timedelta(hours=6)
BARS = 3


def blind_after(alert: Alert) -> timedelta:
    """How long bars may be missing before it is said: six hours, or three bars where those are longer."""
    frame = alert.condition.timeframe
    return LEAST_BLIND if frame is None else max(LEAST_BLIND, BARS * frame.duration)


async def tell_of_blindness(stores: Stores, done: Sequence[Looked], now: datetime, deliver: Deliver) -> None:
    """Say of each alert whether it is out of sight, or in sight again after that was said; each once.

    `done`: alerts of markets, as they were read and as they stand after this look.
    """
    notices: list[Notice] = []
    for one in done:
        if one.alert.ended:
            continue
        is_blind = now - one.alert.checked_at > blind_after(one.former)
        if is_blind and not await stores.outbox.told(_key(one.alert)):
            notices.append(_lost(one.alert, now))
        was_blind = now - one.former.checked_at > blind_after(one.former)
        if was_blind and not is_blind and await stores.outbox.told(_key(one.former)):
            notices.append(_found(one.former, now))
    if notices:
        async with stores.database.write() as conn:
            await deliver.put(conn, notices)


def _key(alert: Alert, what: str = "blind") -> str:
    return f"alert-{what}:{alert.alert_id}:{alert.checked_at.isoformat()}"


def _lost(alert: Alert, now: datetime) -> Notice:
    lines = (
        f"Nothing of {alert.condition.symbol} could be looked at after {when(alert.checked_at)}: bars are missing.",
        "It is watched again as soon as bars come, and you are told then; /alert remove takes it away.",
    )
    title = f"Alert {alert.number} cannot be watched: {describe(alert.condition)}"
    return Notice(alert.owner, _key(alert), title, lines, now, tone="bad")


def _found(alert: Alert, now: datetime) -> Notice:
    lines = (f"The bars since {when(alert.checked_at)} were looked at, as far as the exchange still has them.",)
    title = f"Alert {alert.number} is watched again: {describe(alert.condition)}"
    return Notice(alert.owner, _key(alert, "seen"), title, lines, now, tone="good")
