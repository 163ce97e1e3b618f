"""LightGBM's text form, checked before the library reads it: its parser trusts every number and may crash on a bad one.

The form: a header of `key=value` lines, blocks that begin with `Tree=n`, `end of trees`, then notes for people.
"""

from __future__ import annotations

import math
from typing import Any

from signals.errors import DataError

LARGEST = 64 * 1024 * 1024
PER_NODE = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")


def check_text(text: str, features: tuple[str, ...]) -> None:
    """DataError unless the text is whole trees of three classes over exactly these features, with finite numbers."""
    try:
        _check(text, features)
    except (ValueError, KeyError, IndexError) as e:
        raise DataError(f"the model's text is not usable ({e!s:.120}); run `deskmate train`") from e


def _check(text: str, features: tuple[str, ...]) -> None:
    if len(text) > LARGEST or not text.isascii():
        raise ValueError("it is not a text of LightGBM")
    trees, ended, notes = text.partition("\nend of trees\n")
    if not ended or not notes.rstrip().endswith("pandas_categorical:null"):
        raise ValueError("its end is missing")
    header, *blocks = trees.split("\nTree=")
    head = _values(header)
    if not header.startswith("tree\n") or head["num_class"] != "3" or head["num_tree_per_iteration"] != "3":
        raise ValueError("it has not three classes")
    if tuple(head["feature_names"].split(" ")) != features or int(head["max_feature_idx"]) != len(features) - 1:
        raise ValueError("it was made for other features")
    if not head["objective"].startswith("multiclass num_class:3") or not blocks or len(blocks) % 3:
        raise ValueError("its trees do not come in threes")
    if [int(size) for size in head["tree_sizes"].split()] != [len(f"Tree={block}\n") for block in blocks]:
        raise ValueError("its trees have other sizes than it says")
    for number, block in enumerate(blocks):
        _check_tree(f"Tree={block}", number, len(features))


def _check_tree(block: str, number: int, features: int) -> None:
    tree = _values(block)
    leaves = int(tree["num_leaves"])
    if int(tree["Tree"]) != number or not 1 <= leaves <= 4096 or tree["num_cat"] != "0":
        raise ValueError(f"tree {number} is not one of ours")
    if tree.get("is_linear", "0") != "0":
        raise ValueError(f"tree {number} is linear")
    values = [float(v) for v in tree["leaf_value"].split()]
    if len(values) != leaves or not all(map(math.isfinite, values)):
        raise ValueError(f"tree {number} has a leaf without a number")
    if leaves == 1:
        return
    nodes: dict[str, list[Any]] = {name: tree[name].split() for name in PER_NODE}
    if any(len(found) != leaves - 1 for found in nodes.values()):
        raise ValueError(f"tree {number} is not whole")
    if not all(0 <= int(f) < features for f in nodes["split_feature"]):
        raise ValueError(f"tree {number} asks for a feature there is not")
    if not all(math.isfinite(float(v)) for v in nodes["threshold"]):
        raise ValueError(f"tree {number} has a threshold without a number")
    _check_shape(number, leaves, [int(c) for pair in zip(*_children(nodes), strict=True) for c in pair])


def _children(nodes: dict[str, list[Any]]) -> tuple[list[Any], list[Any]]:
    return nodes["left_child"], nodes["right_child"]


def _check_shape(number: int, leaves: int, children: list[int]) -> None:
    """Every node but the first and every leaf is the child of exactly one earlier node: no way leads around."""
    expected = [*range(-leaves, 0), *range(1, leaves - 1)]
    if sorted(children) != expected or any(0 <= child <= place // 2 for place, child in enumerate(children)):
        raise ValueError(f"tree {number} does not hang together")


def _values(block: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in block.splitlines() if "=" in line]
    found = {key: value for key, _, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("it says something twice")
    return found
