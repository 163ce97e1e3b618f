"""An answer before any platform: adapters render it, they never decide."""

from __future__ import annotations

from dataclasses import dataclass

from rag.recommendation import Recommendation


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, all text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers. `text` is plain prose without markup; `private` asks for an answer only the asker sees.

    `error` marks a refusal or failure: never advice. `interpretation` is how the question was understood.
    """

    text: str = ""
    interpretation: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    private: bool = False
    error: bool = False
