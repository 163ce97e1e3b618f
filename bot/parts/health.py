"""The doctor's findings as the running process sees them: with the model in use, and its own hold on the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.reply import Reply, Table
from bot.settings import Settings
from rag.index import VectorIndex

PART = "vector index"


async def examined(
    settings: Settings, model: str | None, index: VectorIndex | None, platforms: Mapping[str, str]
) -> Reply:
    """Every part, in order; the index, which this process holds, is looked at directly.

    `platforms` says how each platform is that this process keeps running, by its name.
    """
    from bot.doctor import examine

    if model is not None:
        settings = settings.model_copy(update={"ollama": settings.ollama.model_copy(update={"model": model})})
    reply = await examine(settings)
    known = {name: _of_platform(name.capitalize(), state) for name, state in platforms.items()}
    if index is not None:
        known[PART] = ("ok", PART, f"{await index.count()} entries, held by this process", "")
    return replace(reply, tables=tuple(_with(table, known) for table in reply.tables))


def _of_platform(name: str, state: str) -> tuple[str, ...]:
    if state == "running":
        return "ok", name, "runs in this process", ""
    return "warn", name, state, "the log says more"


def _with(table: Table, known: Mapping[str, tuple[str, ...]]) -> Table:
    return replace(table, rows=tuple(known.get(row[1].lower(), row) for row in table.rows))
