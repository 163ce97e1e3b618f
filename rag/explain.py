"""A model's words on a plan: asked, checked, asked once more, and cut down to what the evidence says."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from rag.grounding import Evidence, Grounding, SentenceCheck, citations, split_sentences, tells_something
from rag.live_words import LiveWords
from rag.llm.port import ChatModel, Heard, ModelReply
from rag.model_answer import ModelAnswer
from rag.model_errors import ModelError, ModelTimeout, ModelUnusable
from rag.prompts import Filled, Prompt, load
from rag.prose_prompt import Leaks
from rag.prose_safety import plain, strip_unsafe
from rag.prose_sides import refuses
from rag.recommendation import Fact, Source
from rag.turns import ASKING
from signals.clock import iso
from signals.model import Direction

MOST_SOURCES = 7
LONGEST_SOURCE = 1200
_PLAN = {1: "LONG (buy)", -1: "SHORT (sell)", 0: "no trade (hold)"}


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What the model is asked about: the plan's `direction`, the facts and the numbered sources behind it.

    Of the sources the first seven are used, the first external one only. `secrets` are the texts of the prompt, which
    no sentence may repeat.
    """

    question: str
    facts: tuple[Fact, ...]
    sources: tuple[Source, ...]
    direction: Direction
    symbol: str | None = None
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """The checked words. `thesis` is "" when no sentence of it held; `dropped` says what was left out and why.

    `stance` is caution or veto only where a kept sentence cites a source of trust internal. `raw` is the model's text
    that was used, `cited` the numbers of existing sources, `sources` those that the model was shown, `duration_s` the
    model's time over all asks.
    """

    stance: Literal["confirm", "caution", "veto"]
    thesis: str
    risks: tuple[str, ...]
    what_would_change: str
    cited: tuple[int, ...]
    model: str
    digest: str | None
    prompt_ref: str
    raw: str
    dropped: tuple[str, ...] = ()
    enough_evidence: bool = True
    retried: bool = False
    duration_s: float = 0.0
    sources: tuple[Source, ...] = ()


