"""What is to be sent, where to, and what became of it: plain values of the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from signals.model import Transition

NEW_SIGNAL = "issued"
SIGNAL, MISSED, NOTICE = "signal:", "missed:", "notice:"


class RowState(StrEnum):
    """Where a row of the outbox stands; `new`, `sending` and `unknown` are open, the others are ends.

    `sending` is committed before the platform is called. `unknown`: nobody knows whether it arrived, so a person
    decides. `expired`: not sent because it was out of date or overtaken. `dead`: given up, or dropped by a person.
    """

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one destination. `payload` is the plain JSON of a platform-neutral message.

    `stream` groups what is about one thing (`stream_of`), `event` names what happened to it; the key is unique, so that
    writing it twice has one effect. `edits`: True when it changes the stream's live message at the destination instead
    of sending a new one; where no live message was sent it is dropped. Not sent after `valid_until` (None: always
    sent): it is then counted in one line per destination. Not sent before `not_before` (quiet hours), where it is set.
    """

    stream: str
    event: str
    destination: str
    payload: Mapping[str, Any]
    created_at: datetime
    valid_until: datetime | None = None
    part: int = 0
    edits: bool = False
    not_before: datetime | None = None

    @property
    def key(self) -> str:
        """`stream|event|destination|part`."""
        return f"{self.stream}|{self.event}|{self.destination}|{self.part}"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row as it is stored. `seq` is its order and its number for people.

    `attempts` counts the tries that failed; `tried_at` is when the platform was first called for it without a sure
    answer since, so that a `new` row which has it may have arrived; `next_at` is the earliest next try; `holder` and
    `fence` name the dispatcher whose result counts.
    """

    seq: int
    key: str
    stream: str
    event: str
    destination: str
    part: int
    payload: Mapping[str, Any]
    created_at: datetime
    valid_until: datetime | None
    edits: bool
    state: RowState
    attempts: int
    next_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None
    platform_message_id: str | None
    folded_into: str | None
    note: str
    holder: str
    fence: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed row: its next state, and for `new` when to try again and whether the try counted.

    `doubtful`: it goes back to `new` although it may have arrived; the next try has to find out first.
    """

    row: OutboxRow
    state: RowState
    at: datetime
    note: str = ""
    platform_message_id: str | None = None
    next_at: datetime | None = None
    counts: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where broadcasts go: `discord:channel:ID`, `discord:user:ID`, `telegram:chat:ID` or `telegram:chat:ID/THREAD`.

    `owner` is the person it belongs to, None for a channel or group. `failures` counts refusals in a row; `reason` says
    why it is off. `route` is where a moved chat is reached now, None while it never moved.
    """

    address: str
    owner: str | None
    on: bool
    changed_at: datetime
    changed_by: str = ""
    reason: str = ""
    failures: int = 0
    route: str | None = None

    @property
    def platform(self) -> str:
        """`discord` or `telegram`."""
        return platform_of(self.address)

    @property
    def reached_at(self) -> str:
        """The address to send to now."""
        return self.route or self.address


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a destination wants. Empty symbols or timeframes: all of them. `quiet` is (from, to) as `HH:MM` local.

    `min_confidence_pct` 0: no floor, every signal that the rules issue.
    """

    address: str
    changed_at: datetime
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    min_confidence_pct: int = 0
    quiet: tuple[str, str] | None = None
    time_zone: str = "UTC"
    digest: bool = True


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many rows are in each state, and the oldest that is still to be sent."""

    by_state: Mapping[str, int] = field(default_factory=dict)
    oldest_new: datetime | None = None

    def of(self, state: RowState) -> int:
        """The number of rows in a state."""
        return self.by_state.get(state.value, 0)


def stream_of(signal_id: str) -> str:
    """The stream of a signal's broadcasts."""
    return f"{SIGNAL}{signal_id}"


def taken_back_by(signal_id: str) -> str:
    """The event of a signal whose market issued a newer one (with this id) that takes it back."""
    return f"taken back by {signal_id}"


def event_of(step: Transition) -> str:
    """The event of a step of a signal's life; a new signal's is `NEW_SIGNAL`."""
    return step.state.value


def platform_of(address: str) -> str:
    """The platform of a destination's address."""
    return address.partition(":")[0]
