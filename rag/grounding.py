"""Checks on a model's prose, sentence by sentence: nothing may stand in it that the evidence does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from rag.prose_dates import Calendar, Dated, calendar, dates
from rag.prose_match import Known, known_in, known_of, problem_with
from rag.prose_numbers import ORDINAL, quantities
from rag.prose_safety import plain, unemphasised, unsafe
from rag.prose_sides import flips
from rag.prose_tickers import unknown_assets
from rag.recommendation import Fact, Source
from signals.model import Direction

_CITATION = re.compile(r"\[\s*(?:sources?\s*)?(\d{1,3}(?:\s*(?:,|;|and|-)\s*\d{1,3})*)\s*\]", re.IGNORECASE)
_NAMED_SOURCE = re.compile(r"\bsources?\s+(\d{1,3}(?:(?:\s*,\s*|\s+and\s+)\d{1,3})*)(?![\d.]*\d|\s*%)", re.IGNORECASE)
_FACT_NUMBER = re.compile(r"[\[(]?\b(?:F\d{1,2}|facts?\s+\d{1,2})\b[\])]?(?![.\d]*\d)", re.IGNORECASE)
_LIST_MARK = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•])\s+|(?<=[:;,])\s\(\d\)(?=\s)")
_IDIOM = re.compile(r"\b24/7\b|\b50[/-]50\b|(?<=\d)\s?:\s?1\b(?![.\d:])|(?<![\d:.])1\s?:\s?(?=\d+(?:\.\d+)?\b)")
_ENDS = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bapprox\.)(?<!\bNo\.)(?:\s*\[[\d,; ]+\])*\s+|\n+"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What prose may draw on. Of `sources` only those whose number is in `cited` count; every fact and the question do.

    `direction` is the plan's (0: none), `known_at` the moments that are known besides those of facts and sources.
    """

    facts: tuple[Fact, ...] = ()
    sources: tuple[Source, ...] = ()
    question: str = ""
    cited: tuple[int, ...] = ()
    direction: Direction = 0
    symbol: str | None = None
    known_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """A sentence and what is wrong with it, in words that can be shown to the model."""

    text: str
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the sentence may be shown."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Checked:
    """A text, sentence by sentence."""

    sentences: tuple[SentenceCheck, ...]

    @property
    def kept(self) -> str:
        """The sentences that may be shown, joined by spaces."""
        return " ".join(sentence.text for sentence in self.sentences if sentence.ok)

    @property
    def offending(self) -> tuple[SentenceCheck, ...]:
        """The sentences that may not."""
        return tuple(sentence for sentence in self.sentences if not sentence.ok)


@dataclass(frozen=True, slots=True)
class Grounding:
    """Evidence made ready for many checks; see `check` for one."""

    evidence: Evidence
    _known: tuple[Known, ...] = field(init=False)
    _calendar: Calendar = field(init=False)
    _texts: tuple[str, ...] = field(init=False)
    _cited: dict[int, str] = field(init=False)

    def __post_init__(self) -> None:
        evidence = self.evidence
        cited = {s.n: plain(s.text) for s in evidence.sources if s.n in evidence.cited}
        moments = [*evidence.known_at, *(s.at for s in evidence.sources if s.n in cited)]
        facts = [
            plain(f"{fact.label}: {fact.text} {fact.value if isinstance(fact.value, str) else ''}")
            for fact in evidence.facts
        ]
        texts = (*facts, *cited.values(), plain(evidence.question))
        known = calendar(texts, moments)
        numbers = [number for fact in evidence.facts for number in known_of(_undated(fact, known))]
        numbers += [number for text in texts[len(facts) :] for number in known_in(_blank(text, dates(text, known)))]
        everything = (
            *facts,
            *(plain(s.text) for s in evidence.sources),
            plain(evidence.question),
            evidence.symbol or "",
        )
        for name, value in (
            ("_known", tuple(numbers)),
            ("_calendar", known),
            ("_texts", everything),
            ("_cited", cited),
        ):
            object.__setattr__(self, name, value)

    def check(self, text: str) -> Checked:
        """Every sentence of `text`, made plain and without emphasis, with its problems."""
        sentences = split_sentences(unemphasised(plain(text)))
        return Checked(tuple(SentenceCheck(sentence, self._problems(sentence)) for sentence in sentences))

    def _problems(self, sentence: str) -> tuple[str, ...]:
        found = list(unsafe(sentence))
        numbers = citations(sentence)
        found += [f"[{n}] is not one of the cited sources" for n in numbers if n not in self._cited]
        found += [f"{name} is not in the evidence" for name in unknown_assets(sentence, self._texts)]
        bare = _uncited(sentence)
        for dated in dates(bare, self._calendar):
            if not dated.known:
                found.append(f"the date {dated.shown.strip()} is not in the evidence")
            bare = _blank(bare, (dated,))
        bare = _IDIOM.sub(lambda m: " " * len(m[0]), bare)
        for quantity in quantities(bare):
            problem = None if quantity.unit == ORDINAL else problem_with(quantity, bare, self._known)
            found += [problem] if problem else []
        return (
            *found,
            *flips(sentence, [self._cited[n] for n in numbers if n in self._cited], self.evidence.direction),
        )


def check(text: str, evidence: Evidence) -> Checked:
    """Every sentence of `text` with what in it the evidence does not say.

    Numbers (exact or rounded to their last printed digit; sign, unit and label too), dates, assets, sides, citations;
    and links, mentions, markup.
    """
    return Grounding(evidence).check(text)


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text`; citations after a full stop belong to the sentence before."""
    parts: list[str] = []
    start = 0
    for match in _ENDS.finditer(text):
        parts.append(text[start : match.end()].strip())
        start = match.end()
    return tuple(part for part in (*parts, text[start:].strip()) if part)


def citations(sentence: str) -> tuple[int, ...]:
    """The source numbers that the sentence cites, each once, in order: [1], [1, 3], [1-3], `source 2`."""
    found = [
        n for pattern in (_CITATION, _NAMED_SOURCE) for match in pattern.finditer(sentence) for n in _listed(match[1])
    ]
    return tuple(dict.fromkeys(found))


def _listed(text: str) -> Iterator[int]:
    for part in re.split(r"\s*(?:,|;|and)\s*", text):
        first, _, last = (piece.strip() for piece in part.partition("-"))
        yield from range(int(first), min(int(last or first), int(first) + 9) + 1)


def _uncited(sentence: str) -> str:
    for pattern in (_CITATION, _NAMED_SOURCE, _FACT_NUMBER, _LIST_MARK):
        sentence = pattern.sub(lambda m: " " * len(m[0]), sentence)
    return sentence


def _blank(text: str, spans: tuple[Dated, ...]) -> str:
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _undated(fact: Fact, known: Calendar) -> Fact:
    text, value = plain(fact.text), fact.value
    if isinstance(value, str):
        value = plain(value)
        value = _blank(value, dates(value, known))
    return Fact(fact.key, plain(fact.label), value, _blank(text, dates(text, known)))
