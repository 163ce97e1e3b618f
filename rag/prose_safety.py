"""What must never stand in a model's prose: links, mentions, markup, invisible characters."""

from __future__ import annotations

import re
import unicodedata

_TLD = (
    "app|biz|cc|ch|click|co|com|de|dev|edu|eu|example|exchange|finance|fm|fr|fun|gg|gov|info|invalid|io|lat|link|live|ly|me|"
    "money|net|online|org|pro|pw|ru|sh|shop|site|space|store|test|tk|to|top|trade|tv|uk|us|vip|win|world|xyz|zone"
)
LINK = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{1,10}}://\S*|\bwww\.\S+|\b(?:[a-z0-9-]+\.)+(?:{_TLD})\b(?:[/:?#]\S*)?|\b(?:mailto|tg|data|javascript):\S+"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S+|\b(?:\d{1,3}\.){3}\d{1,3}\b",
    re.IGNORECASE,
)
MENTION = re.compile(r"<[@#&:/][^>\s]{0,80}>?|<a?:\w+:\d+>|(?<![A-Za-z0-9])@[A-Za-z_]\w*|\S+@\S+")
MARKUP = re.compile(r"</?[A-Za-z][^>]*>|<!--|!?\[[^\]]*\]\([^)]*\)|```|&#?\w{2,8};")
ADDRESS = re.compile(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}\b")
LEVERAGE = re.compile(
    r"\bleverag\w*|\ball[- ]in\b|\b\d+(?:\.\d+)?\s?(?:x|times)\b"
    r"(?= (?:the |your |normal |usual )*(?:size|position|stake|leverage|margin|bet|amount))",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"\*+|~~|\|\||`+|(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])|^\s{0,3}(?:#{1,6}|>|[-*+])\s+", re.MULTILINE
)
_ONE_KIND = str.maketrans("−‒–—’‘⁄", "----''/")
_KEPT_CONTROLS = "\n\t"


def plain(text: str) -> str:
    """`text` in NFKC, with one kind of minus and apostrophe, ASCII digits, and no control or invisible characters."""
    shown = (c for c in unicodedata.normalize("NFKC", text) if c in _KEPT_CONTROLS or unicodedata.category(c)[0] != "C")
    digits = (str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in shown)
    return "".join(digits).translate(_ONE_KIND)


def unemphasised(text: str) -> str:
    """`text` without the signs of bold, italic, code, headings, quotes and list marks. Idempotent.

    To be done before numbers are checked: `1**2**3` is shown as 123.
    """
    before = ""
    while before != text:
        before, text = text, _EMPHASIS.sub("", text)
    return text


def strip_unsafe(text: str) -> str:
    """`text` without links, mentions, markup, emphasis signs and invisible characters, on one line.

    Platforms escape what is left once more; this only keeps it from meaning anything. Idempotent.
    """
    before, text = "", plain(text)
    while before != text:
        before = text
        for pattern in (MARKUP, LINK, MENTION):
            text = pattern.sub(" ", text)
        text = " ".join(unemphasised(text).split())
    return text


def unsafe(text: str) -> tuple[str, ...]:
    """What in `text` is forbidden, e.g. `link www.x.org`; empty when nothing is."""
    kinds = (("link", LINK), ("mention", MENTION), ("markup", MARKUP), ("address", ADDRESS), ("leverage", LEVERAGE))
    return tuple(f"{kind} {found[0][:40]}" for kind, pattern in kinds for found in pattern.finditer(text))
