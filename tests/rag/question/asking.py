"""Asking the parser, as one who watches the usual symbols on Tuesday, 30 June 2026, 18:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from rag.question.model import Parsed
from rag.question.parse import parse
from signals.universe import DEFAULT_SYMBOLS

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


def ask(text: str) -> Parsed:
    """The question as it is understood without a former one."""
    return parse(text, NOW, DEFAULT_SYMBOLS)
