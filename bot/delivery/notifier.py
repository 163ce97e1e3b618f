"""What a platform provides to the dispatcher, and the three outcomes of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class Refusal(StrEnum):
    """Why something surely was not sent, by the reaction it needs."""

    RETRY = "retry"  # may pass by itself
    LIMITED = "limited"  # too fast: wait as long as told
    GONE = "gone"  # the place does not exist for us any more: off at once
    FORBIDDEN = "forbidden"  # a permission is missing: off after three
    MOVED = "moved"  # the place has another id now
    LOST = "lost"  # the message to edit is not there: no use in trying again
    BROKEN = "broken"  # the platform will never take this message


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived, under this id of the platform."""

    message_id: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely did not arrive. `moved_to` is the new address; `everywhere`: the limit holds for the whole platform."""

    kind: Refusal
    reason: str
    retry_after_s: float | None = None
    moved_to: str | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it arrived."""

    reason: str


Outcome = Sent | NotSent | Unknown


class Notifier(Protocol):
    """One platform. Addresses are those of `Destination`; none of the calls raises for what a platform may do."""

    @property
    def platform(self) -> str:
        """`discord`, `telegram`: what its addresses begin with."""
        ...

    @property
    def repeats_for(self) -> timedelta:
        """How long after the first try the same key surely makes no second message; zero where it does not help."""
        ...

    @property
    def can_find(self) -> bool:
        """Whether `find` can look."""
        ...

    def listen(self, on_ready: Callable[[], None]) -> None:
        """Call this whenever it becomes ready."""
        ...

    def ready(self) -> bool:
        """Whether it is logged in; until then its rows wait."""
        ...

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:
        """Send a message; the key makes a repeat harmless within `repeats_for`."""
        ...

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:
        """Make an existing message this one; one that already is counts as done."""
        ...

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:
        """The id of our own message that carries this mark, sent since then; None when there is none.

        TemporaryError when it cannot be looked up now, UserError when a permission is missing or too much was written.
        """
        ...
