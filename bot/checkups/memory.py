"""What is remembered: the database, the embedding model, the vector index."""

from __future__ import annotations

import asyncio

from bot.checkups.finding import Finding
from bot.parts.knowledge import open_embedder, open_knowledge
from bot.settings import Settings
from rag.weights import EmbeddingModelError
from signals.errors import DeskmateError
from storage.database import Database
from storage.delivery_values import RowState
from storage.migrate import current_revision
from storage.stores import Stores


async def database(settings: Settings) -> list[Finding]:
    """There, current, whole, writable; and how fresh its candles are."""
    try:
        revision = await current_revision(settings.url)
        if revision is None:
            return [Finding("database", "warn", "not created yet", "run `deskmate sync`")]
        opened = await Database.open(settings.url)
    except DeskmateError as e:
        return [_broken("database", e)]
    try:
        await opened.check()
        whole = Finding("database", "ok", f"{opened.label}, revision {revision}, whole")
        return [whole, await _freshness(opened), await _outbox(opened)]
    except DeskmateError as e:
        return [_broken("database", e)]
    finally:
        await opened.close()


async def _freshness(opened: Database) -> Finding:
    states = await Stores.of(opened).series.all()
    if not states:
        return Finding("market data", "warn", "no candles yet", "run `deskmate sync`")
    bad = [s for s in states if s.status != "ok"]
    told = f"{len(states) - len(bad)} of {len(states)} series were fine at the last sync"
    if not bad:
        return Finding("market data", "ok", told)
    first = bad[0]
    reason = f"{first.exchange} {first.symbol} {first.timeframe}: {first.note}"
    return Finding("market data", "warn", f"{told}; {reason}", "run `deskmate sync` and read its table")


async def _outbox(opened: Database) -> Finding:
    counts = await Stores.of(opened).outbox.counts()
    waiting, held = counts.of(RowState.NEW) + counts.of(RowState.SENDING), counts.of(RowState.UNKNOWN)
    told = f"{waiting} to be sent, {held} held"
    if not held:
        return Finding("outbox", "ok", told)
    return Finding("outbox", "warn", f"{told}: they may have arrived", "/outbox list, then drop or release each")


async def embedding_model(settings: Settings) -> list[Finding]:
    """Found, official, and able to embed."""
    try:
        embedder = await asyncio.to_thread(open_embedder, settings)
        await asyncio.to_thread(embedder.embed, ["should I buy ETH?"])
    except EmbeddingModelError as e:
        return [Finding("embedding model", "warn", "missing: answers use filters and full text only", str(e))]
    except OSError as e:
        return [Finding("embedding model", "fail", f"its cache cannot be written: {e}", "make DATA_DIR writable")]
    return [Finding("embedding model", "ok", f"{embedder.model}, {embedder.dimension} numbers a text")]


async def vector_index(settings: Settings) -> list[Finding]:
    """Whether it opens, and holds what SQL holds; nothing is repaired here."""
    try:
        known = await open_knowledge(settings)
    except (DeskmateError, OSError) as e:
        return [Finding("vector index", "fail", str(e), "make DATA_DIR writable")]
    try:
        if known.index is None:
            fix = "" if known.in_use else "`deskmate reindex` rebuilds it, once there is an embedding model"
            return [Finding("vector index", "ok" if known.in_use else "warn", " ".join(known.notes), fix)]
        entries = await known.index.ids()
    finally:
        await known.close()
    return [await _compared(settings, entries)]


async def _compared(settings: Settings, entries: frozenset[str]) -> Finding:
    try:
        opened = await Database.open(settings.url)
    except DeskmateError:
        return Finding("vector index", "ok", f"{len(entries)} entries; no database to compare with yet")
    try:
        stores = Stores.of(opened)
        documents, waiting = await stores.documents.all_ids(), await stores.marks.pending_count()
    finally:
        await opened.close()
    told = f"{len(entries)} entries for {len(documents)} documents, {waiting} change(s) waiting"
    if entries == documents:
        return Finding("vector index", "ok", told)
    return Finding("vector index", "warn", told, "run `deskmate reindex`")


def _broken(part: str, error: Exception) -> Finding:
    what, _, fix = str(error).partition(": ")
    return Finding(part, "fail", what, fix)
