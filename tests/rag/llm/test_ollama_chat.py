"""OllamaChat against the loopback Ollama: what it sends, every fault, deadline, queue, breaker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rag.llm import (
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelPaused,
    ModelTimeout,
    ModelUnreachable,
    ModelUnusable,
    OllamaChat,
    OllamaOptions,
    PromptTooLong,
    address,
    estimate_tokens,
)
from rag.model_answer import ModelAnswer

Connect = Callable[..., OllamaChat]


async def ask(chat: OllamaChat, user: str = "what now?") -> Any:
    return await chat.ask("be brief", user, ModelAnswer)


async def test_a_request_always_carries_context_length_temperature_and_the_schema(
    ollama: Any, connect: Connect
) -> None:
    await ask(connect(options=OllamaOptions(num_ctx=4096, num_predict=300, keep_alive="5m")))

    body = next(entry["body"] for entry in ollama.log if entry["path"] == "/api/chat")
    assert body["options"] == {"num_ctx": 4096, "num_predict": 300, "temperature": 0.0, "seed": 7}
    assert body["think"] is False
    assert body["keep_alive"] == "5m"
    assert body["format"]["properties"].keys() == ModelAnswer.model_fields.keys()
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


async def test_the_digest_is_the_servers_and_asked_once(ollama: Any, connect: Connect) -> None:
    chat = connect()

    replies = [await ask(chat), await ask(chat)]

    assert len({reply.digest for reply in replies}) == 1
    assert len(replies[0].digest) == 64
    assert sum(entry["path"] == "/api/tags" for entry in ollama.log) == 1


@pytest.mark.parametrize("kind", ["500", "cut"])
async def test_an_answer_counts_though_the_digest_cannot_be_had(ollama: Any, connect: Connect, kind: str) -> None:
    ollama.faults = [{"kind": "500", "path": "/api/tags"}]

    reply = await ask(connect())

    assert reply.digest is None
    assert reply.parsed is not None


FAULTS = [
    ("cut", ModelUnusable, "broke before its answer was complete"),
    ("malformed", ModelUnusable, "garbled"),
    ("empty", ModelUnusable, "empty"),
    ("error_line", ModelUnusable, "an error was encountered"),
    ("length", ModelUnusable, "cut at 600 tokens"),
    ("repeat", ModelUnusable, "cut at 600 tokens"),
    ("500", ModelUnusable, "terminated"),
    ("503", ModelBusy, "server busy"),
    ("429", ModelBusy, "too many requests"),
    ("404", ModelMissing, "`ollama pull llama3.2`"),
    ("hang", ModelTimeout, "within 0.3 s"),
    ("slow", ModelTimeout, "within 0.3 s"),
    ("refused", ModelError, ""),
]


@pytest.mark.parametrize(("kind", "error", "says"), FAULTS, ids=[fault[0] for fault in FAULTS])
async def test_a_fault_is_named_by_what_mends_it(
    ollama: Any, connect: Connect, kind: str, error: type[ModelError], says: str
) -> None:
    short = kind in ("hang", "slow")
    ollama.faults = [{"kind": kind, "seconds": 0.1 if kind == "refused" else 600}]

    with pytest.raises(error) as caught:
        await ask(connect(timeout_s=0.3 if short else 10.0))

    assert says in str(caught.value)
    assert caught.value.reason


async def test_a_model_that_is_not_there_names_the_command_that_fetches_it(connect: Connect) -> None:
    with pytest.raises(ModelMissing, match="ollama pull qwen3:4b-instruct"):
        await ask(connect("qwen3:4b-instruct"))


async def test_a_stopped_server_names_how_to_start_it(ollama: Any, connect: Connect) -> None:
    await ollama.down()

    with pytest.raises(ModelUnreachable, match=r"`ollama serve`.*OLLAMA_HOST"):
        await ask(connect())


async def test_a_server_that_came_back_is_asked_again(ollama: Any, connect: Connect) -> None:
    chat = connect()
    await ollama.down()
    with pytest.raises(ModelUnreachable):
        await ask(chat)

    await ollama.up()

    assert (await ask(chat)).parsed is not None


@pytest.mark.parametrize(
    ("kind", "problem"), [("wrong_schema", "Field required"), ("bad_json", "broken"), ("fenced", "")]
)
async def test_json_around_which_words_stand_is_read_and_other_shapes_are_named(
    ollama: Any, connect: Connect, kind: str, problem: str
) -> None:
    ollama.faults = [{"kind": kind}]

    reply = await ask(connect())

    assert (reply.parsed is not None) == (problem == "")
    assert problem in reply.problem


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999", "-1e999"])
async def test_a_number_that_is_none_is_refused(ollama: Any, connect: Connect, number: str) -> None:
    answer = (
        '{"stance":"confirm","thesis":"x","risks":[],"what_would_change_it":"y","cited":[%s],"enough_evidence":true}'
    )
    ollama.script = [{"match": "", "reply": answer % number}]

    reply = await ask(connect())

    assert reply.parsed is None
    assert "number" in reply.problem


async def test_a_prompt_that_could_overflow_is_not_sent(ollama: Any, connect: Connect) -> None:
    chat = connect(options=OllamaOptions(num_ctx=2048))

    with pytest.raises(PromptTooLong, match="2048"):
        await ask(chat, "a word or two " * 500)

    assert ollama.log == []


async def test_what_is_sent_fits_the_context_by_the_peers_count_too(ollama: Any, connect: Connect) -> None:
    text = "0.5 BTC, 61,234.5 then up " * 60
    room = estimate_tokens("be brief", text)

    await ask(connect(options=OllamaOptions(num_ctx=room + 600)), text)

    entry = next(entry for entry in ollama.log if entry["path"] == "/api/chat")
    assert entry["dropped"] == 0
    assert entry["prompt_tokens"] <= room


@pytest.mark.parametrize("text", ["hello there", "61,234.50", "日本語", "x" * 300, "a\n\nb", "\ud800"])
def test_the_token_estimate_is_above_the_peers_count(text: str) -> None:
    assert estimate_tokens(text) >= len(text) // 4 + 4


async def test_one_question_at_a_time_goes_to_the_server(ollama: Any, connect: Connect) -> None:
    ollama.token_delay = 0.01
    chat = connect()

    asks = [asyncio.create_task(ask(chat)) for _ in range(3)]
    while chat.queued < 2:
        await asyncio.sleep(0.005)

    assert sum(entry["path"] == "/api/chat" for entry in ollama.log) <= 1
    assert [(await task).parsed is not None for task in asks] == [True, True, True]
    assert chat.queued == 0


async def test_waiting_for_a_turn_counts_against_the_deadline(ollama: Any, connect: Connect) -> None:
    ollama.faults = [{"kind": "hang"}]
    chat = connect(timeout_s=0.3)

    first, second = await asyncio.gather(ask(chat), ask(chat), return_exceptions=True)

    assert isinstance(first, ModelTimeout)
    assert isinstance(second, ModelBusy | ModelTimeout)


async def test_after_three_failures_the_server_is_left_alone_until_a_probe_succeeds(
    ollama: Any, connect: Connect
) -> None:
    now = [100.0]
    chat = connect(clock=lambda: now[0])
    ollama.faults = [{"kind": "500", "times": 3}]
    for _ in range(3):
        with pytest.raises(ModelUnusable):
            await ask(chat)

    with pytest.raises(ModelPaused, match="the last one: Ollama failed") as caught:
        await ask(chat)
    assert caught.value.retry_after_s == 30
    assert chat.paused
    assert len(ollama.log) == 3

    now[0] += 30
    assert (await ask(chat)).parsed is not None
    assert not chat.paused


async def test_a_model_is_loaded_before_it_is_asked_with_the_same_context(ollama: Any, connect: Connect) -> None:
    assert await connect().preload() > 0

    body = ollama.log[0]["body"]
    assert (body["model"], body["options"], body["keep_alive"]) == ("llama3.2", {"num_ctx": 8192}, "30m")
    assert "llama3.2:latest" in ollama.loaded


@pytest.mark.parametrize(("kind", "error"), [("404", ModelMissing), ("hang", ModelTimeout), ("500", ModelUnusable)])
async def test_a_model_that_cannot_be_loaded_says_why(
    ollama: Any, connect: Connect, kind: str, error: type[ModelError]
) -> None:
    ollama.faults = [{"kind": kind}]

    with pytest.raises(error):
        await connect().preload(timeout_s=0.3)


async def test_a_closed_client_opens_anew(connect: Connect) -> None:
    chat = connect()
    await ask(chat)

    await chat.aclose()

    assert (await ask(chat)).parsed is not None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("localhost", "http://localhost:11434"),
        ("10.0.0.2:8000", "http://10.0.0.2:8000"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("https://ollama.example/ ", "https://ollama.example"),
    ],
)
def test_a_host_may_leave_out_scheme_and_port(host: str, url: str) -> None:
    assert address(host) == url
