"""What the doctor makes of the model's health."""

from bot.checkups.model import findings_of, language_model
from bot.settings import load
from rag.llm.probe import OllamaHealth

WELL = OllamaHealth(
    "http://127.0.0.1:11434",
    "qwen3:4b-instruct",
    reachable=True,
    version="0.32.0",
    present=True,
    context_length=262_144,
    load_s=2.5,
    answer_s=4.0,
    obeys_schema=True,
)


def test_a_healthy_model_is_told_by_its_numbers() -> None:
    (found,) = findings_of(WELL)

    assert found.state == "ok"
    for part in ("Ollama 0.32.0", "context 262,144 tokens", "in memory after 2.5 s", "by the schema in 4.0 s"):
        assert part in found.text


def test_each_problem_is_a_hint_with_its_fix() -> None:
    problem = "qwen3:4b-instruct is not installed (installed: none): fetch it with `ollama pull qwen3:4b-instruct`"

    (found,) = findings_of(OllamaHealth("http://x", "qwen3:4b-instruct", problems=(problem,)))

    assert found.state == "warn"
    assert found.fix == "fetch it with `ollama pull qwen3:4b-instruct`"
    assert "rules only" in found.text


async def test_another_provider_is_not_asked() -> None:
    (found,) = await language_model(load(env_file=None, llm={"provider": "openai"}))

    assert (found.state, found.text.split()[0]) == ("ok", "openai")
