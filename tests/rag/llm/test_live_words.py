"""The explanation while it is written: only checked sentences, and nothing of an answer that breaks off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.explain import Explainer, grounding_of, judge
from rag.live_words import LiveWords, Unfinished, unfinished
from rag.llm import ModelUnusable
from rag.model_answer import ModelAnswer
from rag.model_errors import ModelStopped
from rag.turns import ASKING, Asker, unless_stopped
from tests.rag.llm.fakes import FakeChatModel, a_request, an_answer


@contextmanager
def asking(asker: Asker) -> Iterator[None]:
    token = ASKING.set(asker)
    try:
        yield
    finally:
        ASKING.reset(token)


def shown_while(text: str) -> list[str]:
    """What is shown while the text arrives letter by letter."""
    shown: list[str] = []
    live = LiveWords(lambda cited: grounding_of(a_request(), cited), shown.append)
    for end in range(1, len(text) + 1):
        live.heard(text[:end])
    return shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Unfinished()),
        ("no JSON", Unfinished()),
        ('{"stance": "conf', Unfinished()),
        ('{"stance": "confirm", "cited": [1, 2', Unfinished()),
        ('{"stance": "confirm", "cited": [1, 2], "thesis": "RSI is', Unfinished("RSI is", (1, 2))),
        ('{"thesis": "a \\"b\\', Unfinished('a "b')),
        ('{"thesis": "a\\\\', Unfinished("a\\")),
        ('{"thesis": "a\\u00', Unfinished("a")),
        ('{"thesis": "a\\u00e9', Unfinished("aé")),
        ('<think>{"thesis": "no"}</think>{"thesis": "yes", "cited": [true, 3]', Unfinished("yes", (3,), closed=True)),
        ('<think>{"thesis": "still thinking', Unfinished()),
        ('Sure:\n```json\n{ "thesis" : "yes" ,', Unfinished("yes", None, closed=True)),
        ('{"thesis": ["a"], "cited": "1", ', Unfinished()),
        ('{"thesis": {"a": "b', Unfinished()),
    ],
)
def test_of_an_unfinished_answer_the_thesis_and_the_citations_are_known(text: str, found: Unfinished) -> None:
    assert unfinished(text) == found


@given(st.text(max_size=60), st.booleans())
def test_any_thesis_is_read_back_from_any_prefix_of_its_answer(thesis: str, escaped: bool) -> None:
    whole = json.dumps({"cited": [1], "thesis": thesis, "risks": []}, ensure_ascii=escaped)

    for end in range(len(whole)):
        so_far = unfinished(whole[:end]).thesis.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        assert thesis.startswith(so_far.rstrip("\ufffd")) or "\ufffd" in thesis
    assert unfinished(whole) == Unfinished(thesis, (1,), closed=True)


def test_only_whole_and_true_sentences_are_shown() -> None:
    thesis = "RSI 14 is at 31.2. The price doubles to 9,999. The stop is at 1,521. See www.x.com."

    shown = shown_while(an_answer(thesis=thesis))

    assert shown == ["RSI 14 is at 31.2.", "RSI 14 is at 31.2. The stop is at 1,521."]


def test_what_is_shown_grows_to_what_the_answer_keeps() -> None:
    shown = shown_while(an_answer())

    kept = judge(ModelAnswer.model_validate_json(an_answer()), a_request()).thesis
    assert shown[-1] == kept
    assert all(kept.startswith(text) for text in shown)


def test_a_citation_belongs_to_the_sentence_before_it() -> None:
    shown = shown_while(an_answer(thesis="A backtest made 199 trades. [2] RSI 14 is at 31.2. Well."))

    assert shown[0] == "A backtest made 199 trades. [2]"


def test_while_the_citations_are_unknown_a_sentence_rests_on_facts_alone() -> None:
    answer = json.loads(an_answer(thesis="RSI 14 is at 31.2. A backtest returned 3.1 % [2]. Well."))
    late = json.dumps({key: answer[key] for key in ("thesis", "risks", "cited")})

    shown = shown_while(late)

    assert shown[0] == "RSI 14 is at 31.2."
    assert "3.1 %" not in shown[1]
    assert "3.1 %" in shown[-1]


async def test_the_asker_hears_the_sentences_as_they_come_and_the_answer_ends_them() -> None:
    heard: list[str] = []
    with asking(Asker("a", words=heard.append)):
        explained = await Explainer(FakeChatModel([an_answer()])).explain(a_request())

    assert len(heard) >= 2
    assert heard[-1] == explained.thesis


async def test_of_an_answer_that_breaks_off_nothing_stays() -> None:
    heard: list[str] = []
    model = FakeChatModel([ModelUnusable("cut", reason="model answer cut")], cut=an_answer()[:150])

    with asking(Asker("a", words=heard.append)), pytest.raises(ModelUnusable):
        await Explainer(model).explain(a_request())

    assert heard[0] == "RSI 14 is at 31.2 and the stop is at 1,521."
    assert heard[-1] == ""


@pytest.mark.parametrize("after", range(0, 36, 3))
async def test_stop_ends_it_at_any_moment_and_takes_the_words_back(after: int) -> None:
    heard: list[str] = []
    asker = Asker("a", words=heard.append)
    steps = iter(range(1000))

    class Watched(FakeChatModel):
        async def ask(self, system: str, user: str, schema: Any, heard: Any = None) -> Any:
            def listened(text: str) -> None:
                heard(text)
                if next(steps) == after:
                    asker.stopped.set()

            return await super().ask(system, user, schema, listened)

    if after == 0:
        asker.stopped.set()
    with asking(asker), pytest.raises(ModelStopped):
        await unless_stopped(Explainer(Watched([an_answer()])).explain(a_request()))

    assert heard == [] or heard[-1] == ""


async def test_without_an_asker_nothing_is_streamed() -> None:
    explained = await Explainer(FakeChatModel([an_answer()])).explain(a_request())

    assert explained.thesis


async def test_each_sentence_of_a_real_stream_was_checked(ollama: Any, connect: Any) -> None:
    heard: list[str] = []
    ollama.token_delay = 0.001
    thesis = "RSI 14 is at 31.2. The price doubles to 9,999. The stop is at 1,521."
    ollama.script = [{"match": "", "reply": an_answer(thesis=thesis)}]

    with asking(Asker("a", words=heard.append)):
        explained = await Explainer(connect()).explain(a_request())

    assert heard == ["RSI 14 is at 31.2.", "RSI 14 is at 31.2. The stop is at 1,521."]
    assert explained.thesis == heard[-1]
