"""A broadcast as one Telegram message: HTML, its plain twin and a keyboard; the small print carries its id. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.delivery.message import BroadcastMessage
from bot.reply import Button
from bot.telegram_adapter.markup import Paragraph, Span, Style, defused, joined, packed, paragraphs, spans, to_html
from bot.telegram_adapter.render import Key, Text, keyboard

BODY_UNITS = 3500
FOOTER = 400


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What is sent, and the keys under it."""

    text: Text
    keyboard: tuple[tuple[Key, ...], ...]


def broadcast(message: BroadcastMessage) -> Broadcast:
    """The message; text that is too long for one is cut with an ellipsis, the visible id never is."""
    body = [*paragraphs(message.title, style=Style.BOLD)]
    body += [
        Paragraph(p.spans, p.block, tight=i == 0) for line in message.lines for i, p in enumerate(paragraphs(line))
    ]
    packs = packed(body, BODY_UNITS)
    shown = list(packs[0]) if packs else []
    if len(packs) > 1:
        shown.append(Paragraph((Span("…"),)))
    footer = " · ".join(part for part in (message.visible_id, message.footer[:FOOTER].strip()) if part)
    shown.append(Paragraph(spans(footer, Style.ITALIC)))
    buttons = [Button(label, action) for label, action in message.buttons]
    return Broadcast(Text(to_html(shown), defused(joined(shown))), keyboard(buttons))
