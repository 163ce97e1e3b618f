"""The loopback Ollama, in this process on 127.0.0.1, and clients of it that are closed afterwards."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rag.llm import OllamaChat, OllamaOptions

SHARED = Path(__file__).parents[3].parent / "shared"
PEER = SHARED / "peers" / "ollama_loopback.py"


def _peer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ollama_loopback", PEER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def ollama() -> AsyncIterator[Any]:
    """A loopback Ollama without a script: its answers are the smallest instance of the schema."""
    if not PEER.is_file():
        pytest.skip("the loopback peers (../shared/peers) are not here")
    server = _peer().Ollama()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def connect(ollama: Any) -> AsyncIterator[Callable[..., OllamaChat]]:
    """Makes clients of the loopback Ollama."""
    chats: list[OllamaChat] = []

    def make(model: str = "llama3.2", options: OllamaOptions | None = None, **rest: Any) -> OllamaChat:
        chats.append(OllamaChat(ollama.base, model, options, **rest))
        return chats[-1]

    yield make
    for chat in chats:
        await chat.aclose()
