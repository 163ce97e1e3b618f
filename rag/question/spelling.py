"""Typed words made plain: slang spelt out, misspellings of known words mended, everything else left alone.

A word is mended only when exactly one known word is nearest: an ambiguous word stays as it was typed. Candidates are
found through a table of words with letters left out (the symmetric-delete method), so the cost does not depend on the
size of the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.question.lexicon import KNOWN_WORDS, ORDINARY_WORDS, SLANG
from rag.question.slips import word_slips

_WORD = re.compile(r"(?<![\w$/.@_-])[a-z']+(?![\w@_])")
_HASH = re.compile(r"(?<!\w)#(?=[a-z])")
_GLUE = re.compile(
    r"(?<=[a-z0-9])[+&|;:!?()~*=>\]\[}{]+(?=[a-z$])|(?<=[a-z])(?:,|\.{2,}|\.(?=[a-z]{4}))(?=[a-z$])"
    r"|(?<=[a-z])[@:](?=[0-9])|[()\[\]{}~*]"
)
_SMILEY = re.compile(r"[\u2190-\u2bff\U0001f000-\U0001faff]")
_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DIGITS = tuple(
    (re.compile(rf"(?<![\w.$/]){pattern}(?!\w)"), spoken)
    for pattern, spoken in (
        ("b4", "before"), ("(?<=how )2(?= [a-z])", "to"),
        ("2day", "today"), ("2nite", "tonight"), ("gr8", "great"), ("w8", "wait"), ("l8r", "later"),
        ("2(?= (?:big|late|early|soon|much|large|heavy|long|far|tight|small|quick))", "too"),
        ("fear of missing out", "fomo"),
        ("(?<=reason )4|(?<=reasons )4", "for"), (rf"([0-3]?[0-9])({_MONTHS})", r"\1 \2"),
        (rf"({_MONTHS})([0-3]?[0-9])", r"\1 \2"),
    )
)  # fmt: skip
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_LONGEST = 16
TWO_SLIPS_FROM = 7  # letters; in shorter words two slips lead to too many other words


Spelt = tuple[str, str, bool]  # a name, what it stands for, whether misspellings of it are mended


@dataclass(frozen=True, slots=True)
class Speller:
    """Knows `words` and what each means; `near` maps them with up to two letters left out back to what they may be.

    Two slips are forgiven in the names of coins only: other words have too many neighbours.
    """

    words: Mapping[str, str]
    names: frozenset[str]
    near: Mapping[str, tuple[str, ...]]

    def mend(self, word: str) -> str:
        """The known word that was meant, or `word` itself when that is unclear."""
        if word in self.words or word in ORDINARY_WORDS or not 4 <= len(word) <= _LONGEST:
            return word
        if word.endswith("s") and (word[:-1] in self.words or word[:-1] in ORDINARY_WORDS):
            return word[:-1] if word[:-1] in self.words else word
        candidates = {c for cut in _cuts(word, _allowed(word)) for c in self.near.get(cut, ())}
        ranked = sorted((distance(word, c), c) for c in candidates if len(c) >= 5)
        fitting = [
            (d, c)
            for d, c in ranked
            if d <= min(_allowed(c), _allowed(word)) and (d < 2 or (c[0] == word[0] and c in self.names))
        ]
        nearest = [c for d, c in fitting if d == fitting[0][0]]
        return nearest[0] if len({_stem(self.words[c]) for c in nearest}) == 1 else word


def plain_words(text: str, names: frozenset[Spelt]) -> str:
    """`text` in lower case, slang spelt out, misspellings mended. `names` are the coins' names."""
    speller = _speller(names)
    lowered = re.sub(r"\bw/\s*(?=[\s$\d\w])", "with ", text.lower())
    return _WORD.sub(lambda m: _plain(m.group(), speller), _apart(lowered))


def is_everyday(word: str) -> bool:
    """Whether a lower-case word is one of the everyday or desk words that are known here, slang included."""
    return word in KNOWN_WORDS or word in ORDINARY_WORDS or word in SLANG


def distance(a: str, b: str) -> int:
    """Edits that turn `a` into `b`: a letter more, less, other, or two neighbours swapped (OSA)."""
    before, above = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, above = above, row
    return above[-1]


def _apart(text: str) -> str:
    """Words that punctuation glued together: `eth+sol`, `sol...thoughts`, `#btc`, `signal:eth`, `(eth)`, `why?sol`."""
    for pattern, spoken in _DIGITS:
        text = pattern.sub(spoken, text)
    return _SMILEY.sub(" ", _GLUE.sub(" \\g<0> ", _HASH.sub("", text)))


def _plain(word: str, speller: Speller) -> str:
    bare = word.strip("'")
    if bare.endswith("'s") and bare not in SLANG:
        bare = bare[:-2]
    bare = _unstretched(bare, speller)
    if bare in speller.words:
        return bare
    return SLANG.get(bare) or _slips().get(bare) or speller.mend(_with_s(bare, speller))


def _unstretched(word: str, speller: Speller) -> str:
    """`sooool` -> `sol`, `stopppped` -> `stopped`: three letters alike are two or one of them."""
    if not _STRETCHED.search(word):
        return word
    twice, once = _STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)
    known = twice in speller.words or twice in ORDINARY_WORDS
    return twice if known and once not in SLANG else once


def _with_s(word: str, speller: Speller) -> str:
    """`longz` -> `longs`."""
    plural = f"{word[:-1]}s"
    known = plural in speller.words or plural in ORDINARY_WORDS or word[:-1] in ORDINARY_WORDS
    return plural if word.endswith("z") and len(word) > 3 and known else word


@lru_cache(maxsize=1)
def _slips() -> dict[str, str]:
    return word_slips()


def _stem(meaning: str) -> str:
    return meaning if "/" in meaning else re.sub(r"(?:ly|e[ds]|ing|s|d|r|e)$", "", meaning)


def _allowed(word: str) -> int:
    return 1 if len(word) < TWO_SLIPS_FROM else 2


def _cuts(word: str, depth: int) -> Iterable[str]:
    level = {word}
    yield word
    for _ in range(depth):
        level = {w[:i] + w[i + 1 :] for w in level for i in range(len(w))}
        yield from level


@lru_cache(maxsize=8)
def _speller(names: frozenset[Spelt]) -> Speller:
    words = {word: word.rstrip("s") for word in KNOWN_WORDS} | {name: meaning for name, meaning, _ in names}
    mendable = [*KNOWN_WORDS, *(name for name, _, mended in names if mended)]
    near: dict[str, list[str]] = {}
    for word in sorted(mendable):
        if len(word) >= 5:
            for cut in set(_cuts(word, _allowed(word))):
                near.setdefault(cut, []).append(word)
    return Speller(words, frozenset(name for name, _, _ in names), {cut: tuple(found) for cut, found in near.items()})
