"""Ollama through LangChain: deadlines, refusal to overflow, and its errors in our words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rag.llm.listening import listener
from rag.llm.port import Heard, ModelReply, estimate_tokens, reply_of
from rag.model_errors import (
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelTimeout,
    ModelUnreachable,
    ModelUnusable,
    PromptTooLong,
)
from rag.model_gate import Breaker, Gate

if TYPE_CHECKING:
    import httpx
    import ollama
    from langchain_ollama import ChatOllama

SEED = 7
_DIGEST_S = 300.0
_CONNECT_S = 5.0
_LIST_S = 2.0
PROBE_SILENCE_S = 25.0


def address(host: str) -> str:
    """The base URL for what people write in OLLAMA_HOST: scheme and port may be left out."""
    host = host.strip().rstrip("/") or "127.0.0.1"
    if "://" in host:
        return host
    bare = host.startswith("[") and host.endswith("]")
    return f"http://{host}" if ":" in host and not bare else f"http://{host}:11434"


@dataclass(frozen=True, slots=True)
class OllamaOptions:
    """What every request carries: `num_ctx` and `num_predict` in tokens, how long the server keeps the model in memory
    (`keep_alive`), and how many requests it serves at once (`parallel`).
    """

    num_ctx: int = 8192
    num_predict: int = 600
    keep_alive: str = "30m"
    parallel: int = 1


class OllamaChat:
    """A model served by Ollama, asked with a schema at temperature 0; nothing is imported or connected before an ask.

    `timeout_s` bounds an ask in all, its wait for one of `parallel` turns included. A prompt that could overflow
    the context is refused, for the server would cut it in silence. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        host: str,
        model: str,
        options: OllamaOptions | None = None,
        *,
        timeout_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host, self.model = address(host), model
        self.options = options or OllamaOptions()
        self.probe_silence_s = PROBE_SILENCE_S
        self._timeout_s = timeout_s
        self._clock = clock
        self._gate = Gate(parallel=self.options.parallel, timeout_s=timeout_s, breaker=Breaker(clock=clock))
        self._building = asyncio.Lock()
        self._clients: _Clients | None = None
        self._digest: tuple[float, str | None] | None = None

    @property
    def queued(self) -> int:
        """How many asks wait for their turn."""
        return self._gate.queued

    @property
    def paused(self) -> bool:
        """True while the breaker is open and asks are refused at once."""
        return self._gate.breaker.is_open

    async def ask(self, system: str, user: str, schema: type[BaseModel], heard: Heard | None = None) -> ModelReply:
        """The model's complete answer. Raises a ModelError naming the fix, PromptTooLong before anything is sent."""
        room, need = self.options.num_ctx - self.options.num_predict, estimate_tokens(system, user)
        if need > room:
            raise PromptTooLong(
                f"the prompt may need {need} tokens, {room} of num_ctx {self.options.num_ctx} are left for it"
            )
        return reply_of(await self._gate.run(lambda: self._chat((system, user), schema, heard)), schema)

    async def preload(self, *, timeout_s: float = 300.0) -> float:
        """Load the model into the server's memory; the seconds it took. Raises ModelError."""
        clients = await self._ready()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                await clients.slow.generate(
                    model=self.model, options={"num_ctx": self.options.num_ctx}, keep_alive=self.options.keep_alive
                )
        except TimeoutError as e:
            raise ModelTimeout(f"{self.model} was not loaded within {timeout_s:g} s") from e
        except clients.faults as e:
            raise self._translated(e) from e
        return time.perf_counter() - began

    async def aclose(self) -> None:
        """Close the connections; the next ask opens new ones."""
        clients, self._clients = self._clients, None
        if clients is not None:
            await clients.transport.aclose()

    async def _chat(self, messages: tuple[str, str], schema: type[BaseModel], heard: Heard | None) -> ModelReply:
        clients = await self._ready()
        began = time.perf_counter()
        silence_s = await self._longest_silence(clients)
        try:
            structured = clients.chat.with_structured_output(schema, method="json_schema", include_raw=True)
            async with asyncio.timeout(silence_s) as silence:
                listening = listener(heard, lambda: silence.reschedule(None))
                turns = list(zip(("system", "human"), messages, strict=True))
                answer: Any = await structured.ainvoke(turns, config={"callbacks": [listening]})
        except clients.faults as e:
            raise self._translated(e) from e
        raw = answer["raw"]
        text, done_reason = str(raw.text), str(raw.response_metadata.get("done_reason") or "")
        _refuse_incomplete(text, done_reason, self.options.num_predict)
        duration_s = time.perf_counter() - began
        return ModelReply(text, None, self.model, await self._current_digest(), duration_s, done_reason)

    async def _longest_silence(self, clients: _Clients) -> float | None:
        """Bounds the wait for a probe's first word, so that a server which hung is asked anew soon after it is well.

        None (the deadline alone) for any other ask, and where the model must first be read into memory.
        """
        if not self._gate.breaker.probing:
            return None
        try:
            async with asyncio.timeout(_LIST_S):
                loaded = (await clients.slow.ps()).models
        except clients.faults:
            return self.probe_silence_s
        return self.probe_silence_s if any(m.model in (self.model, f"{self.model}:latest") for m in loaded) else None

    async def _ready(self) -> _Clients:
        async with self._building:
            if self._clients is None:
                self._clients = await asyncio.to_thread(self._build)
            return self._clients

    def _build(self) -> _Clients:
        import httpx
        import ollama
        from langchain_ollama import ChatOllama

        transport = httpx.AsyncHTTPTransport()
        timeout = httpx.Timeout(self._timeout_s, connect=min(_CONNECT_S, self._timeout_s))
        chat = ChatOllama(
            model=self.model,
            base_url=self.host,
            reasoning=False,
            temperature=0.0,
            seed=SEED,
            num_ctx=self.options.num_ctx,
            num_predict=self.options.num_predict,
            keep_alive=self.options.keep_alive,
            validate_model_on_init=False,
            client_kwargs={"timeout": timeout, "trust_env": False},
            async_client_kwargs={"transport": transport},
        )
        slow = ollama.AsyncClient(
            self.host, timeout=httpx.Timeout(None, connect=_CONNECT_S), transport=transport, trust_env=False
        )
        faults = (ollama.ResponseError, httpx.HTTPError, OSError, ValueError, TypeError, AttributeError)
        return _Clients(chat, slow, transport, faults)

    async def _current_digest(self) -> str | None:
        if self._digest is not None and self._clock() - self._digest[0] < _DIGEST_S:
            return self._digest[1]
        clients, digest = await self._ready(), None
        try:
            async with asyncio.timeout(_LIST_S):
                listed = (await clients.slow.list()).models
            digest = next((m.digest for m in listed if m.model in (self.model, f"{self.model}:latest")), None)
        except clients.faults:
            digest = None
        self._digest = (self._clock(), digest)
        return digest

    def _translated(self, error: Exception) -> ModelError:
        import httpx
        import ollama

        if isinstance(error, ollama.ResponseError):
            return self._refused(error)
        if isinstance(error, TimeoutError):
            return ModelTimeout(f"{self.model} said nothing for {self.probe_silence_s:g} s when it was tried again")
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return ModelTimeout(f"{self.model} sent nothing for {self._timeout_s:g} s")
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol | ConnectionError):
            return ModelUnreachable(
                f"no Ollama answers at {self.host}: start it with `ollama serve`, or set OLLAMA_HOST to where it runs"
            )
        if isinstance(error, httpx.HTTPError):
            return ModelUnusable("the connection to the model broke before its answer was complete")
        return ModelUnusable(f"the model server's reply is garbled: {type(error).__name__}")

    def _refused(self, error: ollama.ResponseError) -> ModelError:
        if error.status_code == 404:
            return ModelMissing(
                f"Ollama at {self.host} does not have the model {self.model}: fetch it with `ollama pull {self.model}`"
            )
        if error.status_code in (429, 503):
            return ModelBusy(f"Ollama is busy: {str(error.error)[:200]}")
        return ModelUnusable(f"Ollama failed: {str(error.error)[:200]}")


@dataclass(frozen=True, slots=True)
class _Clients:
    chat: ChatOllama
    slow: ollama.AsyncClient
    transport: httpx.AsyncHTTPTransport
    faults: tuple[type[Exception], ...]


def _refuse_incomplete(text: str, done_reason: str, num_predict: int) -> None:
    if done_reason == "length":
        raise ModelUnusable(f"the model's answer was cut at {num_predict} tokens", reason="model answer cut")
    if done_reason != "stop":
        raise ModelUnusable("the model's answer ended in mid stream", reason="model answer cut")
    if not text.strip():
        raise ModelUnusable("the model's answer is empty", reason="model answer empty")
