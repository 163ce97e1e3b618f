"""The ONNX graph of a BERT sentence encoder, built from its safetensors file: the only home of `onnx`.

Formulae: Devlin et al. 2018 (BERT, post-layer-norm), mean pooling over the attention mask and L2 normalisation as
sentence-transformers does for all-MiniLM-L6-v2. Linear layers are stored transposed, query, key and value as one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.weights import EmbeddingModelError

OPSET = 20
LAYER_NORM_EPSILON = 1e-12
HEAD_WIDTH = 32  # MiniLM's: 12 heads of 32 in 384
MASKED = np.float32(-1e9)

Array32 = NDArray[np.float32]


@dataclass(slots=True)
class _Graph:
    """Nodes and constants while a graph is written; each method adds a step and returns the name of its output."""

    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.setdefault(name, np.asarray(values, order="C"))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def shape(self, *sizes: int) -> str:
        return self.constant("shape_" + "_".join(map(str, sizes)), np.array(sizes, dtype=np.int64))

    def linear(self, x: str, weight: str, bias: str) -> str:
        return self.op("Add", self.op("MatMul", x, weight), bias)

    def norm(self, x: str, scale: str, bias: str) -> str:
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=LAYER_NORM_EPSILON)


def build_graph(weights_path: Path) -> bytes:
    """The serialised ONNX model: int64 `input_ids` and `attention_mask` (n, length) -> float32 `vectors` (n, width).

    Rows are L2-normalised. Raises EmbeddingModelError for a file that is no BERT encoder of MiniLM's head width, and
    where a configuration beside it tells of another kind of model: its vectors would be wrong without a sign.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    _check_kind(weights_path.parent)
    try:
        weights = load_file(weights_path)
        graph = _Graph()
        vectors = _pool(graph, _encode(graph, weights))
    except (SafetensorError, KeyError, OSError) as e:
        raise EmbeddingModelError(f"{weights_path} is not a MiniLM sentence encoder ({e}).") from e
    return _serialise(graph, vectors, weights["embeddings.word_embeddings.weight"].shape[1])


def _check_kind(folder: Path) -> None:
    """The configuration files are optional, but what they say must be MiniLM's."""
    model, pooling = _config(folder / "config.json"), _config(folder / "1_Pooling" / "config.json")
    heads = model.get("num_attention_heads", 0) * HEAD_WIDTH == model.get("hidden_size", 0)
    kind = (model.get("model_type", "bert"), model.get("hidden_act", "gelu")) == ("bert", "gelu")
    if not (heads and kind and pooling.get("pooling_mode_mean_tokens", True)):
        raise EmbeddingModelError(f"{folder} is not a MiniLM sentence encoder; other models need deskmate[st].")


def _config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as e:
        raise EmbeddingModelError(f"{path} cannot be read ({e}).") from e
    return found if isinstance(found, dict) else {}


def _encode(graph: _Graph, weights: dict[str, Array32]) -> str:
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    if width % HEAD_WIDTH:
        raise KeyError(f"width {width}")
    mask = graph.op("Cast", "attention_mask", to=1)
    lifted = graph.op("Unsqueeze", mask, graph.shape(1, 2))
    one = graph.constant("one", np.array(1.0, dtype=np.float32))
    bias = graph.op("Mul", graph.op("Sub", one, lifted), graph.constant("masked", np.array(MASKED)))
    x = _embed(graph, weights)
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        x = _layer(graph, weights, layer, x, bias)
        layer += 1
    return x


def _embed(graph: _Graph, weights: dict[str, Array32]) -> str:
    """Word + position + first token type, then layer norm: (n, length, width)."""
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    # Every token of a single sentence is of type 0, so its vector belongs to the position.
    place = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.op("Slice", graph.op("Shape", "input_ids"), graph.shape(1), graph.shape(2))
    positions = graph.op("Slice", graph.constant("places", place), graph.shape(0), length, graph.shape(0))
    x = graph.op("Add", graph.op("Gather", words, "input_ids"), positions)
    return _norm(graph, weights, "embeddings.LayerNorm", x)


