"""A Reply as plain JSON values: what `--json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.reply import Reply
from rag.recommendation import as_dict, to_json

ANSWER_VERSION = 1


def reply_json(reply: Reply) -> dict[str, Any]:
    """The command's own data, else the answer: text, recommendations by their schema, sources, notes."""
    if reply.data is not None:
        plain: dict[str, Any] = to_json(dict(reply.data))
        return plain
    return {
        "answer_version": ANSWER_VERSION,
        "error": reply.error,
        "interpretation": reply.interpretation,
        "text": reply.text,
        "recommendations": [as_dict(r) for r in reply.recommendations],
        "sources": [to_json(asdict(s)) for s in reply.sources],
        "tables": [_table(t.title, t.columns, t.rows) for t in reply.tables],
        "notes": list(reply.notes),
        "figures": None if reply.figures is None else to_json(dict(reply.figures)),
    }


def _table(title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    return {"title": title, "rows": [dict(zip(columns, row, strict=True)) for row in rows]}
