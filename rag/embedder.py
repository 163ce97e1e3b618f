"""Texts to vectors: the port, MiniLM on ONNX Runtime, the extra `st`. The only home of those three libraries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.minilm import build_graph
from rag.weights import MODEL, EmbeddingModelError, Weights, write_atomically

VectorArray = NDArray[np.float32]

MAX_TOKENS = 256  # where sentence-transformers cuts all-MiniLM-L6-v2, special tokens included
BATCH_TOKENS = 512  # padded tokens in one run: larger batches leave the caches and are slower on one thread
GRAPH_VERSION = 1


class Embedder(Protocol):
    """Turns texts into vectors of one length; the same `model` always gives the same vectors."""

    @property
    def model(self) -> str:
        """The name under which an index remembers whose vectors it holds."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> VectorArray:
        """L2-normalised float32 rows (n, dimension), in the order of `texts`. Blocks: call it in a thread."""
        ...


class OnnxEmbedder:
    """all-MiniLM-L6-v2 on ONNX Runtime; equal to sentence-transformers to 1e-6. Safe to call from several threads."""

    def __init__(self, weights: Weights, cache: Path, *, threads: int = 1) -> None:
        """Open the graph kept in `cache`, building it the first time (about a second, 90 MB).

        Raises EmbeddingModelError when the files are not a MiniLM encoder, UserError when `cache` cannot be written.
        """
        self._model = weights.model
        self._tokenizer = _open_tokenizer(weights)
        self._session = _open_session(weights, cache, threads)
        self._dimension = int(self._session.get_outputs()[0].shape[1])

    @property
    def model(self) -> str:
        """The model's name."""
        return self._model

    @property
    def dimension(self) -> int:
        """384."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> VectorArray:
        """L2-normalised float32 rows (n, dimension). Texts beyond 256 tokens are cut."""
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        tokens = [e.ids for e in self._tokenizer.encode_batch([text.strip() for text in texts])]
        for rows in _batches(tokens):
            ids, mask = _padded([tokens[row] for row in rows])
            vectors[rows] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors


class SentenceTransformersEmbedder:
    """Any sentence-transformers model, on a GPU when there is one: the extra `st`."""

    def __init__(self, model: str = MODEL, *, device: str | None = None, local_only: bool = True) -> None:
        """Load the model; `local_only` keeps it from asking the hub.

        Raises EmbeddingModelError when the extra is not installed or the model cannot be loaded.
        """
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as e:
            raise EmbeddingModelError("Other models need the extra: pip install 'deskmate[st]'") from e
        try:
            self._encoder = SentenceTransformer(model, device=device, local_files_only=local_only)
        except (OSError, ValueError) as e:
            raise EmbeddingModelError(f"The embedding model {model} cannot be loaded: {e}") from e
        self._model = model

    @property
    def model(self) -> str:
        """The model's name."""
        return self._model

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._encoder.get_sentence_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> VectorArray:
        """L2-normalised float32 rows (n, dimension)."""
        rows = self._encoder.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)


def _open_tokenizer(weights: Weights) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(weights.tokenizer_path))
    except Exception as e:  # tokenizers raises a bare Exception for a file it cannot read
        raise EmbeddingModelError(f"{weights.tokenizer_path} is not a tokenizer ({e}).") from e
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _open_session(weights: Weights, cache: Path, threads: int) -> Any:
    graph = cache / f"encoder-v{GRAPH_VERSION}-{weights.sha256[:16]}.onnx"
    if graph.is_file():
        try:
            return _session(graph, threads)
        except EmbeddingModelError:
            graph.unlink()  # a damaged copy: the weights are the truth
    write_atomically(graph, build_graph(weights.weights_path))
    return _session(graph, threads)


def _session(graph: Path, threads: int) -> Any:
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidProtobuf, failures.InvalidGraph, failures.InvalidArgument) as e:
        raise EmbeddingModelError(f"The embedding graph {graph} cannot be opened: {e}") from e


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows in runs of similar length, each of at most `BATCH_TOKENS` padded tokens."""
    batch: list[int] = []
    for row in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
        if batch and (len(batch) + 1) * len(tokens[row]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    longest = max(len(row) for row in rows)
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask
