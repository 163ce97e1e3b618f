"""What becomes of an answer when Discord drops, refuses, limits or forgets: it arrives, or the asker is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.discord_world import STAND_IN, World, world
from tests.e2e.processes import PEERS

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="the peers and their checks run in this loop"),
]
SEND, CALLBACK = r"/channels/\d+/messages$", r"/interactions/.+/callback$"


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        process = await made.start(*STAND_IN)
        await made.ready()
        yield made
        process.kill()  # how it leaves has its own test


def fault(there: World, path: str, status: int, **more: Any) -> None:
    """The next request to this path fails so."""
    there.discord.faults.append({"path": path, "status": status, "times": 1} | more)


def beyond(there: World, *expected: str) -> list[str]:
    """The verdict without what the test brought about itself."""
    return [line for line in there.stack.verdict() if not any(part in line for part in (*expected, "loopback fault"))]


async def test_answers_arrive_through_drops_reconnects_and_an_invalid_session(there: World) -> None:
    d = there.discord
    for action in ("drop", "reconnect", "invalid_session"):
        asked = await there.ask("slow 0.6")
        await d.until(lambda asked=asked: asked.acked_with, 60, "acknowledgement")
        await d.gateway_fault(action)
        await d.until(
            lambda asked=asked: asked.original and d.messages[asked.original]["content"] == "finally", 60, action
        )
        await d.until(lambda: any(s.transport for s in d.sessions.values()), 60, "a new connection")

    heard = await there.answer_to(await there.mention("still there?"))

    assert heard["content"].startswith("heard still there?")
    assert sum(s.resumed for s in d.sessions.values()) <= 2
    assert "Traceback" not in there.log
    assert beyond(there) == []


async def test_rate_limits_and_server_errors_delay_and_never_double(there: World) -> None:
    d = there.discord
    fault(there, SEND, 503, method="POST")
    after_503 = await there.answer_to(await there.mention("one"))
    fault(there, SEND, 429, retry_after=0.6, method="POST")
    after_429 = await there.answer_to(await there.mention("two"))
    fault(there, SEND, 429, retry_after=0.6, scope="global", method="POST")
    after_global = await there.answer_to(await there.mention("three"))
    fault(there, r"/messages/@original$", 429, retry_after=0.6)
    fault(there, r"/messages/@original$", 503)
    edited = await there.shown(await there.ask("four"))
    fault(there, CALLBACK, 503)
    acknowledged = await there.ask("five")
    late = await there.shown(acknowledged)

    sent = [r for r in there.requests("POST", "/messages") if r["body"]]
    nonces = [r["body"]["nonce"] for r in sent]
    assert [m["content"].split(";")[0] for m in (after_503, after_429, after_global, edited, late)] == [
        "heard one",
        "heard two",
        "heard three",
        "heard four",
        "heard five",
    ]
    assert nonces[0] == nonces[1]
    assert len(set(nonces)) == 3
    assert all(r["body"]["enforce_nonce"] for r in sent)
    assert len([m for m in d.messages.values() if m["author"] is d.bot and "heard" in m["content"]]) == 5
    assert beyond(there) == []


async def test_an_interaction_that_is_acknowledged_too_late_is_answered_by_a_message(there: World) -> None:
    fault(there, CALLBACK, 404, code=10062)
    asked = await there.ask("hello")
    found = await there.discord.bot_message(asked.id, matching="heard hello", timeout=60)

    assert found["channel_id"] == there.discord.general["id"]
    fault(there, CALLBACK, 400, code=40060)
    await there.ask("answered elsewhere")
    after = await there.shown(await there.ask("next"))
    assert after["content"].startswith("heard next")
    assert not any("elsewhere" in m["content"] for m in there.discord.messages.values())


async def test_after_a_quarter_of_an_hour_the_answer_is_a_message_and_a_private_one_direct(there: World) -> None:
    d = there.discord
    d.token_ttl = 1.0
    asked = await there.ask("slow 1.5")
    in_channel = await d.bot_message(asked.id, matching="finally", timeout=60)
    d.token_ttl = 0.0
    private = await there.slash("link")
    direct = await d.bot_message(private.id, matching="link", timeout=60)
    d.denied.add(d.dm(d.owner["id"])["id"])
    closed = await there.slash("link")
    told = await d.bot_message(closed.id, matching="ask again", timeout=60)

    assert in_channel["channel_id"] == d.general["id"]
    assert d.channels[direct["channel_id"]]["type"] == 1
    assert told["channel_id"] == d.general["id"]
    assert "link {" not in told["content"]
    assert beyond(there, "Invalid Webhook Token", "Missing Permissions", "thinking") == []


async def test_a_deleted_answer_is_sent_anew_and_a_deleted_channel_hurts_nobody(there: World) -> None:
    d = there.discord
    question = await there.mention("slow 1.5")
    first = await there.answer_to(question)
    d.messages[first["id"]]["_deleted"] = True
    anew = await d.bot_message(first["id"], matching="step|finally", timeout=60)
    await d.until(lambda: d.messages[anew["id"]]["content"] == "finally", 60, "the end")
    lost = d.add_channel("lost")
    slow = await there.mention("slow 0.5", channel=lost["id"])
    d.channels.pop(lost["id"])
    await d.until(lambda: any("10003" in str(r["body"]) for r in d.refusals), 60, "a refusal")
    after = await there.answer_to(await there.mention("and now?"))

    assert int(slow["id"]) < int(after["id"])
    assert after["content"].startswith("heard and now?")
    assert "Traceback" not in there.log
    assert beyond(there, "Unknown Message", "Unknown Channel") == []


async def test_where_the_bot_may_not_write_the_asker_is_answered_directly(there: World) -> None:
    d = there.discord
    d.denied.add(d.general["id"])
    answer = await there.answer_to(await there.mention("hello"))
    other = d.add_user("closed")
    d.add_member(other["id"])
    d.denied.add(d.dm(other["id"])["id"])
    await there.mention("hello", user=other["id"])
    await d.until(lambda: "could not be delivered" in there.log, 60, "the log line")
    d.denied.clear()
    after = await there.answer_to(await there.mention("and now?"))

    assert d.channels[answer["channel_id"]]["type"] == 1
    assert after["channel_id"] == d.general["id"]
    assert "Traceback" not in there.log
    assert beyond(there, "Missing Permissions") == []
