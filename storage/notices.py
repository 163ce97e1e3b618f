"""Private word to a person, written in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

Connection = AsyncConnection  # a writer's own transaction, for those above storage that pass it on


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for one person. `key` is natural: the same one again must have no effect.

    `at` is when it was found, `valid_until` when it stops being news (None: always told). Quiet hours and places
    are the deliverer's to know.
    """

    owner: str
    key: str
    title: str
    lines: tuple[str, ...]
    at: datetime
    valid_until: datetime | None = None
    footer: str = ""
    tone: str = "plain"


class Deliver(Protocol):
    """Takes notices inside a writer's own transaction: they are kept exactly if the transaction is."""

    async def put(self, conn: Connection, notices: Sequence[Notice]) -> None:
        """Keep the notices to be sent; one whose key is known is left alone."""
        ...
