"""When there is no answer: said by rule, with what was searched and what is nearest. Similarity never decides it.

The rules: an asset that is not watched, a day that does not exist, a stretch of time outside what is stored, and
filters that nothing passes. (No price is `Action.NO_DATA` of a recommendation, with the last good time.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rag.filters import filter_words
from rag.question.days import MONTH, month_number, read_day
from rag.question.describe import TYPE_WORDS
from rag.question.model import Parsed
from rag.question.spelling import distance
from rag.retrieve import Found
from signals.universe import base_of, spoken_name
from storage.documents import DocumentStore
from storage.values import Document, DocumentFilter

_NO_DAY = re.compile(
    rf"(?<![\w/.-])(?:(?P<a>[0-3]?[0-9])(?:st|nd|rd|th)?(?: of)? (?P<m>{MONTH})|(?P<m2>{MONTH}) (?P<b>[0-3]?[0-9])"
    r"(?:st|nd|rd|th)?|(?P<d>[0-3]?[0-9]/(?:0?[1-9]|1[0-2])))(?![\w/%])"
)
_ALIKE = 0.5
OWNED = frozenset({"trade", "trade_note", "recommendation"})


class Rule(StrEnum):
    """Why there is no answer."""

    UNKNOWN_ASSET = "unknown asset"
    NO_SUCH_DAY = "no such day"
    OUTSIDE_HISTORY = "outside history"
    NO_ROWS = "no rows"


@dataclass(frozen=True, slots=True)
class Abstention:
    """That there is no answer, why, and the nearest stored record, if there is one."""

    rule: Rule
    text: str
    nearest: Document | None = None


def unknown_asset(unknown: Sequence[str], watched: Sequence[str]) -> Abstention:
    """That a market is not watched, the one whose name is nearest (if any is near), and which are watched."""
    near = _nearest_name(unknown[0], watched)
    meant = f" Did you mean {near}?" if near else ""
    text = (
        f"{', '.join(unknown)} is not watched, so there is nothing to say about it.{meant} "
        f"Watched: {', '.join(base_of(symbol) for symbol in watched)}. "
        "An admin adds one with /universe add, or MARKET_SYMBOLS."
    )
    return Abstention(Rule.UNKNOWN_ASSET, text)


def no_such_day(words: str, today: date) -> Abstention | None:
    """That a day of the question is in no calendar (31 June); None where there is none such. `words` are plain."""
    for match in _NO_DAY.finditer(words):
        if read_day(match.group(), today) is None:
            number = month_number(match.group())
            last = f" {match['m'] or match['m2']} has no day {match['a'] or match['b']}." if number else ""
            text = f'There is no day "{match.group()}", so nothing was searched.{last} Write it like 17 June or 17/6.'
            return Abstention(Rule.NO_SUCH_DAY, " ".join(text.split()))
    return None


async def nothing_found(documents: DocumentStore, parsed: Parsed, found: Found) -> Abstention | None:
    """Why a search has no honest answer, None where it has one.

    A stretch of time that no stored record of the kind and market touches is not answered with other times.
    """
    where = found.where
    if where is None or (found.documents and "time" not in found.relaxed):
        return None
    stored = DocumentFilter(where.scopes, where.as_of, types=where.types, symbols=where.symbols)
    first, last = await _edge(documents, stored, newest=False), await _edge(documents, stored, newest=True)
    if first is None or last is None:
        return None if found.documents else await _nothing_of_the_kind(documents, stored, where)
    if _outside(where, first, last):
        nearest = await _nearest(documents, stored, where)
        span = f"{_span(stored, first, last)} {_shown(nearest)}"
        text = f"Nothing is stored for {_when(parsed)}. Searched: {filter_words(where)}. {span}"
        return Abstention(Rule.OUTSIDE_HISTORY, text.rstrip(), nearest)
    if found.documents:
        return None
    nearest = await _nearest(documents, stored, where)
    text = f"Nothing stored matches. Searched: {filter_words(where)}. {_span(stored, first, last)} {_shown(nearest)}"
    return Abstention(Rule.NO_ROWS, text.rstrip(), nearest)


async def _nothing_of_the_kind(documents: DocumentStore, stored: DocumentFilter, where: DocumentFilter) -> Abstention:
    if set(stored.types) & OWNED and not any(scope.startswith("user:") for scope in stored.scopes):
        return Abstention(Rule.NO_ROWS, f"Your own {_kinds(stored)} are told in private only: ask in a direct message.")
    elsewhere = await _edge(documents, replace(stored, symbols=()), newest=True)
    about = f" for {', '.join(dict.fromkeys(base_of(s) for s in stored.symbols))}" if stored.symbols else ""
    text = (
        f"Nothing stored matches: there are no {_kinds(stored)}{about}, at any time. Searched: {filter_words(where)}."
    )
    if elsewhere is not None and elsewhere.symbol:
        text += f" The newest of any market is about {base_of(elsewhere.symbol)}, of {elsewhere.at:%Y-%m-%d %H:%M} UTC."
    return Abstention(Rule.NO_ROWS, text, elsewhere if stored.symbols else None)


async def _edge(documents: DocumentStore, where: DocumentFilter, *, newest: bool) -> Document | None:
    return next(iter(await documents.find(where, limit=1, newest_first=newest)), None)


async def _nearest(documents: DocumentStore, stored: DocumentFilter, where: DocumentFilter) -> Document | None:
    """The record nearest to the asked stretch of time, the newest one where none was asked."""
    if where.since is None and where.until is None:
        return await _edge(documents, stored, newest=True)
    before = after = None
    if where.since is not None:
        before = await _edge(documents, replace(stored, until=where.since), newest=True)
    if where.until is not None:
        after = await _edge(documents, replace(stored, since=where.until), newest=False)
    if before is None or after is None or where.since is None or where.until is None:
        return before or after
    return before if where.since - before.at <= after.at - where.until else after


def _outside(where: DocumentFilter, first: Document, last: Document) -> bool:
    too_late = where.since is not None and last.at < where.since
    return too_late or (where.until is not None and first.at >= where.until)


def _span(stored: DocumentFilter, first: Document, last: Document) -> str:
    about = f" for {', '.join(dict.fromkeys(base_of(s) for s in stored.symbols[:1]))}" if stored.symbols else ""
    days = f"{first.at:%Y-%m-%d} to {last.at:%Y-%m-%d}" if first.at.date() != last.at.date() else f"{first.at:%Y-%m-%d}"
    return f"Stored {_kinds(stored)}{about}: {days}."


def _kinds(where: DocumentFilter) -> str:
    return " or ".join(TYPE_WORDS.get(kind, kind) for kind in where.types) or "records"


def _shown(nearest: Document | None) -> str:
    return f"The nearest is of {nearest.at:%Y-%m-%d %H:%M} UTC." if nearest else ""


def _when(parsed: Parsed) -> str:
    return parsed.window.label if parsed.window else "that time"


def _nearest_name(word: str, watched: Sequence[str]) -> str | None:
    spelt = {name.lower(): base_of(s) for s in watched for name in (base_of(s), spoken_name(s))}
    ranked = sorted((distance(word.lower(), name), name) for name in spelt)
    edits, name = ranked[0] if ranked else (99, "")
    return spelt[name] if edits <= max(1, _ALIKE * min(len(word), len(name))) and edits <= 2 else None
