"""The official weights where they are installed, and a folder that only looks like a model."""

from pathlib import Path

import pytest

from rag.weights import TOKENIZER_FILE, WEIGHTS_FILE, EmbeddingModelError, Weights, find_weights


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedder")


@pytest.fixture(scope="module")
def official(cache: Path) -> Weights:
    try:
        return find_weights(cache)
    except EmbeddingModelError as e:
        pytest.skip(f"no weights: {e}")


def invented_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / WEIGHTS_FILE).write_bytes(b"weights")
    (folder / TOKENIZER_FILE).write_text("{}")
    return folder
