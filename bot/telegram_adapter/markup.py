"""Rich text before HTML: paragraphs of styled spans, measured and cut as Telegram counts them.

Text from outside enters by `spans` alone: invisible characters are taken out, and what Telegram would make live by
itself (links, mentions, commands, hashtags) becomes code, which it leaves alone. Nothing visible is lost.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024
MOST_ENTITIES = 90  # Telegram keeps 100 of a message and takes the rest for plain text
_LIVE_IN_PARAGRAPH = 20
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINER = "\u200d"
_LIVE = re.compile(
    r"(?<!\S)[^\s@]*@\w\S*|@\w\S*"  # mentions and mail addresses; the look-behinds keep the time linear
    r"|(?:(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]*://|://|\b(?:tg|mailto|tel|javascript|data):)\S+"
    r"|(?<![\w@./-])(?:[\w-]+\.)+[^\W\d_]{2,}\b(?:[/:?#]\S*)?"
    r"|(?<![\w/])/[A-Za-z0-9_]+"
    r"|(?<!\w)#\w*[^\W\d]\w*"
    r"|(?<!\w)\$[A-Z]{1,8}\b"
)
_SENTENCE = re.compile(r"[.!?:;,]\s|\s")


class Style(StrEnum):
    """How a span looks; the value is its HTML tag."""

    PLAIN = ""
    BOLD = "b"
    ITALIC = "i"
    CODE = "code"


class Block(StrEnum):
    """What surrounds a whole paragraph; the value is its HTML tag."""

    NONE = ""
    TABLE = "pre"
    FOLDED = "blockquote"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style, already without what must not be shown."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Spans between two blank lines, or directly under the paragraph above when `tight`."""

    spans: tuple[Span, ...]
    block: Block = Block.NONE
    tight: bool = False

    @property
    def text(self) -> str:
        """What is read, without any markup."""
        return "".join(span.text for span in self.spans)

    @property
    def units(self) -> int:
        """Its length in UTF-16 units, as Telegram counts."""
        return units(self.text)

    @property
    def entities(self) -> int:
        """How many entities it becomes."""
        inner = 0 if self.block is Block.TABLE else sum(span.style is not Style.PLAIN for span in self.spans)
        return inner + (self.block is not Block.NONE)


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible(text: str) -> str:
    """The text without control, bidi and other invisible characters; emoji sequences keep their joiners."""
    spaced = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    out: list[str] = []
    for i, c in enumerate(spaced):
        if c in "\u2028\u2029\x85\x0b\x0c":
            out.append("\n")
        elif c == _JOINER:
            after = spaced[i + 1 : i + 2]
            if out and after and _is_pictorial(out[-1]) and _is_pictorial(after):
                out.append(c)
        elif c == "\n" or unicodedata.category(c) not in _DROPPED:
            out.append(c)
    return "".join(out)


