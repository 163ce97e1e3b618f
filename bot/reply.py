"""An answer before any platform: adapters render it, they never decide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.recommendation import Recommendation, Source

_ACTION = re.compile(r"(?=.{2,60}\Z)[a-z_]{1,20}:[!-~]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, all text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with its file name, and what it shows in words for those who cannot see it."""

    name: str
    png: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a reply; `name` is made by code, never from a person's text."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `action` carries all state (`why:REC_ID`): at most 60 printable ASCII characters."""

    label: str
    action: str

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise ValueError(f"{self.action!r} is not an action: a name, a colon, and at most 60 characters in all")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question to be answered with yes (`yes:TOKEN`) or no (`no:TOKEN`) by the same person; silence means no."""

    token: str
    text: str
    expires_s: float

    @property
    def buttons(self) -> tuple[Button, Button]:
        """Yes and No."""
        return Button("Yes", f"yes:{self.token}"), Button("No", f"no:{self.token}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers. `text` is plain prose without markup; `private` asks for an answer only the asker sees.

    `repeat` marks an event that was answered before and `silent` one beyond the rate limit: acknowledge it to the
    platform and show nothing.

    `error` marks a refusal or failure: never advice. `interpretation` is how the question was understood; `sources` are
    the documents that `text` cites (a recommendation carries its own). `data` holds the command's result in plain JSON
    values where tables would lose digits. `figures` are the numbers of a counting question, beside the text.
    """

    text: str = ""
    interpretation: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    tables: tuple[Table, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] | None = None
    private: bool = False
    error: bool = False
    pictures: tuple[Picture, ...] = ()
    buttons: tuple[Button, ...] = ()
    confirm: Confirmation | None = None
    files: tuple[Attachment, ...] = ()
    repeat: bool = False
    silent: bool = False
    figures: Mapping[str, Any] | None = None
