"""An explanation while it is written: of an unfinished JSON answer, the sentences that have passed every check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.grounding import Grounding, split_sentences
from rag.prose_safety import plain, strip_unsafe, unemphasised
from rag.prose_sides import refuses

_KEY = re.compile(r'\s*,?\s*"(\w+)"\s*:\s*')
_OPEN_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_HALF_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What of an answer is known so far: `cited` None until its list is complete; `closed` when the thesis is."""

    thesis: str = ""
    cited: tuple[int, ...] | None = None
    closed: bool = False


def unfinished(text: str) -> Unfinished:
    """The thesis and the citations of a JSON answer that may break off anywhere; prose before it is passed over."""
    text = _OPEN_THOUGHT.sub("", text)
    start = text.find("{")
    thesis, cited, closed = "", None, False
    position = start + 1
    while start >= 0 and (match := _KEY.match(text, position)):
        position = match.end()
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            if match[1] == "thesis" and text[position : position + 1] == '"':
                thesis = _open_string(text[position + 1 :])
            break
        if match[1] == "thesis" and isinstance(value, str):
            thesis, closed = value, True
        elif match[1] == "cited" and isinstance(value, list):
            cited = tuple(n for n in value if type(n) is int)
    return Unfinished(thesis, cited, closed)


class LiveWords:
    """Gives `shown` the checked sentences as they become complete.

    `grounding` makes the checks for a set of citations. A sentence is held back while it may still grow, and, as long
    as the answer's citations are unknown, unless it rests on the facts alone; one that speaks against the plan, until
    the stance is known to count.
    """

    def __init__(self, grounding: Callable[[tuple[int, ...]], Grounding], shown: Callable[[str], None]) -> None:
        self._grounding = grounding
        self._shown = shown
        self._made: dict[tuple[int, ...], Grounding] = {}
        self._last = ""
        self._seen: tuple[tuple[int, ...], tuple[str, ...]] = ((), ())

    def heard(self, text: str) -> None:
        """The answer's text so far."""
        so_far = unfinished(text)
        state = (so_far.cited or (), _complete(so_far))
        if state == self._seen:
            return
        self._seen = state
        cited, sentences = state
        if cited not in self._made:
            self._made[cited] = self._grounding(cited)
        checked = self._made[cited].check(" ".join(sentences)).sentences
        kept = strip_unsafe(" ".join(one.text for one in checked if one.ok and not refuses(one.text)))
        if kept != self._last:
            self._last = kept
            self._shown(kept)

    def clear(self) -> None:
        """What was shown counts no more."""
        if self._last:
            self._last = ""
            self._shown("")


def _complete(so_far: Unfinished) -> tuple[str, ...]:
    sentences = split_sentences(unemphasised(plain(so_far.thesis)))
    if so_far.closed:
        return sentences
    growing = 2 if sentences and sentences[-1].startswith("[") else 1
    return sentences[:-growing]


def _open_string(text: str) -> str:
    whole = _HALF_ESCAPE.sub(r"\1", text)
    try:
        return str(json.loads(f'"{whole}"', strict=False))
    except ValueError:
        return ""
