"""The language model: reachable, pulled, obedient to a schema, and how long a cold start takes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from bot.checkups.finding import Finding
from bot.settings import Settings
from rag.llm import ModelError, ModelTimeout, OllamaChat

PART = "language model"
ANSWER_S = 25.0
LESS = "without it answers are made by rules only"


class Ready(BaseModel):
    """The smallest answer that shows whether a model keeps to a schema."""

    ready: Literal[True]


async def language_model(settings: Settings) -> list[Finding]:
    """One small question with a schema; a model that cannot be had is no failure, for rules answer without it."""
    if settings.llm.provider == "none":
        return [Finding(PART, "ok", "switched off by LLM_PROVIDER=none: rules only")]
    if settings.llm.provider != "ollama":
        return [Finding(PART, "warn", f"LLM_PROVIDER={settings.llm.provider} is not known", "set it to ollama or none")]
    chat = OllamaChat(settings.ollama.host, settings.ollama.model, timeout_s=ANSWER_S)
    try:
        reply = await chat.ask("You answer in JSON.", 'Answer {"ready": true}.', Ready)
    except ModelTimeout as e:
        return [Finding(PART, "warn", f"{e}; {LESS}", "raise LLM_TIMEOUT_S, or choose a smaller OLLAMA_MODEL")]
    except ModelError as e:
        what, _, fix = str(e).partition(": ")
        return [Finding(PART, "warn", f"{what}; {LESS}", fix)]
    finally:
        await chat.aclose()
    told = f"{reply.model} at {settings.ollama.host} answered in {reply.duration_s:.1f} s"
    if reply.parsed is None:
        return [Finding(PART, "warn", f"{told}, but not by the schema: {reply.problem}", "choose another OLLAMA_MODEL")]
    return [Finding(PART, "ok", told)]
