"""Any LangChain chat model in Ollama's place."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rag.llm.port import Heard, ModelReply, reply_of
from rag.model_errors import ModelUnusable
from rag.model_gate import Breaker, Gate
from signals.errors import UserError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_CUT = ("length", "max_tokens", "MAX_TOKENS")


class LangChainChat:
    """A model behind any LangChain client. `name` is how it is logged; the digest stays unknown.

    Asks for structured output where the client has it; where not, the prompt alone describes the shape.
    """

    def __init__(
        self,
        model: BaseChatModel,
        name: str,
        *,
        timeout_s: float = 60.0,
        parallel: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = name
        self._chat = model
        self._gate = Gate(parallel=parallel, timeout_s=timeout_s, breaker=Breaker(clock=clock))

    async def ask(self, system: str, user: str, schema: type[BaseModel], heard: Heard | None = None) -> ModelReply:
        """The model's complete answer. Raises ModelError; a provider's own errors become ModelUnusable."""
        return reply_of(await self._gate.run(lambda: self._answer((system, user), schema, heard)), schema)

    async def _answer(self, messages: tuple[str, str], schema: type[BaseModel], heard: Heard | None) -> ModelReply:
        began = time.perf_counter()
        turns = list(zip(("system", "human"), messages, strict=True))
        try:
            answer: Any = await self._told(self._runnable(schema), turns, heard)
        except Exception as e:
            raise ModelUnusable(f"{self.model} failed: {type(e).__name__}: {str(e)[:200]}") from e
        raw = answer["raw"] if isinstance(answer, dict) else answer
        done = str(raw.response_metadata.get("finish_reason") or raw.response_metadata.get("stop_reason") or "stop")
        if done in _CUT:
            raise ModelUnusable(f"the answer of {self.model} was cut", reason="model answer cut")
        text = json.dumps(raw.tool_calls[0]["args"]) if raw.tool_calls else str(raw.text)
        if not text.strip():
            raise ModelUnusable(f"the answer of {self.model} is empty", reason="model answer empty")
        return ModelReply(text, None, self.model, None, time.perf_counter() - began, done)

    async def _told(self, runnable: Any, turns: list[tuple[str, str]], heard: Heard | None) -> Any:
        """The runnable's output; where somebody listens it is asked as a stream of events."""
        if heard is None:
            return await runnable.ainvoke(turns)
        text, output, first = "", None, ""
        async for event in runnable.astream_events(turns, version="v2"):
            first = first or event["run_id"]
            if event["event"] == "on_chat_model_stream":
                text += _piece(event["data"]["chunk"])
                heard(text)
            elif event["run_id"] == first and event["event"] in ("on_chain_end", "on_chat_model_end"):
                output = event["data"]["output"]
        return output

    def _runnable(self, schema: type[BaseModel]) -> Any:
        from langchain_core.language_models import BaseChatModel

        own = type(self._chat).with_structured_output is not BaseChatModel.with_structured_output
        bound = type(self._chat).bind_tools is not BaseChatModel.bind_tools
        return self._chat.with_structured_output(schema, include_raw=True) if own or bound else self._chat


def _piece(chunk: Any) -> str:
    """What a chunk adds to the JSON: of a tool call its arguments, else its text."""
    calls = getattr(chunk, "tool_call_chunks", None)
    return "".join(call["args"] or "" for call in calls) if calls else str(chunk.text)


def langchain_chat(provider: str, model: str, *, timeout_s: float = 60.0) -> LangChainChat:
    """The model of a LangChain provider (`openai`, `anthropic` ...), which reads its own key as it documents.

    UserError names the packages to install, or the provider that LangChain does not know.
    """
    needed = f"pip install langchain langchain-{provider.replace('_', '-')}"
    try:
        from langchain.chat_models import init_chat_model  # type: ignore[import-not-found, unused-ignore]
    except ImportError as e:
        raise UserError(f"LLM_PROVIDER={provider} needs LangChain's client for it: {needed}") from e
    try:
        chat = init_chat_model(model, model_provider=provider, temperature=0, timeout=timeout_s)
    except ImportError as e:
        raise UserError(f"LLM_PROVIDER={provider} needs LangChain's client for it: {needed}") from e
    except ValueError as e:
        raise UserError(f"LLM_PROVIDER={provider}: {str(e)[:200]}") from e
    return LangChainChat(chat, f"{provider}:{model}", timeout_s=timeout_s)
