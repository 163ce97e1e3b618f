"""The embedder against an independent forward pass, and the one of the extra."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from rag.embedder import MAX_TOKENS, OnnxEmbedder, SentenceTransformersEmbedder
from rag.weights import MODEL, EmbeddingModelError, Weights
from tests.rag import weight_files

cache, official = weight_files.cache, weight_files.official  # fixtures
TEXTS = [
    "BUY signal for Ethereum, ETH/USDT, on the 1h hourly chart: -3.5% < 2 ATR, stop $1,234.56.",
    "It's so sunny outside!",
    "",
    "  MATIC?  ",
    "how did my last Avalanche trades go? " * 60,
]


@pytest.fixture(scope="module")
def embedder(official: Weights, cache: Path) -> OnnxEmbedder:
    return OnnxEmbedder(official, cache)


def _reference(weights: Weights, text: str) -> np.ndarray:
    """BERT written plainly in float64: one sentence, no batching, no padding."""
    from math import erf

    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    w = {k: v.astype(np.float64) for k, v in load_file(weights.weights_path).items()}
    tokenizer = Tokenizer.from_file(str(weights.tokenizer_path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    ids = tokenizer.encode(text.strip()).ids

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    e = "embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][: len(ids)]
    x = norm(x + w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    for layer in range(6):
        p = f"encoder.layer.{layer}."
        q, k, v = (
            linear(x, f"{p}attention.self.{part}").reshape(-1, 12, 32).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(1, 2) / np.sqrt(32)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = (shares @ v).swapaxes(0, 1).reshape(-1, 384)
        x = norm(linear(mixed, p + "attention.output.dense") + x, p + "attention.output.LayerNorm")
        inner = linear(x, p + "intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = norm(linear(inner, p + "output.dense") + x, p + "output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_vectors_equal_a_plain_forward_pass_whatever_they_are_batched_with(
    embedder: OnnxEmbedder, official: Weights
) -> None:
    expected = np.stack([_reference(official, text) for text in TEXTS])

    vectors = embedder.embed(TEXTS)

    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_cosines_are_those_published_for_the_model(embedder: OnnxEmbedder) -> None:
    vectors = embedder.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."],
    )

    cosines = vectors @ vectors.T

    assert cosines[0, 1] == pytest.approx(0.6660, abs=1e-4)
    assert cosines[0, 2] == pytest.approx(0.1046, abs=1e-4)
    assert cosines[1, 2] == pytest.approx(0.1411, abs=1e-4)


def test_no_texts_give_no_rows(embedder: OnnxEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)
    assert (embedder.model, embedder.dimension) == (MODEL, 384)


def test_what_follows_the_last_token_does_not_count(embedder: OnnxEmbedder) -> None:
    long = "buy " * MAX_TOKENS

    vectors = embedder.embed([long, long + "sell everything"])

    np.testing.assert_array_equal(vectors[0], vectors[1])


def test_many_texts_keep_their_order_over_batches(embedder: OnnxEmbedder) -> None:
    texts = [f"trade number {i} " + "ETH " * (i % 50) for i in range(120)]

    vectors = embedder.embed(texts)

    np.testing.assert_allclose(vectors[[0, 77, 119]], embedder.embed([texts[0], texts[77], texts[119]]), atol=1e-5)


def test_a_damaged_graph_is_built_again(official: Weights, cache: Path, tmp_path: Path, embedder: OnnxEmbedder) -> None:
    name = next(cache.glob("*.onnx")).name
    (tmp_path / name).write_bytes(b"not a graph")

    again = OnnxEmbedder(official, tmp_path)

    np.testing.assert_allclose(again.embed(["hi"]), embedder.embed(["hi"]), atol=1e-6)


def test_the_extra_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EmbeddingModelError, match=r"deskmate\[st\]"):
        SentenceTransformersEmbedder()


class FakeSentenceTransformer:
    def __init__(self, model: str, *, device: str | None, local_files_only: bool) -> None:
        if model == "absent":
            raise OSError("no such model")

    def get_sentence_embedding_dimension(self) -> int:
        return 3

    def encode(self, texts: list[str], **_: object) -> np.ndarray:
        return np.eye(3)[: len(texts)]


def test_the_extra_serves_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("sentence_transformers")
    library.SentenceTransformer = FakeSentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)

    embedder = SentenceTransformersEmbedder("some/model")
    vectors = embedder.embed(["a", "b"])

    assert (embedder.model, embedder.dimension) == ("some/model", 3)
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, 3)
    with pytest.raises(EmbeddingModelError, match="cannot be loaded"):
        SentenceTransformersEmbedder("absent")
