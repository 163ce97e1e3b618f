"""A broadcast as one Discord message: an embed whose small print carries the visible id. Pure."""

from __future__ import annotations

from bot.delivery.message import BroadcastMessage
from bot.discord_adapter.payload import DESCRIPTION, KEYS, LABEL, Embed, Key, Outgoing
from bot.discord_adapter.text import chunks, clean

TITLE = 250
FOOTER = 1000
COLOURS = {"good": 0x2E7D32, "bad": 0xC62828}
GREY = 0x78909C
SECONDARY = 2


def broadcast(message: BroadcastMessage) -> Outgoing:
    """The message; text that is too long for one is cut with an ellipsis, the visible id never is."""
    titles = chunks(message.title, TITLE)
    bodies = chunks("\n".join(message.lines), DESCRIPTION - 500)
    title = titles[0] + ("…" if len(titles) > 1 else "") if titles else ""
    body = bodies[0] + ("\n…" if len(bodies) > 1 else "") if bodies else ""
    footer = " · ".join(part for part in (message.visible_id, clean(message.footer)[:FOOTER].strip()) if part)
    keys = tuple(Key(clean(label)[:LABEL] or "?", action, SECONDARY) for label, action in message.buttons[:KEYS])
    return Outgoing(
        embeds=(Embed(title, body[:DESCRIPTION], COLOURS.get(message.tone, GREY), footer=footer),), keys=keys
    )
