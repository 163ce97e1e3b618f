"""Back on the model soon after its server is well again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.llm import ModelPaused, ModelTimeout, ModelUnusable, OllamaChat
from rag.llm.ollama_chat import PROBE_SILENCE_S
from rag.model_answer import ModelAnswer

Connect = Callable[..., OllamaChat]


async def ask(chat: OllamaChat) -> Any:
    return await chat.ask("be brief", "what now?", ModelAnswer)


async def test_a_probe_that_hangs_is_given_up_soon_so_that_a_well_server_is_asked_within_a_minute(
    ollama: Any, connect: Connect
) -> None:
    now = [100.0]
    chat = connect(clock=lambda: now[0], timeout_s=30.0)
    chat.probe_silence_s = 0.2
    await ask(chat)  # the model is in memory
    ollama.faults = [{"kind": "500", "times": 3}, {"kind": "hang"}]
    for _ in range(3):
        with pytest.raises(ModelUnusable):
            await ask(chat)
    now[0] += 31

    with pytest.raises(ModelTimeout, match=r"0\.2 s when it was tried again"):
        await ask(chat)
    with pytest.raises(ModelPaused):
        await ask(chat)
    now[0] += 31

    assert (await ask(chat)).parsed is not None
    assert PROBE_SILENCE_S + 30 <= 60


async def test_a_probe_that_must_read_the_model_into_memory_may_take_its_time(ollama: Any, connect: Connect) -> None:
    now = [100.0]
    chat = connect(clock=lambda: now[0], timeout_s=30.0)
    chat.probe_silence_s = 0.0001
    ollama.faults = [{"kind": "500", "times": 3}]
    for _ in range(3):
        with pytest.raises(ModelUnusable):
            await ask(chat)
    now[0] += 31

    assert (await ask(chat)).parsed is not None


async def test_while_the_server_is_left_alone_nobody_waits_in_line_for_a_refusal(ollama: Any, connect: Connect) -> None:
    chat = connect()
    ollama.faults = [{"kind": "500", "times": 3}]
    for _ in range(3):
        with pytest.raises(ModelUnusable):
            await ask(chat)

    with pytest.raises(ModelPaused):
        await ask(chat)

    assert chat.queued == 0
