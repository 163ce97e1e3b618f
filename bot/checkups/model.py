"""The language model: reachable, pulled, obedient to a schema, its real context, and how long a cold start takes."""

from __future__ import annotations

from bot.checkups.finding import Finding
from bot.settings import Settings
from rag.llm.probe import OllamaHealth, probe

PART = "language model"
ANSWER_S = 25.0
LESS = "without it answers are made by rules only"


async def language_model(settings: Settings) -> list[Finding]:
    """What Ollama says of itself; a model that cannot be had is no failure, for rules answer without it."""
    provider = settings.llm.provider
    if provider == "none":
        return [Finding(PART, "ok", "switched off by LLM_PROVIDER=none: rules only")]
    if provider != "ollama":
        return [Finding(PART, "ok", f"{provider} through LangChain; it is asked when a question needs it")]
    return findings_of(await probe(settings.ollama.host, settings.ollama.model, timeout_s=ANSWER_S))


def findings_of(health: OllamaHealth) -> list[Finding]:
    """One line when all is well, else each problem with its fix."""
    if not health.problems:
        return [Finding(PART, "ok", _told(health))]
    return [_problem(problem) for problem in health.problems]


def _told(health: OllamaHealth) -> str:
    parts = [f"{health.model} at {health.host}, Ollama {health.version}"]
    if health.context_length is not None:
        parts.append(f"context {health.context_length:,} tokens")
    if health.load_s is not None:
        parts.append(f"in memory after {health.load_s:.1f} s")
    if health.answer_s is not None:
        parts.append(f"answered by the schema in {health.answer_s:.1f} s")
    return ", ".join(parts)


def _problem(text: str) -> Finding:
    what, _, fix = text.rpartition(": ")
    return Finding(PART, "warn", f"{what}; {LESS}", fix)
