"""Text from outside, made plain: one form for each character, nothing invisible, a bounded length."""

from __future__ import annotations

import unicodedata

MAX_CHARS = 1_500
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"})
_READ_CHARS = 4 * MAX_CHARS


def normalise(text: str) -> str:
    """NFKC, without control and zero-width characters, spaces single, at most 1,500 characters.

    Digits of other scripts are left as they were typed: money is read from plain ASCII only, so they must stay visible.
    """
    kept = (_plain(c) for c in text[:_READ_CHARS])
    return " ".join("".join(kept).translate(_QUOTES).split())[:MAX_CHARS].rstrip()


def _plain(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() else " "
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    if category in ("Cf", "Cs", "Co", "Cn", "Mn", "Me"):
        return ""
    if category.startswith("N"):
        return char
    return unicodedata.normalize("NFKC", char)
