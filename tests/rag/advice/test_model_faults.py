"""Every fault of the model's server: the rules' answer with its reason, never a half one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from rag.explain import Explainer
from rag.llm import OllamaChat, OllamaOptions
from rag.recommendation import Recommendation
from rag.turns import ASKING, Asker
from tests.builders import a_backtest
from tests.markets import trade_candles
from tests.rag.advice.conftest import OWNER, Room
from tests.rag.llm.conftest import PEER, _peer
from tests.rag.llm.fakes import an_answer
from tests.rag.llm.own_ollama import OwnOllama

TIMEOUT_S = 30.0  # never reached but by the faults that are given a short one
SHORT_S = 0.4
GOOD = an_answer(
    thesis="The votes carry the plan. The newest backtest lost 12.5 % [1].",
    risks=[],
    what_would_change_it="",
    cited=[1],
)
FAULTS = {
    "cut": "model answer unusable",
    "malformed": "model answer unusable",
    "empty": "model answer empty",
    "error_line": "model answer unusable",
    "length": "model answer cut",
    "repeat": "model answer cut",
    "404": "model not installed",
    "500": "model answer unusable",
    "503": "model busy",
    "bad_json": "model answer unusable",
    "wrong_schema": "model answer unusable",
    "hang": "model too slow",
    "slow": "model too slow",
}


@pytest.fixture(params=["peer", "own"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """An Ollama: the loopback peer where it is, and ours anywhere. Both answer GOOD."""
    if request.param == "own":
        own = OwnOllama()
        own.reply = GOOD
    else:
        if not PEER.is_file():
            pytest.skip("the loopback peers (../shared/peers) are not here")
        own = _peer().Ollama([{"match": "", "reply": GOOD}])
    await own.start()
    yield own
    await own.stop()


class Asked:
    """One desk, one client, one person who asks."""

    def __init__(self, room: Room, chat: OllamaChat, timeout_s: float) -> None:
        self.heard: list[str] = []
        self._room, self._chat = room, chat
        room.explainer = Explainer(chat, deadline_s=timeout_s)  # type: ignore[assignment]

    async def __call__(self) -> Recommendation:
        token = ASKING.set(Asker(OWNER, words=self.heard.append))
        try:
            return (await self._room.ask("should I buy ETH?")).recommendations[0]
        finally:
            ASKING.reset(token)


@pytest.fixture
async def desk(room: Room) -> Room:
    """A market with a trade and a backtest as evidence."""
    await room.keep(trade_candles(1))
    await room.stores.backtests.save(a_backtest())
    await room.ingest()
    return room


def faults(kind: str, times: int = 2) -> list[dict[str, Any]]:
    return [{"kind": kind, "seconds": 600} for _ in range(times)]


async def rules_alone(room: Room) -> Recommendation:
    return (await room.ask("should I buy ETH?", use_model=False)).recommendations[0]


def same_but_for_the_label(one: Recommendation, other: Recommendation) -> bool:
    return replace(one, recommendation_id="", fallback_reason="") == replace(
        other, recommendation_id="", fallback_reason=""
    )


@pytest.mark.parametrize(("kind", "reason"), FAULTS.items(), ids=FAULTS)
async def test_a_fault_leaves_the_rules_answer_with_the_reason_and_no_words_of_the_model(
    server: Any, desk: Room, kind: str, reason: str
) -> None:
    timeout_s = SHORT_S if kind in ("hang", "slow") else TIMEOUT_S
    server.faults = faults(kind)
    chat = OllamaChat(server.base, "llama3.2", timeout_s=timeout_s)
    asked = Asked(desk, chat, timeout_s)

    found = await asked()
    await chat.aclose()

    assert (found.method, found.fallback_reason, found.model) == ("rules", reason, None)
    assert same_but_for_the_label(found, await rules_alone(desk))
    assert asked.heard == [] or asked.heard[-1] == ""


async def test_a_stopped_server_leaves_the_rules_answer(server: Any, desk: Room) -> None:
    await server.down()
    chat = OllamaChat(server.base, "llama3.2", timeout_s=TIMEOUT_S)

    found = await Asked(desk, chat, TIMEOUT_S)()
    await chat.aclose()

    assert (found.method, found.fallback_reason) == ("rules", "model server unreachable")


@pytest.mark.parametrize("kind", ["", "fenced"])
async def test_a_good_answer_is_used_even_in_a_fence_and_nothing_is_lost_to_the_context(
    server: Any, desk: Room, kind: str
) -> None:
    server.faults = []
    if kind and isinstance(server, OwnOllama):
        server.faults = faults(kind)
    elif kind:
        server.script = [{"match": "", "reply": f"Sure!\n```json\n{GOOD}\n```"}]
    chat = OllamaChat(server.base, "llama3.2", timeout_s=TIMEOUT_S)
    asked = Asked(desk, chat, TIMEOUT_S)

    found = await asked()
    await chat.aclose()

    assert found.method == "rag"
    assert found.reasoning == asked.heard[-1]
    assert [entry.get("dropped", 0) for entry in server.log if entry["path"] == "/api/chat"] == [0]


async def test_infinity_is_no_number_of_an_answer(desk: Room) -> None:
    own = OwnOllama()
    await own.start()
    own.faults = faults("infinity")
    chat = OllamaChat(own.base, "llama3.2", timeout_s=TIMEOUT_S)

    found = await Asked(desk, chat, TIMEOUT_S)()
    await chat.aclose()
    await own.stop()

    assert (found.method, found.fallback_reason) == ("rules", "model answer unusable")


async def test_evidence_beyond_the_context_is_not_sent(server: Any, desk: Room) -> None:
    chat = OllamaChat(server.base, "llama3.2", OllamaOptions(num_ctx=1500), timeout_s=TIMEOUT_S)

    found = await Asked(desk, chat, TIMEOUT_S)()
    await chat.aclose()

    assert (found.method, found.fallback_reason) == ("rules", "too much evidence for the model")
    assert not [entry for entry in server.log if entry["path"] == "/api/chat"]


async def test_after_three_failures_the_server_is_left_alone_and_asked_again_within_a_minute(
    server: Any, desk: Room
) -> None:
    now = [0.0]
    chat = OllamaChat(server.base, "llama3.2", timeout_s=TIMEOUT_S, clock=lambda: now[0])
    asked = Asked(desk, chat, TIMEOUT_S)
    server.faults = faults("500", 3)
    reasons = [(await asked()).fallback_reason for _ in range(4)]
    sent = len([entry for entry in server.log if entry["path"] == "/api/chat"])

    now[0] += 31
    well = await asked()
    await chat.aclose()

    assert reasons == ["model answer unusable"] * 3 + ["model paused after failures"]
    assert sent == 3
    assert well.method == "rag"
