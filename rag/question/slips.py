# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
"""Slips of the finger in words too short for the speller: letters swapped, doubled, left out, or a key too far.

Short words have many neighbours, so the slips are listed from the word meant (what fingers do to `eth`), words that
mean something else are taken out, and a coin is only ever mended to when the question names none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

SHORT_WORDS = frozenset(
    """
    stop hold sold sell long news note loss lost best fees size week year last when what with that show this from have
    were which why how did buy won win short trade since days day wins hit sig chart time took exit plan risk
    """.split()
)
_NEVER = frozenset(
    """
    teh bbb btd bttc btcc etn etb poll pool pop ppl pil pll plo poo pok opl odt dit dog doot dor doy dof lino lin lik
    lonk lunk aca axa afa asa ads ara ato atm ava soll sil sop sok sll soo uno magic mafic maric mati btw wth ubi uhi
    umi unk dpt dlt ety erh aton atok form lots slot seal own now who bury sins salt lats late lose noose exist hodl
    holds item emit mite where weak seek whit tome plans irks risks sews thus hist than chat owe ear art sing cell bets
    """.split()
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LOOSE = frozenset({"btc", "eth", "bnb", "avax", "link", "atom", "matic"})  # the others have English neighbours


def word_slips() -> dict[str, str]:
    """Slip -> the short word of everyday use that was meant; a slip of two words is left out."""
    return _unambiguous({word: (*_swapped(word), *_doubled(word)) for word in SHORT_WORDS if len(word) > 2})


def ticker_slips(symbols: Mapping[str, str]) -> dict[str, str]:
    """Slip -> the lower-case ticker or name in `symbols` that was meant."""
    made: dict[str, tuple[str, ...]] = {}
    for name in symbols:
        if 3 <= len(name) <= 5 and name.isalpha() and not name.endswith("s"):
            slips = [*_swapped(name), *_doubled(name)]
            if len(name) >= 4:
                slips += [name[:i] + name[i + 1 :] for i in range(1, len(name))]
            if name in _LOOSE:
                slips += _beside(name)
            made[name] = tuple(slips)
    meant = _unambiguous(made, symbols)
    return {slip: name for slip, name in meant.items() if slip not in symbols}


def _unambiguous(made: Mapping[str, Iterable[str]], same: Mapping[str, str] | None = None) -> dict[str, str]:
    found: dict[str, str | None] = {}
    for word, slips in made.items():
        for slip in slips:
            first = found.setdefault(slip, word)
            if first is not None and _meaning(first, same) != _meaning(word, same):
                found[slip] = None
    return {slip: word for slip, word in found.items() if word and slip not in _NEVER and slip not in made}


def _meaning(word: str, same: Mapping[str, str] | None) -> str:
    return same[word] if same else word


def _swapped(word: str) -> Iterator[str]:
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _doubled(word: str) -> Iterator[str]:
    for i in range(len(word)):
        yield word[: i + 1] + word[i:]


def _beside(word: str) -> list[str]:
    return [word[:i] + key + word[i + 1 :] for i in range(1, len(word)) for key in _keys_beside(word[i])]


def _keys_beside(key: str) -> str:
    row = next(r for r, keys in enumerate(_ROWS) if key in keys)
    at = _ROWS[row].index(key)
    near = [(row, at - 1), (row, at + 1), (row - 1, at), (row - 1, at + 1), (row + 1, at - 1), (row + 1, at)]
    return "".join(_ROWS[r][c] for r, c in near if 0 <= r < len(_ROWS) and 0 <= c < len(_ROWS[r]))
