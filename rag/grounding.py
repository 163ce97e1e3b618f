"""Checks on a model's prose, sentence by sentence: nothing may stand in it that the evidence does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rag.prose_dates import Calendar, Dated, calendar, dates
from rag.prose_match import Known, known_in, known_of, problem_with
from rag.prose_numbers import ORDINAL, quantities
from rag.prose_prompt import NO_LEAKS, Leaks
from rag.prose_safety import plain, unemphasised, unsafe
from rag.prose_sides import flips, results
from rag.prose_tickers import names_in, unknown_assets
from rag.recommendation import Fact, Source
from signals.model import Direction

_CITATION = re.compile(r"\[\s*(?:sources?\s*)?(\d{1,3}(?:\s*(?:,|;|and|-)\s*\d{1,3})*)\s*\]", re.IGNORECASE)
_NAMED_SOURCE = re.compile(r"\bsources?\s+(\d{1,3}(?:(?:\s*,\s*|\s+and\s+)\d{1,3})*)(?![\d.]*\d|\s*%)", re.IGNORECASE)
_FACT_NUMBER = re.compile(r"[\[(]?\b(?:F\d{1,2}|facts?\s+\d{1,2})\b[\])]?(?![.\d]*\d)", re.IGNORECASE)
_LIST_MARK = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•])\s+|^\s*\d[.)]$|(?<=[:;,])\s\(\d\)(?=\s)")
_IDIOM = re.compile(r"\b24/7\b|\b50[/-]50\b|(?<=\d)\s?:\s?1\b(?!\.?\d|:)|(?<![\d:.])1\s?:\s?(?=\d+(?:\.\d+)?\b)")
_ENDS = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bapprox\.)(?<!\bNo\.)(?:\s*\[[\d,; ]+\])*\s+|\n+"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What prose may draw on: every fact, the question, and of the sources those in `cited`.

    A sentence that cites sources itself may draw on no others; one that cites none, on those of trust internal only.

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


class Grounding:
    """Evidence made ready for many checks; see `check` for one."""

    def __init__(self, evidence: Evidence, leaks: Leaks = NO_LEAKS) -> None:
        self.evidence = evidence
        self._leaks = leaks
        facts = [plain(f"{f.label}: {f.text} {f.value if isinstance(f.value, str) else ''}") for f in evidence.facts]
        own = [*facts, plain(evidence.question)]
        self._sources = {s.n: _Ground.of_source(s) for s in evidence.sources if s.n in evidence.cited}
        self._own = _Ground.of_facts(evidence, calendar(own, evidence.known_at))
        self._names = names_in([*own, *(plain(source.text) for source in evidence.sources), evidence.symbol or ""])

    def check(self, text: str) -> Checked:
        """Every sentence of `text`, made plain and without emphasis, with its problems."""
        sentences = split_sentences(unemphasised(plain(text)))
        return Checked(tuple(SentenceCheck(sentence, self._problems(sentence)) for sentence in sentences))

    def _problems(self, sentence: str) -> tuple[str, ...]:
        numbers = citations(sentence)
        here = [self._sources[n] for n in numbers if n in self._sources]
        found = [*unsafe(sentence), *self._leaks.in_sentence(sentence)]
        found += [f"[{n}] is not one of the cited sources" for n in numbers if n not in self._sources]
        found += [f"{name} is not in the evidence" for name in unknown_assets(sentence, self._names)]
        found += self._number_problems(_uncited(sentence), here)
        return (*found, *flips(sentence, [ground.text for ground in here], self.evidence.direction))

    def _number_problems(self, bare: str, here: list[_Ground]) -> Iterator[str]:
        grounds = [self._own, *(here or (ground for ground in self._sources.values() if ground.trusted))]
        known = tuple(number for ground in grounds for number in ground.known)
        days = Calendar(
            frozenset().union(*(ground.calendar.days for ground in grounds)),
            frozenset().union(*(ground.calendar.times for ground in grounds)),
        )
        for dated in dates(bare, days):
            if not dated.known:
                yield f"the date {dated.shown.strip()} is not in the evidence"
            bare = _blank(bare, (dated,))
        bare = _IDIOM.sub(lambda m: " " * len(m[0]), bare)
        for quantity in quantities(bare):
            problem = None if quantity.unit == ORDINAL else problem_with(quantity, bare, known, cites=bool(here))
            if problem:
                yield problem


@dataclass(frozen=True, slots=True)
class _Ground:
    text: str
    known: tuple[Known, ...]
    calendar: Calendar
    trusted: bool = True

    @classmethod
    def of_source(cls, source: Source) -> _Ground:
        text = plain(source.text)
        known, trusted = calendar([text], [source.at]), source.trust == "internal"
        return cls(text, known_in(_blank(text, dates(text, known)), source.n, trusted=trusted), known, trusted)

    @classmethod
    def of_facts(cls, evidence: Evidence, known: Calendar) -> _Ground:
        question = plain(evidence.question)
        numbers = [number for fact in evidence.facts for number in known_of(_undated(fact, known))]
        numbers += known_in(_blank(question, dates(question, known)))
        return cls("", tuple(numbers), known)


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


def tells_something(sentence: str) -> bool:
    """Whether a sentence states a number, a date, or a result, its citations apart."""
    bare = _uncited(plain(sentence))
    known = calendar([bare], ())
    return bool(quantities(bare) or known.days or known.times or results(bare))


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
