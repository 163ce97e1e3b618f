"""An answer before any platform: adapters render it, they never decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.recommendation import Recommendation, Source


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, all text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers. `text` is plain prose without markup; `private` asks for an answer only the asker sees.

    `error` marks a refusal or failure: never advice. `interpretation` is how the question was understood; `sources` are
    the documents that `text` cites (a recommendation carries its own). `data` holds the command's result in plain JSON
    values where tables would lose digits.
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