def _layer(graph: _Graph, weights: dict[str, Array32], layer: int, x: str, bias: str) -> str:
    prefix = f"encoder.layer.{layer}."
    attended = _attention(graph, weights, prefix + "attention.", x, bias)
    x = _norm(graph, weights, prefix + "attention.output.LayerNorm", graph.op("Add", attended, x))
    inner = graph.op("Gelu", _linear(graph, weights, prefix + "intermediate.dense", x))
    outer = _linear(graph, weights, prefix + "output.dense", inner)
    return _norm(graph, weights, prefix + "output.LayerNorm", graph.op("Add", outer, x))


def _attention(graph: _Graph, weights: dict[str, Array32], prefix: str, x: str, bias: str) -> str:
    """softmax(q k' / sqrt(head) + bias) v, projected: (n, length, width). The scale is folded into q."""
    parts = [prefix + "self." + part for part in ("query", "key", "value")]
    scale = np.float32(1 / np.sqrt(HEAD_WIDTH))
    merged = np.concatenate([weights[f"{p}.weight"].T * (scale if i == 0 else 1) for i, p in enumerate(parts)], axis=1)
    shift = np.concatenate([weights[f"{p}.bias"] * (scale if i == 0 else 1) for i, p in enumerate(parts)])
    width = merged.shape[0]
    joined = graph.linear(x, graph.constant(prefix + "w", merged), graph.constant(prefix + "b", shift))
    split = graph.op("Reshape", joined, graph.shape(0, 0, 3, width // HEAD_WIDTH, HEAD_WIDTH))
    heads = graph.op("Transpose", split, perm=[2, 0, 3, 1, 4])
    query, key, value = (graph.op("Gather", heads, _scalar(graph, i), axis=0) for i in range(3))
    scores = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2]))
    shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    mixed = graph.op("Transpose", graph.op("MatMul", shares, value), perm=[0, 2, 1, 3])
    flat = graph.op("Reshape", mixed, graph.shape(0, 0, width))
    return _linear(graph, weights, prefix + "output.dense", flat)


def _pool(graph: _Graph, x: str) -> str:
    """Mean of the unmasked tokens, divided by its length: (n, width)."""
    mask = graph.op("Unsqueeze", graph.op("Cast", "attention_mask", to=1), graph.shape(2))
    total = graph.op("ReduceSum", graph.op("Mul", x, mask), graph.shape(1), keepdims=0)
    mean = graph.op("Div", total, graph.op("ReduceSum", mask, graph.shape(1), keepdims=0))
    length = graph.op("ReduceL2", mean, graph.shape(1), keepdims=1)
    floor = graph.constant("floor", np.array(1e-12, dtype=np.float32))
    return graph.op("Div", mean, graph.op("Max", length, floor))


def _linear(graph: _Graph, weights: dict[str, Array32], name: str, x: str) -> str:
    weight = graph.constant(f"{name}.weight", weights[f"{name}.weight"].T)
    return graph.linear(x, weight, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))


def _norm(graph: _Graph, weights: dict[str, Array32], name: str, x: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    return graph.norm(x, scale, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))


def _scalar(graph: _Graph, value: int) -> str:
    return graph.constant(f"scalar_{value}", np.array(value, dtype=np.int64))


def _serialise(graph: _Graph, vectors: str, width: int) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    inputs = [
        helper.make_tensor_value_info(n, TensorProto.INT64, ["n", "length"]) for n in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", width])
    graph.nodes.append(helper.make_node("Identity", [vectors], ["vectors"]))
    tensors = [numpy_helper.from_array(values, name) for name, values in graph.constants.items()]
    body = helper.make_graph(graph.nodes, "sentence_encoder", inputs, [output], initializer=tensors)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    return bytes(model.SerializeToString())
