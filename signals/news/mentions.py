"""Which markets a headline is about, by the names in `signals.universe`.

Stricter than reading a question: nobody chose the words for us, so no slip is mended, and a ticker or name that is also
a plain word (link, dot, sol, avalanche) counts in capitals, behind a `$`, or as a name only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from signals.universe import BY_TICKER, base_of

_PLAIN_TICKERS = frozenset({"ada", "atom", "dot", "link", "pol", "sol", "uni"})
_PLAIN_NAMES = frozenset({"avalanche", "cosmos", "polygon"})
_NOT_AFTER = {
    "bitcoin": r"(?! (?:cash|sv|gold|diamond|private)\b)",
    "ethereum": r"(?! (?:classic|name service|pow)\b)",
    "ether": r"(?!\.fi\b)",
    "avalanche": r"(?! (?:of|risk|warning|victims?)\b)",
    "polygon": r"(?! (?:shape|mesh)\b)",
}
_SHOUTED = 0.6  # beyond this share of capitals, capitals say nothing


def markets_in(text: str, symbols: Sequence[str]) -> tuple[str, ...]:
    """Those of the watched `symbols` that the text names, in the order of the text."""
    letters = [c for c in text if c.isalpha()]
    shouted = bool(letters) and sum(c.isupper() for c in letters) > _SHOUTED * len(letters)
    found: list[tuple[int, str]] = []
    for symbol, calm, loud in _patterns(tuple(symbols)):
        match = (loud if shouted else calm).search(text)
        if match:
            found.append((match.start(), symbol))
    return tuple(symbol for _, symbol in sorted(found))


@lru_cache(maxsize=16)
def _patterns(symbols: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """For each symbol what names it in ordinary text, and in text that is all capitals."""
    return tuple((symbol, _any(_names(symbol)), _any(_names(symbol, shouted=True))) for symbol in symbols)


def _names(symbol: str, *, shouted: bool = False) -> Iterable[str]:
    base = base_of(symbol)
    asset = BY_TICKER.get(base)
    words = [base.lower()]
    if asset is not None:
        words += [asset.ticker.lower(), asset.name.lower(), *asset.nicknames]
        words += [asset.former.lower()] if asset.former else []
    for word in dict.fromkeys(words):
        after = _NOT_AFTER.get(word, "")
        yield rf"\$(?i:{re.escape(word)})(?!\w)"
        if word in _PLAIN_TICKERS or (asset is None and word == base.lower()):
            if not shouted:
                yield rf"(?<![\w$.-]){re.escape(word.upper())}(?![\w-])"
        elif word in _PLAIN_NAMES:
            if not shouted:
                yield rf"(?<![\w$]){re.escape(word.capitalize())}(?!\w){after}"
        else:
            yield rf"(?<![\w$.])(?i:{re.escape(word)}(?!\w){after})"


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))
