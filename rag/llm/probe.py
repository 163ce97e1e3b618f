"""How Ollama is doing, for `deskmate doctor`: version, model, context, start-up time, obedience to a schema."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.explain import ExplainRequest, judge, messages_for, shown_sources
from rag.llm.ollama_chat import OllamaChat, OllamaOptions, address
from rag.llm.port import ModelReply
from rag.model_answer import ModelAnswer
from rag.model_errors import ModelError
from rag.prompts import load
from rag.recommendation import Fact, Source

if TYPE_CHECKING:
    import httpx

OLDEST_GOOD = (0, 31, 2)
_LOOK_S = 10.0


@dataclass(frozen=True, slots=True)
class OllamaHealth:
    """What was found; None where it could not be asked. `models` are what the server has, `present` whether ours is.

    `context_length` is the model's largest, in tokens; `load_s` the seconds until it was in memory; `answer_s` those
    of one canned question, `obeys_schema` if its answer had the shape, `cites_validly` whether all it cites exists.
    `problems` are sentences for a person, each with its fix.
    """

    host: str
    model: str
    reachable: bool = False
    version: str | None = None
    models: tuple[str, ...] = ()
    present: bool = False
    digest: str | None = None
    context_length: int | None = None
    load_s: float | None = None
    answer_s: float | None = None
    obeys_schema: bool | None = None
    cites_validly: bool | None = None
    problems: tuple[str, ...] = ()


async def probe(
    host: str, model: str, options: OllamaOptions | None = None, *, timeout_s: float = 60.0
) -> OllamaHealth:
    """Ask the server about itself, load the model and put one canned question to it. Never raises for a sick server."""
    options = options or OllamaOptions()
    seen, problems = await _look(address(host), model, timeout_s)
    asked: dict[str, Any] = {}
    if seen["present"]:
        asked, more = await _try(OllamaChat(host, model, options, timeout_s=timeout_s), timeout_s)
        problems += more
        length = seen["context_length"]
        if length is not None and length < options.num_ctx:
            problems.append(f"{model} has a context of {length} tokens, num_ctx asks for {options.num_ctx}: lower it")
    return OllamaHealth(address(host), model, **seen, **asked, problems=tuple(problems))


async def _look(host: str, model: str, timeout_s: float) -> tuple[dict[str, Any], list[str]]:
    import httpx

    seen: dict[str, Any] = {
        "reachable": False, "version": None, "models": (), "present": False, "digest": None, "context_length": None,
    }  # fmt: skip
    transport = await asyncio.to_thread(httpx.AsyncHTTPTransport)
    client = httpx.AsyncClient(base_url=host, timeout=min(_LOOK_S, timeout_s), transport=transport, trust_env=False)
    try:
        async with client:
            seen["version"] = str((await _json(client, "/api/version")).get("version") or "")
            seen["reachable"] = True
            listed = {str(m.get("name")): m.get("digest") for m in (await _json(client, "/api/tags"))["models"]}
            name = next((n for n in (model, f"{model}:latest") if n in listed), None)
            seen |= {"models": tuple(listed), "present": name is not None, "digest": listed.get(name or "")}
            if name is not None:
                seen["context_length"] = _context(await _json(client, "/api/show", {"model": name}))
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        return seen, [_unwell(host, seen["reachable"], e)]
    return seen, _complaints(model, seen)


async def _json(client: httpx.AsyncClient, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    reply = await (client.get(path) if body is None else client.post(path, json=body))
    reply.raise_for_status()
    found: dict[str, Any] = reply.json()
    return found


def _unwell(host: str, reachable: bool, error: Exception) -> str:
    if reachable:
        return f"Ollama at {host} answers strangely ({type(error).__name__}): restart it with `ollama serve`"
    return f"no Ollama answers at {host}: start it with `ollama serve`, or set OLLAMA_HOST to where it runs"


def _complaints(model: str, seen: dict[str, Any]) -> list[str]:
    problems = []
    if _version(seen["version"]) < OLDEST_GOOD:
        wanted = ".".join(map(str, OLDEST_GOOD))
        problems.append(
            f"Ollama {seen['version']} may ignore the schema with models that think: update to {wanted} or newer"
        )
    if not seen["present"]:
        others = ", ".join(seen["models"]) or "none"
        problems.append(f"{model} is not installed (installed: {others}): fetch it with `ollama pull {model}`")
    return problems


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("-")[0])[:3])


def _context(shown: dict[str, Any]) -> int | None:
    info = shown.get("model_info") or {}
    return next((int(v) for key, v in info.items() if key.endswith(".context_length") and isinstance(v, int)), None)


async def _try(chat: OllamaChat, timeout_s: float) -> tuple[dict[str, Any], list[str]]:
    request = _canned()
    messages = messages_for(load("recommend"), request, "doctor")
    found: dict[str, Any] = {}
    try:
        found["load_s"] = await chat.preload(timeout_s=max(timeout_s, 1.0))
        reply = await chat.ask(messages.system, messages.user, ModelAnswer)
        return found | _judged(reply, request), [] if reply.parsed else [
            f"{chat.model}: {reply.problem}: choose another"
        ]
    except ModelError as e:
        return found, [str(e)]
    finally:
        await chat.aclose()


def _judged(reply: ModelReply, request: ExplainRequest) -> dict[str, Any]:
    found: dict[str, Any] = {"answer_s": reply.duration_s, "obeys_schema": reply.parsed is not None}
    if isinstance(reply.parsed, ModelAnswer):
        found["cites_validly"] = len(judge(reply.parsed, request).cited) == len(set(reply.parsed.cited))
    return found


def _canned() -> ExplainRequest:
    at = datetime(2022, 6, 17, 12, tzinfo=UTC)
    facts = (
        Fact("price", "Last price", 1072.5, "1,072.50 USDT"),
        Fact("rsi_14", "RSI 14", 38.4, "38.4"),
        Fact("stop_loss", "Stop-loss", 1101.2, "1,101.20"),
    )
    texts = (
        "SELL signal (sell, go short, bearish) for ETH/USDT 1h at 1,072.50, Friday 17 June 2022.",
        "Losing SHORT trade on ETH/USDT, closed Tuesday 14 June 2022, loss -$34.51 (-2.11%).",
    )
    sources = tuple(Source(n, f"canned:{n}", "signal", at, "internal", text) for n, text in enumerate(texts, 1))
    return ExplainRequest("should I sell eth now?", facts, shown_sources(sources), -1, "ETH/USDT")
