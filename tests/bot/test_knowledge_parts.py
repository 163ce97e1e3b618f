"""What a person is told while the index cannot be used, and which embedder the settings choose."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bot.parts.knowledge import Knowledge, compare, open_knowledge
from bot.settings import Settings, load
from rag.index import ChromaIndex, IndexMismatchError
from rag.ingest import Ingestor
from storage.stores import Stores
from tests.bot.worlds import HandClock, stores_in
from tests.builders import a_trade
from tests.rag.ingest_room import FakeEmbedder


def settings(folder: Path, **embedding: Any) -> Settings:
    return load(env_file=None, data_dir=folder, embedding=embedding)


async def opened(folder: Path, *, model: str = "fake", dimension: int = 8) -> Knowledge:
    return Knowledge(await ChromaIndex.open(folder / "index", model=model, dimension=dimension), FakeEmbedder())


async def filled(folder: Path, stores: Stores) -> None:
    known = await opened(folder)
    for i in range(5):
        await stores.trades.save(a_trade(trade_id=f"t-{i}"))
    await Ingestor(stores, known.index, known.embedder, HandClock()).sweep_all()
    await known.close()


async def test_an_index_that_is_gone_or_short_is_told_until_it_is_mended(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await filled(tmp_path, stores)
        known = await opened(tmp_path / "elsewhere")
        await compare(known, stores)
        before = known.notes

        why = await Ingestor(stores, known.index, known.embedder, HandClock()).mend()
        after = known.notes
        await compare(known, stores)
        await known.close()

    assert before == (
        "The vector index holds 0 of 5 documents. Rebuild it: deskmate reindex. Until then answers use filters and "
        "full text only.",
    )
    assert "0 of 5" in why
    assert after == known.notes == ()


async def test_what_awaits_ingestion_is_no_damage(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await filled(tmp_path, stores)
        await stores.trades.save(a_trade(trade_id="t-new"))
        known = await opened(tmp_path)

        await compare(known, stores)
        await known.close()

    assert known.notes == ()


@pytest.mark.parametrize(("model", "dimension"), [("other", 8), ("fake", 9)])
async def test_another_models_vectors_ask_for_a_reindex_and_are_never_mixed(
    tmp_path: Path, model: str, dimension: int
) -> None:
    async with stores_in(tmp_path) as stores:
        await filled(tmp_path, stores)
        known = await opened(tmp_path, model=model, dimension=dimension)
        ingestor = Ingestor(stores, known.index, known.embedder, HandClock())

        left_alone = await ingestor.mend()
        checked = await ingestor.check()
        assert known.index is not None
        with pytest.raises(IndexMismatchError):
            await known.index.ids()
        await known.close()

    assert left_alone == ""
    assert "the embedding model is" in known.notes[0]
    assert "deskmate reindex" in checked.note


async def test_the_setting_without_its_extra_names_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    known = await open_knowledge(settings(tmp_path, backend="sentence-transformers"))

    assert known.index is None
    assert known.notes == (
        "Other models need the extra: pip install 'deskmate[st]'. Until then answers use filters and full text only.",
    )


async def test_the_setting_chooses_model_device_and_whether_to_ask_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str | None, bool]] = []

    class Library:
        def __init__(self, model: str, *, device: str | None, local_files_only: bool) -> None:
            asked.append((model, device, local_files_only))

        def get_sentence_embedding_dimension(self) -> int:
            return 5

        def encode(self, texts: list[str], **_: object) -> np.ndarray:
            return np.eye(5)[: len(texts)]

    library = ModuleType("sentence_transformers")
    library.SentenceTransformer = Library  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    chosen = {"backend": "sentence-transformers", "model": "org/model", "device": "cuda:0", "download": "true"}

    known = await open_knowledge(settings(tmp_path, **chosen))
    assert known.embedder is not None
    identity = known.embedder.model, known.embedder.dimension
    notes = known.notes
    await known.close()

    assert asked == [("org/model", "cuda:0", False)]
    assert identity == ("org/model", 5)
    assert notes == ()


def test_the_real_sentence_transformers_embed() -> None:
    pytest.importorskip("sentence_transformers", reason="the extra `st` (torch) is not installed")
    from rag.embedder import SentenceTransformersEmbedder
    from rag.weights import EmbeddingModelError

    try:
        embedder = SentenceTransformersEmbedder()
    except EmbeddingModelError as e:
        pytest.skip(f"its model is not on this machine: {e}")
    assert embedder.embed(["should I buy ETH?"]).shape == (1, embedder.dimension)
