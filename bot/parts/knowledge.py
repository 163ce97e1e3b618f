"""The embedder and the vector index, and what is said when one of them cannot be had."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.settings import Settings
from rag.embedder import Embedder, OnnxEmbedder
from rag.index.port import IndexInUseError, IndexUnusableError
from rag.weights import EmbeddingModelError, find_weights

if TYPE_CHECKING:
    from rag.index import ChromaIndex

log = logging.getLogger(__name__)
TEXT_ONLY = "answers use filters and full text only"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`notes` are shown with every answer; without an index answers use filters and full text.

    `in_use` means that another process owns the index and will carry over what is marked.
    """

    index: ChromaIndex | None
    embedder: Embedder | None
    notes: tuple[str, ...] = ()
    in_use: bool = False

    async def close(self) -> None:
        """Let go of the index."""
        if self.index is not None:
            await self.index.close()


async def open_knowledge(settings: Settings, *, repair: bool = False) -> Knowledge:
    """Open what there is. Nothing missing here stops an answer; `repair` starts an unusable index anew."""
    try:
        embedder = await asyncio.to_thread(open_embedder, settings)
    except EmbeddingModelError as e:
        log.info("no embedding model: %s", e)
        return Knowledge(None, None, (f"{_sentence(e)} Until then {TEXT_ONLY}.",))
    try:
        return Knowledge(await _open_index(settings, embedder, repair=repair), embedder)
    except IndexInUseError as e:
        log.info("index in use: %s", e)
        return Knowledge(
            None, embedder, (f"Another Deskmate process uses the vector index: {TEXT_ONLY}.",), in_use=True
        )
    except IndexUnusableError as e:
        return Knowledge(None, embedder, (f"{_sentence(e)} Until then {TEXT_ONLY}.",))


def open_embedder(settings: Settings) -> OnnxEmbedder:
    """The sentence model; raises EmbeddingModelError naming the fix."""
    cache = settings.data_dir / "embedding"
    cache.mkdir(parents=True, exist_ok=True)
    return OnnxEmbedder(find_weights(cache, settings.embedding.model_dir), cache)


async def _open_index(settings: Settings, embedder: Embedder, *, repair: bool) -> ChromaIndex:
    from rag.index import ChromaIndex

    folder = settings.data_dir / "index"
    try:
        return await ChromaIndex.open(folder, model=embedder.model, dimension=embedder.dimension)
    except IndexUnusableError:
        if not repair:
            raise
    return await ChromaIndex.open_empty(folder, model=embedder.model, dimension=embedder.dimension)


def _sentence(error: Exception) -> str:
    return str(error).rstrip(". ") + "."
