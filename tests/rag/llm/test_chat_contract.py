"""What every chat model keeps to: one body over the fake, LangChain's stand-in, and Ollama at the loopback peer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from rag.llm import ChatModel, LangChainChat
from rag.model_answer import ModelAnswer
from tests.rag.llm.fakes import FakeChatModel, an_answer


@pytest.fixture(params=["fake", "langchain", "ollama"])
def model(request: pytest.FixtureRequest) -> Any:
    """A model that gives the answer of `an_answer`, then one that is no JSON."""
    if request.param == "fake":
        return FakeChatModel([an_answer(), "no JSON here"])
    if request.param == "langchain":
        from langchain_core.language_models import FakeListChatModel

        return LangChainChat(FakeListChatModel(responses=[an_answer(), "no JSON here"]), "list")
    server = request.getfixturevalue("ollama")
    server.script = [{"match": "", "reply": an_answer(), "times": 1}, {"match": "", "reply": "no JSON here"}]
    return request.getfixturevalue("connect")()


async def test_an_answer_comes_back_parsed_and_raw(model: ChatModel) -> None:
    reply = await model.ask("be brief", "what now?", ModelAnswer)

    assert isinstance(reply.parsed, ModelAnswer)
    assert reply.parsed.cited == [1, 2]
    assert reply.text == an_answer()
    assert reply.problem == ""
    assert reply.done_reason == "stop"
    assert reply.duration_s > 0


async def test_an_answer_of_another_shape_is_no_error_but_says_what_is_wrong(model: ChatModel) -> None:
    await model.ask("be brief", "what now?", ModelAnswer)

    reply = await model.ask("be brief", "what now?", ModelAnswer)

    assert reply.parsed is None
    assert reply.text == "no JSON here"
    assert "no complete JSON object" in reply.problem


async def test_any_schema_can_be_asked_for(model: ChatModel) -> None:
    class Word(BaseModel):
        stance: str

    reply = await model.ask("be brief", "what now?", Word)

    assert reply.parsed == Word(stance="confirm")


async def test_a_listener_hears_the_answer_grow_to_the_whole(model: ChatModel) -> None:
    heard: list[str] = []

    reply = await model.ask("be brief", "what now?", ModelAnswer, heard.append)

    assert heard
    assert heard[-1] == reply.text == an_answer()
    assert all(reply.text.startswith(text) for text in heard)
    assert isinstance(reply.parsed, ModelAnswer)
