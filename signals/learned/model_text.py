"""LightGBM's text form, checked to the last number before the library reads it: a bad one makes its parser crash.

The form: a header of `key=value` lines, blocks that begin with `Tree=n`, `end of trees`, then notes. The notes are for
people and are left out.
"""

from __future__ import annotations

import math
import re

from signals.errors import DataError

LARGEST = 64 * 1024 * 1024
MOST_LEAVES = 4096
NUMBER = r"-?[0-9]{1,24}(?:\.[0-9]{1,24})?(?:e[+-]?[0-9]{1,3})?"
NUMBERS = re.compile(rf"(?:{NUMBER}(?: {NUMBER})*)?", re.ASCII)
COUNTS = re.compile(r"(?:-?[0-9]{1,12}(?: -?[0-9]{1,12})*)?", re.ASCII)
HEADER = re.compile(
    r"tree\nversion=v4\nnum_class=3\nnum_tree_per_iteration=3\nlabel_index=0\nmax_feature_idx=([0-9]{1,3})\n"
    r"objective=multiclass num_class:3\nfeature_names=([a-z0-9_ ]+)\n"
    rf"feature_infos=((?:none|\[{NUMBER}:{NUMBER}\])(?: (?:none|\[{NUMBER}:{NUMBER}\]))*)\n"
    r"tree_sizes=([0-9]{1,8}(?: [0-9]{1,8})*)\n",
    re.ASCII,
)
NODE_COUNTS = ("split_feature", "decision_type", "left_child", "right_child", "internal_count")
NODE_NUMBERS = ("split_gain", "threshold", "internal_value", "internal_weight")
LEAF_NUMBERS = ("leaf_value", "leaf_weight", "leaf_count")
KEYS = {"Tree", "num_leaves", "num_cat", "is_linear", "shrinkage", *NODE_COUNTS, *NODE_NUMBERS, *LEAF_NUMBERS}


def sound_trees(text: str, features: tuple[str, ...]) -> str:
    """The part of the text that LightGBM needs: whole trees of three classes over exactly these features.

    DataError unless every line is one that such trees have, every number finite and every way through a tree ends.
    """
    try:
        return _checked(text, features)
    except (ValueError, KeyError, IndexError) as e:
        raise DataError(f"the model's text is not usable ({e!s:.120}); run `deskmate train`") from e


def _checked(text: str, features: tuple[str, ...]) -> str:
    if len(text) > LARGEST or not text.isascii():
        raise ValueError("it is not a text of LightGBM")
    trees, ended, notes = text.partition("\nend of trees\n")
    if not ended or not notes.rstrip().endswith("pandas_categorical:null"):
        raise ValueError("its end is missing")
    header, *blocks = trees.split("\nTree=")
    head = HEADER.fullmatch(header)
    if head is None or not blocks or len(blocks) % 3:
        raise ValueError("it does not begin as a model of three classes")
    if tuple(head[2].split(" ")) != features or int(head[1]) != len(features) - 1:
        raise ValueError("it was made for other features")
    if len(head[3].split(" ")) != len(features):
        raise ValueError("its header is not whole")
    if [int(size) for size in head[4].split(" ")] != [len(f"Tree={block}\n") for block in blocks]:
        raise ValueError("its trees have other sizes than it says")
    for number, block in enumerate(blocks):
        _check_tree(f"Tree={block}", number, len(features))
    return f"{trees}\nend of trees\n\npandas_categorical:null\n"


def _check_tree(block: str, number: int, features: int) -> None:
    tree = _values(block)
    leaves = _counts(tree["num_leaves"])[0]
    if set(tree) != KEYS or tree["Tree"] != str(number) or not 1 <= leaves <= MOST_LEAVES:
        raise ValueError(f"tree {number} is not one of ours")
    if (tree["num_cat"], tree["is_linear"]) != ("0", "0") or len(_numbers(tree["shrinkage"])) != 1:
        raise ValueError(f"tree {number} is not a plain tree")
    counts = {name: _counts(tree[name]) for name in NODE_COUNTS}
    numbers = [_numbers(tree[name]) for name in NODE_NUMBERS]
    leaf = [len(_numbers(tree[name])) for name in LEAF_NUMBERS]
    lengths = {len(found) for found in counts.values()} | {len(found) for found in numbers}
    if leaves > 1 and lengths != {leaves - 1}:
        raise ValueError(f"tree {number} is not whole")
    if leaf[0] != leaves or any(n != leaves and (leaves > 1 or n > 1) for n in leaf):
        raise ValueError(f"tree {number} has not a number in every leaf")
    if leaves == 1 and lengths != {0}:
        raise ValueError(f"tree {number} has nodes without leaves")
    if not set(counts["split_feature"]) <= set(range(features)) or not set(counts["decision_type"]) <= {0, 2}:
        raise ValueError(f"tree {number} asks for what there is not")
    pairs = zip(counts["left_child"], counts["right_child"], strict=True)
    _check_shape(number, leaves, [child for pair in pairs for child in pair])


def _check_shape(number: int, leaves: int, children: list[int]) -> None:
    """Every node but the first and every leaf is the child of exactly one earlier node: no way leads around."""
    if leaves == 1:
        return
    expected = [*range(-leaves, 0), *range(1, leaves - 1)]
    if sorted(children) != expected or any(0 <= child <= place // 2 for place, child in enumerate(children)):
        raise ValueError(f"tree {number} does not hang together")


def _values(block: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in block.rstrip("\n").split("\n")]
    found = {key: value for key, _, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("it says something twice")
    return found


def _numbers(text: str) -> list[float]:
    if not NUMBERS.fullmatch(text):
        raise ValueError(f"{text:.30} are no numbers")
    found = [float(word) for word in text.split()]
    if not all(map(math.isfinite, found)):
        raise ValueError(f"{text:.30} are no finite numbers")
    return found


def _counts(text: str) -> list[int]:
    if not COUNTS.fullmatch(text):
        raise ValueError(f"{text:.30} are no whole numbers")
    return [int(word) for word in text.split()]