class Explainer:
    """Asks one model with the prompts `recommend` and `repair`. `deadline_s` bounds everything, the retry included.

    `fence` gives the unguessable word around the sources.
    """

    def __init__(
        self, model: ChatModel, *, deadline_s: float = 60.0, fence: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._model, self._deadline_s, self._fence = model, deadline_s, fence
        self._prompt, self._repair = load("recommend"), load("repair")

    async def explain(self, request: ExplainRequest) -> Explained:
        """The model's words on the plan, every sentence checked; the asker hears the first answer's as they come.

        A first answer that is broken or says what the evidence does not is named to the model once; of two usable
        answers the one that loses less counts. Raises ModelError, whose `reason` labels the answer without a model.
        """
        sources = shown_sources(request.sources)
        request, fence = replace(request, sources=sources), self._fence()
        messages = messages_for(self._prompt, request, fence)
        request = replace(request, secrets=(messages.system, self._prompt.user, fence))
        live = self._live(request)
        try:
            return await self._explained(request, messages, live)
        except BaseException:
            if live is not None:
                live.clear()
            raise

    def _live(self, request: ExplainRequest) -> LiveWords | None:
        asker = ASKING.get()
        if asker is None:
            return None
        return LiveWords(lambda cited: grounding_of(request, cited), asker.words)

    async def _explained(self, request: ExplainRequest, messages: Filled, live: LiveWords | None) -> Explained:
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        first = await self._ask(messages, deadline, live.heard if live is not None else None)
        judged = self._judged(first, request)
        if judged is not None and not judged.dropped:
            return judged
        try:
            second = await self._ask(self._again(messages, first, judged), deadline)
        except ModelError:
            if judged is None:
                raise
            return judged
        better = self._better(judged, self._judged(second, request))
        return replace(better, retried=True, duration_s=first.duration_s + second.duration_s)

    async def _ask(self, messages: Filled, deadline: float, heard: Heard | None = None) -> ModelReply:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._model.ask(messages.system, messages.user, ModelAnswer, heard)
        except TimeoutError as e:
            raise ModelTimeout(f"the model gave no complete answer within {self._deadline_s:g} s") from e

    def _judged(self, reply: ModelReply, request: ExplainRequest) -> Explained | None:
        if not isinstance(reply.parsed, ModelAnswer):
            return None
        explained = judge(reply.parsed, request)
        return replace(
            explained,
            model=reply.model,
            digest=reply.digest,
            raw=reply.text,
            prompt_ref=self._prompt.ref,
            duration_s=reply.duration_s,
            sources=request.sources,
        )

    def _again(self, messages: Filled, first: ModelReply, judged: Explained | None) -> Filled:
        problems = judged.dropped if judged is not None else (first.problem or "it is not the JSON object asked for",)
        listed = "\n".join(f"- {' '.join(plain(problem).split())[:300]}" for problem in problems[:8])
        repair = self._repair.fill(previous=_quoted(first.text[:1500]), problems=listed)
        return Filled(messages.system, f"{messages.user}\n\n{repair.user}")

    @staticmethod
    def _better(first: Explained | None, second: Explained | None) -> Explained:
        usable = [explained for explained in (second, first) if explained is not None]
        if not usable:
            raise ModelUnusable("the model twice gave no answer of the asked shape")
        return min(usable, key=lambda explained: (not explained.thesis, len(explained.dropped)))


def shown_sources(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources a model sees: at most seven, one external at most, texts cut to 1,200 characters with a mark."""
    external = next((source for source in sources if source.trust == "external"), None)
    allowed = [source for source in sources if source.trust != "external" or source is external]
    return tuple(replace(source, text=_cut(source.text)) for source in allowed[:MOST_SOURCES])


def messages_for(prompt: Prompt, request: ExplainRequest, fence: str) -> Filled:
    """The two messages of the request; every text of others is one JSON string on one line."""
    return prompt.fill(
        symbol=request.symbol or "none",
        plan=_PLAN[request.direction],
        facts="\n".join(f"F{n}. {_line(fact.label)}: {_line(fact.text)}" for n, fact in enumerate(request.facts, 1))
        or "(none)",
        fence=fence,
        sources="\n".join(_source_line(source) for source in request.sources) or "(none)",
        question=_quoted(request.question),
    )


def grounding_of(request: ExplainRequest, cited: tuple[int, ...]) -> Grounding:
    """The checks on the words of an answer that cites these sources."""
    evidence = Evidence(request.facts, request.sources, request.question, cited, request.direction, request.symbol)
    return Grounding(evidence, Leaks(request.secrets))


def judge(answer: ModelAnswer, request: ExplainRequest) -> Explained:
    """What may be shown of an answer; model, raw text and prompt are left empty. Pure."""
    numbers = {source.n for source in request.sources}
    cited = tuple(dict.fromkeys(n for n in answer.cited if n in numbers))
    dropped = [f"cited source [{n}] does not exist" for n in answer.cited if n not in numbers]
    grounding = grounding_of(request, cited)
    thesis = _checked(answer.thesis, grounding, dropped)
    risks = [_checked(risk, grounding, dropped) for risk in answer.risks]
    change = _checked(answer.what_would_change_it, grounding, dropped)
    stance = answer.stance
    if stance != "confirm" and not _own_reason(request.sources, cited, (thesis, *risks)):
        dropped.append(
            f'stance "{stance}" needs a cited source of trust "internal" in a sentence that gives the reason'
        )
        stance = "confirm"
    if stance == "confirm" and request.direction:
        thesis, change, *risks = (_without_refusals(text, dropped) for text in (thesis, change, *risks))
    return Explained(
        stance,
        thesis,
        tuple(risk for risk in risks if risk),
        change,
        cited,
        model="",
        digest=None,
        prompt_ref="",
        raw="",
        dropped=tuple(dropped),
        enough_evidence=answer.enough_evidence,
    )


def _own_reason(sources: tuple[Source, ...], cited: tuple[int, ...], kept: tuple[str, ...]) -> bool:
    """Whether a shown sentence tells something of a record that code wrote.

    A person's note or a headline may not move a plan, nor may an order that only names a record ("do not trade [1]"):
    the sentence must repeat a number, a date or a result of it, which has been checked.
    """
    own = {source.n for source in sources if source.trust == "internal" and source.n in cited}
    return any(
        own.intersection(citations(sentence)) and tells_something(sentence)
        for text in kept
        for sentence in split_sentences(text)
    )


def _without_refusals(text: str, dropped: list[str]) -> str:
    """The text without the words of a stance that does not count."""
    sentences = split_sentences(text)
    refusing = [sentence for sentence in sentences if refuses(sentence)]
    dropped += [f'"{sentence}": speaks against the plan while the stance is "confirm"' for sentence in refusing]
    return " ".join(sentence for sentence in sentences if sentence not in refusing)


def _checked(text: str, grounding: Grounding, dropped: list[str]) -> str:
    checked = grounding.check(text)
    dropped += [_named(sentence) for sentence in checked.offending]
    return strip_unsafe(checked.kept)


def _named(sentence: SentenceCheck) -> str:
    return f'"{sentence.text}": {"; ".join(sentence.problems)}'


def _source_line(source: Source) -> str:
    line = {"n": source.n, "trust": source.trust, "date": iso(source.at), "text": _line(source.text)}
    return json.dumps(line, ensure_ascii=False)


def _quoted(text: str) -> str:
    return json.dumps(_line(text), ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SOURCE else f"{text[:LONGEST_SOURCE].rstrip()} ... (cut)"
