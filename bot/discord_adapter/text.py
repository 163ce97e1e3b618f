"""Text for Discord: what is invisible removed, what is markup made inert, long text cut between paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_EMOJI = "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_ONE = f"{_EMOJI}[\U0001f3fb-\U0001f3ff]?[\ufe0e\ufe0f]?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
_SEQUENCE = re.compile(f"({_FLAG}|[#*0-9]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})*)")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HIDDEN = {"Cc", "Cf", "Cs", "Co"}
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_MARKUP = re.compile(r"[\\*_~|`<\[\]@]")
_ADDRESS = re.compile(r"(?i)(?<=[a-z])(:)(?=//)|(?<=discord)(\.)(?=gg/)|(?<=discord)(\.)(?=com/invite)")
_LINE_START = re.compile(r"(?m)^([^\S\n]*)([#>+-])")
_NUMBERED = re.compile(r"(?m)^([^\S\n]*[0-9]+)([.)])(?=\s)")
_SEPARATORS = ("\n\n", "\n", " ")
_LONGEST_CLUSTER = 40


def clean(text: str) -> str:
    """Text without control, bidi, zero-width and tag characters; line breaks and whole emoji sequences are kept."""
    broken = _BREAKS.sub("\n", text).replace("\t", " ")
    parts = _SEQUENCE.split(broken)
    return "".join(part if i % 2 else _visible(part) for i, part in enumerate(parts))


def inside(text: str) -> str:
    """Inert text for the inside of a line: line breaks become blanks, and what matters only at its start is left."""
    shown = _MARKUP.sub(lambda found: "\\" + found[0], " ".join(clean(text).split()))
    return _ADDRESS.sub(lambda found: "\\" + found[0], shown)


def inert(text: str) -> str:
    """Cleaned text in which no markup, mention, link or code fence of Discord works; it is read as it was written."""
    shown = _MARKUP.sub(lambda found: "\\" + found[0], clean(text))
    shown = _ADDRESS.sub(lambda found: "\\" + found[0], shown)
    shown = _LINE_START.sub(r"\1\\\2", shown)
    return _NUMBERED.sub(r"\1\\\2", shown)


def in_code(text: str) -> str:
    """Cleaned text for the inside of a code block, which nothing in it can close."""
    return clean(text).replace("`", "\u02cb")


def chunks(text: str, limit: int) -> tuple[str, ...]:
    """Inert text in parts of at most `limit` characters, cut at paragraphs, lines, words, or between characters.

    Nothing is lost but the blank at a cut. Gives nothing for text without anything visible.
    """
    return tuple(inert(part) for part in _pack(clean(text).strip(), limit, 0) if part.strip())


def _visible(text: str) -> str:
    return "".join(c for c in text if c == "\n" or (unicodedata.category(c) not in _HIDDEN and c not in _BLANK))


def _pack(text: str, limit: int, level: int) -> Iterator[str]:
    if len(inert(text)) <= limit:
        yield text
        return
    separator = _SEPARATORS[level] if level < len(_SEPARATORS) else ""
    parts = text.split(separator) if separator else _clusters(text)
    held, size = "", 0
    for part in parts:
        cost = len(inert(part))
        if held and size + len(separator) + cost <= limit:
            held, size = held + separator + part, size + len(separator) + cost
            continue
        if held:
            yield held
        if cost > limit and separator:
            *whole, part = _pack(part, limit, level + 1)  # noqa: PLW2901 (the last part is filled up)
            yield from whole
            cost = len(inert(part))
        held, size = part, cost
    if held:
        yield held


def _clusters(text: str) -> Iterator[str]:
    for i, part in enumerate(_SEQUENCE.split(text)):
        if i % 2:
            yield part
            continue
        held = ""
        for c in part:
            if held and (not unicodedata.combining(c) or len(held) >= _LONGEST_CLUSTER):
                yield held
                held = ""
            held += c
        if held:
            yield held
