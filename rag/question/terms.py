# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
"""What is left of a question for the full text once filters took their share."""

from __future__ import annotations

import re

from rag.question.days import MONTH_NAMES, WEEKDAYS
from rag.question.spelling import plain_words
from rag.question.symbols import names_in
from rag.question.themes import Theme, themes_of
from rag.question.vocabulary import take
from signals.universe import DEFAULT_SYMBOLS

MOST_TERMS = 24
_WORD = re.compile(r"(?<![\w/.-])[a-z][a-z0-9]{2,}(?![\w/-])")
_CALENDAR = frozenset((*MONTH_NAMES, *WEEKDAYS))
_EMPTY = frozenset(
    """
    the and for with that this those these from into onto over under than then there their they them you your
    yours our ours who whom
    whose which what when where why how was were are been being has have had did does doing done can could should
    would will shall may
    might must not but or nor any all some one ones each every both few more most less least very just only also
    too please show tell
    give list find search see seen look get got me my mine his her its out about after before between during since
    until while again
    explain reason signal signals trade trades trading traded position positions backtest backtests result results
    setup setups note
    notes strategy last latest newest recent recently current currently now today yesterday week month year day
    days hour hours time
    times buy bought sell sold short long hold held went going take took make made way thing things stuff like
    want need think
    going ended up down right go did
    """.split()
)


def themes_in(text: str) -> tuple[Theme, ...]:
    """The note themes that a question in the person's own words asks about."""
    return themes_of(plain_words(text, frozenset()))


def content_terms(text: str) -> tuple[str, ...]:
    """The words of a question beyond its slots' usual vocabulary, in order, each once, at most 24."""
    names = names_in(DEFAULT_SYMBOLS)
    rest = plain_words(text, names.spelt)
    if names.phrases:
        rest = names.phrases.sub(" ", rest)
    for table in ("TIMEFRAMES", "EXITS", "STRATEGIES", "SETUPS", "OUTCOMES", "TYPES", "SIDES"):
        rest = take(table, rest)[1]
    words = (m.group() for m in _WORD.finditer(rest))
    kept = (w for w in words if w not in _EMPTY and w not in names.symbols and w not in _CALENDAR)
    return tuple(dict.fromkeys(kept))[:MOST_TERMS]
