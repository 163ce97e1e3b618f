"""Broadcasts through the real library against the Discord peer: what arrives, and what each refusal means."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from bot.delivery.message import BroadcastMessage
from bot.delivery.notifier import NotSent, Refusal, Sent, Unknown
from bot.discord_adapter.notifier import DiscordNotifier
from signals.errors import UserError
from tests.e2e.processes import PEERS

if not PEERS.is_dir():
    pytest.skip("the loopback peers (../shared/peers) are not here", allow_module_level=True)
sys.path.insert(0, str(PEERS))
from discord_loopback import DiscordLoopback

MESSAGE = BroadcastMessage("BUY *BTC*", ("line @everyone",), "#abc123", "rules only", "good", (("Why", "why:x"),))
PAYLOAD = MESSAGE.payload()
OPENAPI = PEERS / "spec" / "discord_openapi.json"


@dataclass
class Room:
    """A notifier that is logged in, and the peer behind it."""

    peer: Any
    notifier: DiscordNotifier

    @property
    def here(self) -> str:
        return f"discord:channel:{self.peer.general['id']}"

    def fault(self, status: int, code: int = 0, times: int = 1, **more: Any) -> None:
        self.peer.faults.append({"path": "/messages", "status": status, "code": code, "times": times} | more)


@asynccontextmanager
async def logged_in(**rules: Any) -> AsyncIterator[Room]:
    peer = DiscordLoopback(openapi=str(OPENAPI), **rules)
    base, former = await peer.start(), discord.http.Route.BASE
    discord.http.Route.BASE = f"{base}/api/v10"
    try:
        async with discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30.0) as client:
            await client.login(peer.token)
            notifier = DiscordNotifier()
            notifier.attach(client)
            yield Room(peer, notifier)
    finally:
        discord.http.Route.BASE = former
        await peer.stop()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with logged_in() as room:
        yield room


async def test_a_message_arrives_is_edited_and_is_found_again(room: Room) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)

    sent = await room.notifier.send(room.here, PAYLOAD, "key")
    assert isinstance(sent, Sent)
    changed = BroadcastMessage("BUY BTC", ("target 1",), "#abc123")
    edited = await room.notifier.edit(room.here, sent.message_id, changed.payload())
    found = await room.notifier.find(room.here, "#abc123", began)

    message = room.peer.messages[sent.message_id]
    assert edited == sent
    assert found == sent.message_id
    assert message["embeds"][0]["title"] == "BUY BTC"
    assert message["embeds"][0]["description"] == "target 1"
    assert message["embeds"][0]["footer"]["text"] == "#abc123"
    assert await room.notifier.find(room.here, "#abc124", began) is None
    assert room.peer.spec_violations == []


async def test_the_same_key_makes_the_same_nonce_and_asks_discord_to_enforce_it(room: Room) -> None:
    for key in ("key", "key", "other"):
        await room.notifier.send(room.here, PAYLOAD, key)

    bodies = [entry["body"] for entry in room.peer.log if entry["method"] == "POST"]
    nonces = [body["nonce"] for body in bodies]
    assert [body["enforce_nonce"] for body in bodies] == [True] * 3
    assert nonces[0] == nonces[1] != nonces[2]
    assert all(len(nonce) <= 25 for nonce in nonces)


async def test_a_person_is_reached_by_a_direct_message(room: Room) -> None:
    outcome = await room.notifier.send(f"discord:user:{room.peer.owner['id']}", PAYLOAD, "key")

    assert isinstance(outcome, Sent)
    assert room.peer.messages[outcome.message_id]["_guild"] is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10003, Refusal.GONE),
        (404, 10004, Refusal.GONE),
        (403, 50007, Refusal.GONE),
        (403, 50013, Refusal.FORBIDDEN),
        (403, 50001, Refusal.FORBIDDEN),
        (404, 10008, Refusal.LOST),
        (401, 0, Refusal.RETRY),
        (400, 50035, Refusal.BROKEN),
    ],
)
async def test_each_refusal_has_its_reaction(room: Room, status: int, code: int, kind: Refusal) -> None:
    room.fault(status, code, message="no")

    outcome = await room.notifier.send(room.here, PAYLOAD, "key")

    assert isinstance(outcome, NotSent)
    assert outcome.kind is kind
    assert room.peer.messages == {}


async def test_a_server_error_is_not_an_answer(room: Room) -> None:
    room.fault(503)

    assert isinstance(await room.notifier.send(room.here, PAYLOAD, "key"), Unknown)


async def test_a_long_limit_is_handed_on_with_its_time(room: Room) -> None:
    room.fault(429, retry_after=90.0)

    outcome = await room.notifier.send(room.here, PAYLOAD, "key")

    assert outcome == NotSent(Refusal.LIMITED, "Discord asks us to wait", 90.0)


async def test_a_peer_that_is_away_was_surely_not_reached(room: Room) -> None:
    discord.http.Route.BASE = "http://127.0.0.1:9/api/v10"

    outcome = await room.notifier.send(room.here, PAYLOAD, "key")

    assert isinstance(outcome, NotSent)
    assert outcome.kind is Refusal.RETRY


async def test_a_history_that_may_not_be_read_says_so(room: Room) -> None:
    room.fault(403, 50013)

    with pytest.raises(UserError, match="history"):
        await room.notifier.find(room.here, "#abc123", datetime.now(UTC))


async def test_a_channel_too_full_to_look_through_is_not_taken_for_one_without_the_message(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord_adapter.notifier.LOOK_BACK", 3)
    began = datetime.now(UTC) - timedelta(minutes=1)
    for n in range(3):
        await room.notifier.send(room.here, BroadcastMessage("BUY", (), f"#other{n}").payload(), f"other {n}")
    sent = await room.notifier.send(room.here, PAYLOAD, "key")

    with pytest.raises(UserError, match="more than 3 messages"):
        await room.notifier.find(room.here, "#abc123", began)

    monkeypatch.setattr("bot.discord_adapter.notifier.LOOK_BACK", 4)
    assert isinstance(sent, Sent)
    assert await room.notifier.find(room.here, "#abc123", began) == sent.message_id


async def test_without_a_client_nothing_is_ready_and_attaching_one_is_heard(room: Room) -> None:
    heard: list[bool] = []
    notifier = DiscordNotifier()
    notifier.listen(lambda: heard.append(True))
    before = notifier.ready()
    outcome = await notifier.send(room.here, PAYLOAD, "key")

    notifier.attach(discord.Client(intents=discord.Intents.none()))

    assert not before
    assert heard == [True]
    assert isinstance(outcome, NotSent)
    assert outcome.kind is Refusal.RETRY
    notifier.detach()
    assert not notifier.ready()
