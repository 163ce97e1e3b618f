"""Sentences that repeat the prompt: what was said to the model is not for its reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.prose_safety import plain

STRETCH = 32
_SHORTEST = 16
_SHORT_WORD = 8
_NO_LETTER = re.compile(r"[^a-z0-9]+")


class Leaks:
    """Finds stretches of the secret texts in prose, whatever their spacing, case and punctuation.

    32 letters in a row are a stretch; a shorter sentence counts from 16 letters on when all of it is one. A paraphrase
    or a translation is not found.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._texts = tuple(letters for secret in secrets if (letters := _letters(secret)))

    def in_sentence(self, sentence: str) -> Iterator[str]:
        """The problem, at most one, in words that can be shown to the model."""
        if self._texts and self._repeats(_letters(sentence)):
            yield "repeats the instructions"

    def _repeats(self, letters: str) -> bool:
        if _SHORTEST <= len(letters) < STRETCH:
            return any(letters in text for text in self._texts)
        starts = range(len(letters) - STRETCH + 1)
        if any(letters[start : start + STRETCH] in text for start in starts for text in self._texts):
            return True
        return any(_SHORT_WORD <= len(text) <= STRETCH and text in letters for text in self._texts)


NO_LEAKS = Leaks()


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", plain(text).lower())
