"""The doctor's findings as the running process sees them: with the model in use, and its own hold on the index."""

from __future__ import annotations

from dataclasses import replace

from bot.reply import Reply, Table
from bot.settings import Settings
from rag.index import VectorIndex

PART = "vector index"


async def examined(settings: Settings, model: str | None, index: VectorIndex | None) -> Reply:
    """Every part, in order; the index, which this process holds, is looked at directly."""
    from bot.doctor import examine

    if model is not None:
        settings = settings.model_copy(update={"ollama": settings.ollama.model_copy(update={"model": model})})
    reply = await examine(settings)
    if index is None:
        return reply
    held = ("ok", PART, f"{await index.count()} entries, held by this process", "")
    return replace(reply, tables=tuple(_with(table, held) for table in reply.tables))


def _with(table: Table, row: tuple[str, ...]) -> Table:
    return replace(table, rows=tuple(row if one[1] == PART else one for one in table.rows))