def spans(text: str, style: Style = Style.PLAIN, clickable: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """Text from anywhere as inert spans; commands in `clickable` (`/help`) stay live."""
    shown = visible(text)
    if style is Style.CODE:
        return (Span(shown, style),) if shown else ()
    out: list[Span] = []
    at = 0
    for found in _LIVE.finditer(shown):
        if found[0].lower() in clickable:
            continue
        out += [Span(shown[at : found.start()], style), Span(found[0], Style.CODE)]
        at = found.end()
    out.append(Span(shown[at:], style))
    return tuple(span for span in out if span.text)


def paragraphs(text: str, clickable: frozenset[str] = frozenset(), style: Style = Style.PLAIN) -> Iterator[Paragraph]:
    """Prose as paragraphs; one that is full of live words becomes a table block, one entity instead of many."""
    for part in re.split(r"\n\s*\n", visible(text)):
        stripped = part.strip("\n").rstrip()
        if not stripped.strip():
            continue
        made = Paragraph(spans(stripped, style, clickable))
        if made.entities > _LIVE_IN_PARAGRAPH:
            made = Paragraph((Span(stripped),), Block.TABLE)
        yield made


def joined(parts: Sequence[Paragraph]) -> str:
    """The paragraphs as plain text."""
    return "".join((_gap(p) if i else "") + p.text for i, p in enumerate(parts))


def to_html(parts: Sequence[Paragraph]) -> str:
    """The paragraphs as Telegram's HTML, everything escaped."""
    return "".join((_gap(p) if i else "") + _paragraph_html(p) for i, p in enumerate(parts))


def defused(text: str) -> str:
    """Plain text whose live words are broken by a word joiner, for a message without any markup."""
    return _LIVE.sub(lambda found: re.sub(r"([@/#$.:])(?=\S)", "\\1\u2060", found[0]), text)


def packed(parts: Iterable[Paragraph], limit: int = MESSAGE_UNITS) -> tuple[tuple[Paragraph, ...], ...]:
    """The paragraphs in as few messages as fit `limit` units each, cut where a reader would."""
    messages: list[tuple[Paragraph, ...]] = []
    current: list[Paragraph] = []
    for part in parts:
        rest: Paragraph | None = part
        while rest is not None:
            gap = len(_gap(rest)) if current else 0
            room = limit - units(joined(current)) - gap
            if rest.units <= room and sum(p.entities for p in current) + rest.entities <= MOST_ENTITIES:
                current.append(rest)
                rest = None
            elif current and (rest.units <= limit or room < limit // 3):
                messages.append(tuple(current))
                current = []
            else:
                head, rest = cut(rest, room)
                messages.append((*current, head))
                current = []
    return (*messages, tuple(current)) if current else tuple(messages)


def cut(part: Paragraph, room: int) -> tuple[Paragraph, Paragraph | None]:
    """The beginning that fits `room` units, cut at a line, else a word, else between characters; and what remains."""
    text = part.text
    if part.units <= room and part.entities <= MOST_ENTITIES:
        return part, None
    at = _cut_at(text, _index_at(text, room))
    head, remaining = _divided(part.spans, at)
    tail = _without_leading_space(remaining)
    rest = Paragraph(tail, part.block) if tail else None
    return Paragraph(_without_trailing_space(head), part.block, part.tight), rest


def _gap(part: Paragraph) -> str:
    return "\n" if part.tight else "\n\n"


def _paragraph_html(part: Paragraph) -> str:
    if part.block is Block.TABLE:
        return f"<pre>{html.escape(part.text)}</pre>"
    inner = "".join(_span_html(span) for span in part.spans)
    return f"<blockquote expandable>{inner}</blockquote>" if part.block is Block.FOLDED else inner


def _span_html(span: Span) -> str:
    escaped = html.escape(span.text)
    return f"<{span.style}>{escaped}</{span.style}>" if span.style else escaped


def _is_pictorial(c: str) -> bool:
    return c == "\ufe0f" or unicodedata.category(c) in ("So", "Sk")


def _is_continued(c: str) -> bool:
    return c == _JOINER or "\U0001f3fb" <= c <= "\U0001f3ff" or unicodedata.category(c) in ("Mn", "Me", "Mc")


def _index_at(text: str, room: int) -> int:
    used = 0
    for i, c in enumerate(text):
        used += 2 if ord(c) > 0xFFFF else 1
        if used > room:
            return i
    return len(text)


def _cut_at(text: str, most: int) -> int:
    line = text.rfind("\n", 1, most + 1)
    if line > most // 3:
        return line
    ends = [found.end() for found in _SENTENCE.finditer(text, max(0, most - 400), most + 1)]
    if ends and ends[-1] > most // 3:
        return min(ends[-1], most)
    at = most
    while at > max(1, most - 64) and (_is_continued(text[at : at + 1] or " ") or text[at - 1] == _JOINER):
        at -= 1
    return max(1, at)


def _divided(all_spans: Sequence[Span], at: int) -> tuple[list[Span], list[Span]]:
    head: list[Span] = []
    tail: list[Span] = []
    left = at
    for span in all_spans:
        if left > 0:
            head.append(Span(span.text[:left], span.style))
        if len(span.text) > left:
            tail.append(Span(span.text[max(0, left) :], span.style))
        left -= len(span.text)
    return head, tail


def _without_leading_space(given: Sequence[Span]) -> tuple[Span, ...]:
    out = list(given)
    while out and not out[0].text.strip():
        out.pop(0)
    if out:
        out[0] = Span(out[0].text.lstrip("\n "), out[0].style)
    return tuple(out)


def _without_trailing_space(given: Sequence[Span]) -> tuple[Span, ...]:
    out = list(given)
    while len(out) > 1 and not out[-1].text.strip():
        out.pop()
    if out:
        out[-1] = Span(out[-1].text.rstrip(), out[-1].style)
    return tuple(out)
