"""What fingers and chats do to a sentence: slips of the keyboard, slang, case, punctuation. Seeded, never malicious."""

from __future__ import annotations

import random
import re

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SLANG = {
    "why": ("y", "why"),
    "you": ("u",),
    "are": ("r",),
    "your": ("ur",),
    "please": ("pls", "plz"),
    "what": ("wat", "wut"),
    "yesterday": ("yday", "yest"),
    "signal": ("sig", "signal"),
    "signals": ("sigs",),
    "trades": ("trds", "trades"),
    "with": ("w/", "w"),
    "should": ("shud", "shld"),
    "because": ("cuz",),
    "want to": ("wanna",),
    "backtest": ("bt", "btest"),
    "strategy": ("strat",),
    "position": ("pos",),
    "and": ("n", "&"),
    "right now": ("rn",),
    "versus": ("vs",),
    "last week": ("last wk",),
    "last month": ("last mth", "last mnth"),
    "before": ("b4",),
    "about": ("abt", "bout"),
    "give me": ("gimme",),
    "what is": ("whats",),
    "how is": ("hows",),
    "i am": ("im",),
    "don't": ("dont",),
    "didn't": ("didnt",),
}
_KEEP = re.compile(r"[^a-zA-Z]")
SLIP_FROM = 6


def messy(text: str, rng: random.Random) -> str:
    """The text as somebody in a hurry writes it: up to one slip, some slang, any case, other punctuation."""
    if rng.random() < 0.5:
        text = _slang(text, rng)
    if rng.random() < 0.5:
        text = slip(text, rng)
    if rng.random() < 0.6:
        text = text.lower()
    elif rng.random() < 0.1:
        text = text.upper()
    return _punctuated(text, rng)


def slip(text: str, rng: random.Random) -> str:
    """One slip of the finger in one word of six letters or more: swapped, doubled, left out or the key beside."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= SLIP_FROM and not _KEEP.search(word)]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.randrange(1, len(words[i]) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 1:
        word = word[: at + 1] + word[at:]
    elif kind == 2:
        word = word[:at] + word[at + 1 :]
    else:
        word = word[:at] + _beside(word[at], rng) + word[at + 1 :]
    words[i] = word
    return " ".join(words)


def _slang(text: str, rng: random.Random) -> str:
    for plain, spoken in _SLANG.items():
        if rng.random() < 0.5:
            text = re.sub(rf"(?<![\w'$]){plain}(?![\w'])", rng.choice(spoken), text, flags=re.IGNORECASE)
    return text


def _punctuated(text: str, rng: random.Random) -> str:
    bare = text.rstrip("?.! ")
    return bare + rng.choice(("", "", "?", "??", "!", " pls", "...", " ?"))


def _beside(key: str, rng: random.Random) -> str:
    row = next((keys for keys in _ROWS if key.lower() in keys), None)
    if row is None:
        return key
    at = row.index(key.lower())
    return rng.choice([row[i] for i in (at - 1, at + 1) if 0 <= i < len(row)])
