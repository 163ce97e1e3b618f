"""A model file is trusted only when it is whole, ours, and the recorded one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signals.errors import DataError, UserError
from signals.features import derive
from signals.indicators import compute
from signals.learned.boosting import BoostRules, booster_of, grow, text_of
from signals.learned.files import load, save
from signals.learned.labels import LabelRule
from signals.learned.manifest import of_json, parse, to_json
from signals.learned.model import revive
from signals.learned.model_text import sound_trees
from tests.signals.learned.school import model, swinging, trained

VERSION, SHA = trained().manifest.version, trained().manifest.sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "models", trained())
    return tmp_path / "models"


def test_a_saved_model_comes_back_and_predicts_the_same(folder: Path) -> None:
    features = derive(compute(swinging(400, seed=7)))

    found = load(folder, VERSION, SHA)

    assert found.manifest == trained().manifest
    np.testing.assert_array_equal(found.probabilities(features), model().probabilities(features))
    assert sorted(path.name for path in folder.iterdir()) == [f"{VERSION}.json", f"{VERSION}.txt"]


def test_saving_again_replaces(folder: Path) -> None:
    save(folder, trained())

    assert load(folder, VERSION, SHA).manifest == trained().manifest


@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_a_missing_file_is_an_error_that_names_it_and_the_fix(folder: Path, suffix: str) -> None:
    (folder / f"{VERSION}{suffix}").unlink()

    with pytest.raises(DataError, match=rf"{VERSION}\{suffix} is missing.*deskmate train"):
        load(folder, VERSION, SHA)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("leaf_value=", "leaf_value=9", 1),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + " ",
    ],
    ids=["cut off", "empty", "poisoned", "other line ends", "longer"],
)
def test_a_changed_text_is_refused(folder: Path, spoil: Callable[[str], str]) -> None:
    path = folder / f"{VERSION}.txt"
    path.write_bytes(spoil(path.read_text()).encode())

    with pytest.raises(DataError, match=r"checksum differs.*deskmate train"):
        load(folder, VERSION, SHA)


def test_text_and_manifest_changed_together_are_refused_by_the_recorded_checksum(folder: Path) -> None:
    poisoned = trained().text.replace("leaf_value=", "leaf_value=9", 1)
    plain = to_json(trained().manifest) | {"sha256": hashlib.sha256(poisoned.encode()).hexdigest()}
    (folder / f"{VERSION}.txt").write_bytes(poisoned.encode())
    (folder / f"{VERSION}.json").write_text(json.dumps(plain))

    with pytest.raises(DataError, match="another model than the recorded one"):
        load(folder, VERSION, SHA)


def test_another_models_files_under_this_name_are_refused(folder: Path) -> None:
    other = trained(-0.35)
    plain = to_json(other.manifest)
    (folder / f"{VERSION}.json").write_text(json.dumps(plain))
    (folder / f"{VERSION}.txt").write_bytes(other.text.encode())

    with pytest.raises(DataError, match="another model"):
        load(folder, VERSION, SHA)


def test_a_binary_file_is_refused(folder: Path) -> None:
    (folder / f"{VERSION}.txt").write_bytes(b"\x80\x04\x95pickle")

    with pytest.raises(DataError, match="is not a text"):
        load(folder, VERSION, SHA)


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / f"{VERSION}.txt").unlink()
    (folder / f"{VERSION}.txt").mkdir()

    with pytest.raises(DataError, match="cannot be read"):
        load(folder, VERSION, SHA)


@pytest.mark.parametrize("version", ["../../etc/passwd", "", "1h-x", VERSION + "/..", "2h-20220101T000000Z-00000000"])
def test_a_version_that_is_a_way_out_of_the_folder_is_refused(folder: Path, version: str) -> None:
    with pytest.raises(DataError, match="not a model's version"):
        load(folder, version, SHA)


def test_a_folder_that_cannot_be_written_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")

    with pytest.raises(UserError, match="DATA_DIR"):
        save(tmp_path / "models", trained())


def _set(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(plain: Any) -> None:
        for key in path[:-1]:
            plain = plain[key]
        plain[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("format", value="pickle"),
        _set("features", value=["return_5", "astrology"]),
        _set("features", value=[]),
        _set("features", value="return_5"),
        _set("timeframe", value="2h"),
        _set("created_at", value="2022-11-08T12:00:00"),
        _set("accepted", value=False),
        _set("score", "log_loss", value=9.0),
        _set("score", "log_loss", value=float("nan")),
        _set("score", "log_loss", value="0.9"),
        _set("score", "rows", value=-1),
        _set("prior", value=[0.5, 0.5]),
        _set("prior", value=[1.0, 0.5, -0.5]),
        _set("temperature", value=0),
        _set("temperature", value=True),
        _set("score_scale", value=1e999),
        _set("bins", value=[]),
        _set("bins", 0, "shares", value=[1.0]),
        _set("sha256", value="abc"),
        _set("version", value="4h-20221108T120500Z-00000000"),
        _set("folds", 0, "rounds", value=1.5),
        lambda plain: plain.pop("score"),
        lambda plain: plain["score"].update(extra=1.0),
    ],
)
def test_a_manifest_that_does_not_hold_together_is_refused(change: Callable[[Any], None]) -> None:
    plain = json.loads(json.dumps(to_json(trained().manifest)))
    change(plain)

    with pytest.raises(DataError, match="deskmate train"):
        parse(json.dumps(plain), "m.json")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "[" * 100_000])
def test_what_is_no_manifest_at_all_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"m\.json is not a model's manifest"):
        parse(text, "m.json")


def test_a_manifest_survives_its_json() -> None:
    assert of_json(json.loads(json.dumps(to_json(trained().manifest)))) == trained().manifest


def test_a_model_of_another_label_is_refused() -> None:
    other = replace(trained().manifest, label=LabelRule(horizon_bars=10))

    with pytest.raises(DataError, match="another label"):
        revive(other, trained().text)


def _first(text: str, key: str, value: str) -> str:
    """The text with the first `key=` line of a tree set to `value`, its sizes made to fit."""
    head, end, notes = text.partition("\nend of trees\n")
    lines = head.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{key}="))
    lines[at] = f"{key}={value}"
    head = "\n".join(lines)
    blocks = head.split("\nTree=")[1:]
    sizes = " ".join(str(len(f"Tree={block}\n")) for block in blocks)
    kept = next(line for line in lines if line.startswith("tree_sizes="))
    return head.replace(kept, f"tree_sizes={sizes}", 1) + end + notes


def _values(key: str) -> list[str]:
    line = next(line for line in trained().text.split("\n") if line.startswith(f"{key}="))
    return line.removeprefix(f"{key}=").split(" ")


def test_the_spoiler_of_these_tests_leaves_a_good_text_good() -> None:
    sound_trees(_first(trained().text, "leaf_value", " ".join(_values("leaf_value"))), trained().manifest.features)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_class", "1"),
        ("feature_names", "a b c"),
        ("objective", "binary"),
        ("num_leaves", "0"),
        ("num_leaves", "99999"),
        ("num_leaves", "x"),
        ("num_cat", "1"),
        ("is_linear", "1"),
        ("leaf_value", "nan"),
        ("split_feature", "99"),
        ("shrinkage", ""),
        ("feature_infos", "none"),
        ("version", "v3"),
        ("Tree", "7"),
        ("left_child", "0"),
    ],
)
def test_a_text_that_would_mislead_the_library_is_refused_before_it_is_read(key: str, value: str) -> None:
    with pytest.raises(DataError, match=r"not usable.*deskmate train"):
        sound_trees(_first(trained().text, key, value), trained().manifest.features)


@pytest.mark.parametrize(
    ("key", "place", "value"),
    [
        ("leaf_value", 0, "inf"),
        ("threshold", 0, "nan"),
        ("split_feature", 0, "16"),
        ("split_feature", 0, "-1"),
        ("leaf_weight", 0, "x"),
        ("leaf_count", 0, "1e400"),
        ("internal_count", 0, "99999999999999999999"),
        ("decision_type", 0, "1"),
        ("left_child", 0, "0"),
        ("right_child", 0, "5000"),
        ("left_child", 0, "-5000"),
    ],
)
def test_one_bad_number_in_a_tree_is_enough(key: str, place: int, value: str) -> None:
    values = _values(key)
    values[place] = value

    with pytest.raises(DataError, match="not usable"):
        sound_trees(_first(trained().text, key, " ".join(values)), trained().manifest.features)


def test_trees_of_a_size_that_they_have_not_are_refused() -> None:
    with pytest.raises(DataError, match="other sizes"):
        sound_trees(trained().text.replace("tree_sizes=", "tree_sizes=1", 1), trained().manifest.features)


@pytest.mark.parametrize("text", ["", "tree\n", "\u0665", "import os"])
def test_a_foreign_text_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="not usable"):
        sound_trees(text, trained().manifest.features)


def test_trees_without_a_branch_are_sound() -> None:
    x, y = np.zeros((300, 2)), np.repeat([0, 1, 2], 100).astype(np.int8)

    text = sound_trees(
        text_of(grow(x, y, ("return_5", "rsi_level"), BoostRules(max_rounds=2))), ("return_5", "rsi_level")
    )

    np.testing.assert_allclose(booster_of(text).predict(x[:1], num_threads=1), [[1 / 3, 1 / 3, 1 / 3]])
