"""The embedder and the vector index, and what is said when one of them cannot be had."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.settings import Settings
from rag.embedder import Embedder, OnnxEmbedder, SentenceTransformersEmbedder
from rag.index.port import IndexInUseError
from rag.weights import EmbeddingModelError, find_weights
from storage.stores import Stores

if TYPE_CHECKING:
    from rag.index import ChromaIndex

log = logging.getLogger(__name__)
TEXT_ONLY = "answers use filters and full text only"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What there is; without an index answers use filters and full text.

    `in_use` means that another process owns the index and will carry over what is marked.
    """

    index: ChromaIndex | None
    embedder: Embedder | None
    absent: tuple[str, ...] = ()
    in_use: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is shown with every answer now: why a part is missing or cannot be used."""
        if self.index is None or self.index.fault is None:
            return self.absent
        return (*self.absent, f"{_sentence(self.index.fault)} Until then {TEXT_ONLY}.")

    async def close(self) -> None:
        """Let go of the index."""
        if self.index is not None:
            await self.index.close()


async def open_knowledge(settings: Settings) -> Knowledge:
    """Open what there is. Nothing missing here stops an answer; an index that cannot be used has a `fault`."""
    try:
        embedder = await asyncio.to_thread(open_embedder, settings)
    except EmbeddingModelError as e:
        log.info("no embedding model: %s", e)
        return Knowledge(None, None, (f"{_sentence(e)} Until then {TEXT_ONLY}.",))
    try:
        return Knowledge(await _open_index(settings, embedder), embedder)
    except IndexInUseError as e:
        log.info("index in use: %s", e)
        return Knowledge(
            None, embedder, (f"Another Deskmate process uses the vector index: {TEXT_ONLY}.",), in_use=True
        )


async def compare(known: Knowledge, stores: Stores) -> None:
    """Distrust an index that holds fewer entries than there are documents, beyond those that await ingestion."""
    index = known.index
    if index is None or index.fault is not None:
        return
    held, total = await index.count(), await stores.documents.total()
    if held + await stores.marks.pending_count() < total:
        index.distrust(f"The vector index holds {held} of {total} documents. Rebuild it: deskmate reindex")


def open_embedder(settings: Settings) -> Embedder:
    """The sentence model by EMBEDDING_BACKEND; raises EmbeddingModelError naming the fix."""
    chosen = settings.embedding
    cache = settings.data_dir / "embedding"
    cache.mkdir(parents=True, exist_ok=True)
    if chosen.backend == "sentence-transformers":
        return SentenceTransformersEmbedder(chosen.model, device=chosen.device, local_only=not chosen.download)
    return OnnxEmbedder(find_weights(cache, chosen.model_dir), cache)


async def _open_index(settings: Settings, embedder: Embedder) -> ChromaIndex:
    from rag.index import ChromaIndex

    folder = settings.data_dir / "index"
    return await ChromaIndex.open(folder, model=embedder.model, dimension=embedder.dimension)


def _sentence(error: Exception) -> str:
    return str(error).rstrip(". ") + "."
