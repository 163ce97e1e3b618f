"""An embedder whose every vector points where the stored classifier is surest of one intent."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from rag.embedder import VectorArray
from rag.question.model import Intent
from rag.second_opinion import stored
from rag.weights import MODEL


class PointingEmbedder:
    """Gives every text the vector on which the stored classifier is surest of one intent."""

    dimension = 384

    def __init__(self, intent: Intent, *, model: str = MODEL, length: float = 100.0) -> None:
        self.model = model
        self.threads: list[int] = []
        classifier = stored()
        row = classifier.weights[classifier.intents.index(intent), :-1]
        self._vector = row * (length / np.linalg.norm(row))

    def embed(self, texts: Sequence[str]) -> VectorArray:
        self.threads.append(threading.get_ident())
        return np.tile(self._vector, (len(texts), 1)).astype(np.float32)
