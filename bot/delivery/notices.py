"""What delivery itself has to say: the line about what was missed, and word to the owners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.delivery.message import BroadcastMessage, visible_id
from storage.delivery_values import MISSED, NOTICE, OutboxRow, Outgoing

NAMED = 5


def missed_line(destination: str, rows: Sequence[OutboxRow], now: datetime) -> Outgoing:
    """One message that counts the rows which ran out before they could be sent, keyed by the first of them."""
    stream, event = f"{MISSED}{destination}", str(rows[0].seq)
    titles = [str(row.payload.get("title", "")) for row in rows]
    named = ", ".join(dict.fromkeys(title for title in titles if title).keys())
    n = len(rows)
    what = "1 signal came and went" if n == 1 else f"{n} signals came and went"
    first, last = rows[0].created_at, rows[-1].created_at
    span = f"{first:%Y-%m-%d %H:%M}" if first == last else f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    listed = named if len(titles) <= NAMED else ""
    lines = (f"{what} ({span} UTC). They are out of date and are not sent as new.", *([listed] if listed else []))
    message = BroadcastMessage("While I was down", lines, visible_id(f"{stream}|{event}"))
    return Outgoing(stream, event, destination, message.payload(), now)


def switched_off_notice(owners: Sequence[str], address: str, reason: str, now: datetime) -> tuple[Outgoing, ...]:
    """Word to each owner's address that a destination is off, and what to do; one per switching off."""
    stream, event = f"{NOTICE}off:{address}", str(int(now.timestamp() * 1000))
    lines = (
        f"{address} gets no more broadcasts: {reason}.",
        "Mend that, then write /broadcast here (or /subscribe) there again.",
    )
    message = BroadcastMessage("A destination was switched off", lines, visible_id(f"{stream}|{event}"), tone="bad")
    return tuple(Outgoing(stream, event, owner, message.payload(), now) for owner in owners if owner != address)


def held_notice(owners: Sequence[str], n: int, oldest: int, *, at: datetime) -> tuple[Outgoing, ...]:
    """Word to each owner's address that messages are held, keyed by the oldest: once, until that one is decided."""
    stream, event = f"{NOTICE}held", str(oldest)
    held = "1 message is held" if n == 1 else f"{n} messages are held"
    lines = (
        f"{held}: it is not known whether what was sent arrived.",
        "Look there, then write /outbox drop NUMBER or /outbox release NUMBER; /outbox list shows the numbers.",
        "Others that are held meanwhile are not told one by one: /health and /status count them.",
    )
    message = BroadcastMessage("A message is held", lines, visible_id(f"{stream}|{event}"), tone="bad")
    return tuple(Outgoing(stream, event, owner, message.payload(), at) for owner in owners)


def owner_addresses(owners: Sequence[str]) -> tuple[str, ...]:
    """Where owners (`discord:ID`, `telegram:ID`) are reached directly."""
    ways = {"discord": "discord:user:", "telegram": "telegram:chat:"}
    split = [owner.partition(":") for owner in sorted(owners)]
    return tuple(ways[platform] + number for platform, _, number in split if platform in ways)
