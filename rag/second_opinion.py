"""What a small classifier thinks a question asks for, heard only where the routing rules guessed.

Multinomial logistic regression over the MiniLM vector of the question, 11 intents. The rules guess where only a named
market, a kind of record or nothing at all speaks for their answer, and no word of asking; there an intent of `SURE` and
more takes the question. Gate and threshold were chosen by five-fold cross-validation over the training texts, never
on the lines nobody read. Measured at d1d5c0d, share sent the right way (rules, classifier, both):

  odd lines of `strangers_routes_3`  0.913  0.860  0.940  (4 mended, none spoilt; still under the floor of 0.97)
  odd lines of `strangers_routes_2`  0.958  0.958  0.983  (3 mended, none spoilt)
  `eval routing`, 2,000 generated    0.9995 0.964  1.000

Its price: of the 477 questions about records (`strangers_bank*`, questions-dev) 3 leave the right answer of the rules.
Nearest neighbours over the same vectors reached 0.727 and 0.883 and were dropped. An opinion costs 4 ms (p95 7).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedder import Embedder
from rag.question.model import Intent, Parsed
from signals.errors import DataError

log = logging.getLogger(__name__)

SURE = 0.8
FOLDER = Path(__file__).parent
WEIGHTS_NAME, MANIFEST_NAME = "second_opinion.npy", "second_opinion.json"


@dataclass(frozen=True, slots=True)
class Classifier:
    """`weights` are float32 (intents, dimension + 1), the bias last, for vectors of the embedding `model`."""

    model: str
    intents: tuple[Intent, ...]
    weights: NDArray[np.float32]

    def chances(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """The probability of each intent (n, intents) for L2-normalised rows (n, dimension)."""
        scores = vectors.astype(np.float64) @ self.weights[:, :-1].T.astype(np.float64) + self.weights[:, -1]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return chances

    def sure_of(self, vector: NDArray[np.float32]) -> Intent | None:
        """The intent of one vector (dimension,), None below `SURE`."""
        chances = self.chances(vector[np.newaxis])[0]
        top = int(chances.argmax())
        return self.intents[top] if chances[top] >= SURE else None


@cache
def stored(folder: Path = FOLDER) -> Classifier:
    """The classifier in `folder`, read once. DataError where a file is missing or is not what the manifest says."""
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        path = folder / WEIGHTS_NAME
        if hashlib.sha256(path.read_bytes()).hexdigest() != manifest["sha256"]:
            raise DataError(f"{path} is not the file of its manifest: rebuild it with {manifest['rebuild']}")
        weights = np.load(path, allow_pickle=False)
        intents = tuple(Intent(name) for name in manifest["intents"])
        model = str(manifest["embedding_model"])
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise DataError(f"{folder / MANIFEST_NAME} cannot be used: {e}") from e
    if weights.shape != (len(intents), int(manifest["dimension"]) + 1):
        raise DataError(f"{path} has the shape {weights.shape}, not that of its manifest")
    return Classifier(model, intents, weights)


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks the classifier in `folder`. Without an embedder of the model it was trained on there is no opinion."""

    embedder: Embedder | None
    folder: Path = field(default=FOLDER)

    async def on(self, parsed: Parsed) -> Intent | None:
        """The intent it is sure of where the rules guessed another; None leaves the question to the rules.

        A damaged file is logged and never an error of the question. The embedding runs in a thread.
        """
        if self.embedder is None or not parsed.guessed:
            return None
        try:
            found = await asyncio.to_thread(self._asked, self.embedder, parsed.text)
        except DataError as e:
            log.warning("no second opinion: %s", e)
            return None
        return None if found is parsed.intent else found

    def _asked(self, embedder: Embedder, text: str) -> Intent | None:
        classifier = stored(self.folder)
        return classifier.sure_of(embedder.embed([text])[0]) if embedder.model == classifier.model else None
