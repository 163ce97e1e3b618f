"""Any LangChain chat model in Ollama's place."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from rag.llm import LangChainChat, ModelUnusable, langchain_chat
from rag.model_answer import ModelAnswer
from signals.errors import UserError
from tests.rag.llm.fakes import an_answer


class ToolCaller(BaseChatModel):
    """Answers with a tool call, as most hosted models do for structured output."""

    metadata_of_answer: dict[str, Any] = Field(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "tool-caller"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        call = {"name": "ModelAnswer", "args": json.loads(an_answer()), "id": "1", "type": "tool_call"}
        message = AIMessage(content="", tool_calls=[call], response_metadata=self.metadata_of_answer)
        return ChatResult(generations=[ChatGeneration(message=message)])


async def test_an_answer_given_as_a_tool_call_is_read() -> None:
    reply = await LangChainChat(ToolCaller(), "hosted").ask("s", "u", ModelAnswer)

    assert isinstance(reply.parsed, ModelAnswer)
    assert (reply.model, reply.digest, reply.done_reason) == ("hosted", None, "stop")


@pytest.mark.parametrize("metadata", [{"finish_reason": "length"}, {"stop_reason": "max_tokens"}])
async def test_a_cut_answer_is_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(ModelUnusable, match="cut"):
        await LangChainChat(ToolCaller(metadata_of_answer=metadata), "hosted").ask("s", "u", ModelAnswer)


async def test_an_empty_answer_is_refused() -> None:
    with pytest.raises(ModelUnusable, match="empty"):
        await LangChainChat(FakeListChatModel(responses=[""]), "list").ask("s", "u", ModelAnswer)


async def test_a_providers_error_is_ours() -> None:
    with pytest.raises(ModelUnusable, match="IndexError"):
        await LangChainChat(FakeListChatModel(responses=[]), "list").ask("s", "u", ModelAnswer)


def test_an_absent_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain", None)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)

    with pytest.raises(UserError, match="pip install langchain langchain-google-genai"):
        langchain_chat("google_genai", "gemini")


def _with_langchain(monkeypatch: pytest.MonkeyPatch, init: Any) -> None:
    package, module = ModuleType("langchain"), ModuleType("langchain.chat_models")
    module.init_chat_model = init  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain", package)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", module)


async def test_a_provider_is_started_by_langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def init(model: str, **settings: Any) -> BaseChatModel:
        seen.update(settings, model=model)
        return FakeListChatModel(responses=[an_answer()])

    _with_langchain(monkeypatch, init)

    chat = langchain_chat("openai", "gpt", timeout_s=5)

    assert seen == {"model": "gpt", "model_provider": "openai", "temperature": 0, "timeout": 5}
    assert (await chat.ask("s", "u", ModelAnswer)).model == "openai:gpt"


@pytest.mark.parametrize(("error", "says"), [(ImportError("x"), "pip install"), (ValueError("no such"), "no such")])
def test_what_langchain_cannot_start_is_the_users_to_mend(
    monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def init(model: str, **settings: Any) -> BaseChatModel:
        raise error

    _with_langchain(monkeypatch, init)

    with pytest.raises(UserError, match=says):
        langchain_chat("openai", "gpt")


async def test_a_model_that_calls_a_tool_is_heard_and_read_too() -> None:
    heard: list[str] = []

    reply = await LangChainChat(ToolCaller(), "hosted").ask("s", "u", ModelAnswer, heard.append)

    assert isinstance(reply.parsed, ModelAnswer)


async def test_an_error_while_somebody_listens_is_ours() -> None:
    with pytest.raises(ModelUnusable, match="list failed"):
        await LangChainChat(FakeListChatModel(responses=[]), "list").ask("s", "u", ModelAnswer, [].append)
