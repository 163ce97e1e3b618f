"""A broadcast before any platform, and its plain JSON in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

MARK = "#"


@dataclass(frozen=True, slots=True)
class BroadcastMessage:
    """What everybody sees: a title, lines, and small print. All of it is text, escaped by the platform's renderer.

    `visible_id` (`#abc123`) is printed small in every broadcast: by it a message is found again in a channel.
    `tone`: good, bad, or plain; a platform may colour by it. `buttons` are (label, action) of the command layer.
    """

    title: str
    lines: tuple[str, ...]
    visible_id: str
    footer: str = ""
    tone: str = "plain"
    buttons: tuple[tuple[str, str], ...] = ()

    def payload(self) -> dict[str, Any]:
        """Plain JSON of the message."""
        return {
            "title": self.title,
            "lines": list(self.lines),
            "visible_id": self.visible_id,
            "footer": self.footer,
            "tone": self.tone,
            "buttons": [list(button) for button in self.buttons],
        }

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> BroadcastMessage:
        """The message of a payload; fields that an older version did not write have their defaults."""
        return cls(
            title=payload["title"],
            lines=tuple(payload["lines"]),
            visible_id=payload["visible_id"],
            footer=payload.get("footer", ""),
            tone=payload.get("tone", "plain"),
            buttons=tuple((label, action) for label, action in payload.get("buttons", ())),
        )


def visible_id(stream: str) -> str:
    """The short mark of a stream's messages, the same for all its destinations and events: `#` and six hex digits."""
    return MARK + sha256(stream.encode()).hexdigest()[:6]
