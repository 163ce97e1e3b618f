"""Text as the full-text index sees it, the same over every database."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in order: case and accents folded away, punctuation left out."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
