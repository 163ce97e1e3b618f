"""What `deskmate doctor` learns about Ollama."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rag.llm import OllamaOptions
from rag.llm.probe import probe


async def test_a_healthy_server_is_described(ollama: Any) -> None:
    health = await probe(ollama.base, "llama3.2")

    assert (health.reachable, health.present, health.version) == (True, True, "0.12.6")
    assert "nomic-embed-text:latest" in health.models
    assert len(health.digest or "") == 64
    assert health.context_length == 131072
    assert (health.obeys_schema, health.cites_validly) == (True, True)
    assert health.load_s is not None and health.answer_s is not None
    assert health.problems == ("Ollama 0.12.6 may ignore the schema with models that think: update to 0.31.2 or newer",)


async def test_an_absent_model_names_those_that_are_there_and_the_command(ollama: Any) -> None:
    health = await probe(ollama.base, "qwen3:4b-instruct")

    assert (health.reachable, health.present, health.digest) == (True, False, None)
    assert "llama3.2:latest" in health.problems[-1]
    assert "`ollama pull qwen3:4b-instruct`" in health.problems[-1]


async def test_a_server_that_is_down_says_how_to_start_it(ollama: Any) -> None:
    await ollama.down()

    health = await probe(ollama.base, "llama3.2")

    assert (health.reachable, health.version, health.models) == (False, None, ())
    assert "`ollama serve`" in health.problems[0]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "500", "path": "/api/tags"}, "answers strangely"),
        ({"kind": "wrong_schema"}, "choose another"),
        ({"kind": "500", "path": "/api/generate"}, "terminated"),
    ],
)
async def test_a_sick_server_is_a_problem_and_no_exception(ollama: Any, fault: dict[str, Any], says: str) -> None:
    ollama.faults = [fault | ({"path": "/api/chat"} if "path" not in fault else {})]

    health = await probe(ollama.base, "llama3.2")

    assert says in health.problems[-1]


async def test_a_context_that_is_too_small_is_said(ollama: Any) -> None:
    health = await probe(ollama.base, "llama3.2", OllamaOptions(num_ctx=200_000))

    assert "lower it" in health.problems[-1]


async def test_what_is_no_ollama_is_no_ollama() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n[1]\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        health = await probe(f"127.0.0.1:{port}", "llama3.2")

    assert not health.reachable
    assert health.problems
