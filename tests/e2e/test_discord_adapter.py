"""The Discord platform as a process with the real discord.py, over a stand-in command layer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.discord_world import STAND_IN, World, world
from tests.e2e.processes import PEERS

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="the peers and their checks run in this loop"),
]
EPHEMERAL = 64


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        process = await made.start(*STAND_IN)
        await made.ready()
        yield made
        process.kill()  # how it leaves has its own test


async def test_commands_mentions_messages_threads_and_buttons(there: World) -> None:
    d = there.discord

    card = await there.shown(await there.slash("signal", symbol="ETH/USDT", timeframe="4h"))
    picture = d.attachment_bytes(card)["ETH-USDT-1h.png"]
    sized = await there.shown(await there.slash("size", symbol="ETH/USDT", balance=1500.5, risk=1))
    health = await there.slash("health")
    await there.shown(health)
    suggested = await d.autocomplete("signal", {"symbol": "b"}, "symbol")
    why = await d.click(card["id"], "why:7f3a1c")
    why_shown = await there.shown(why)
    refreshed = await d.click(card["id"], "refresh:7f3a1c")
    await d.until(lambda: d.messages[card["id"]].get("edited_timestamp"), 60, "refreshed card")
    mentioned = await there.mention("hello")
    heard = await there.answer_to(mentioned)
    follow_up = await d.user_message("and ETH?", reply_to=heard["id"])
    heard_again = await there.answer_to(follow_up)
    direct = await d.user_message("in private", dm=True)
    heard_directly = await there.answer_to(direct)
    empty = await there.mention("")
    helped = await there.answer_to(empty)

    assert picture.startswith(b"\x89PNG")
    assert card["embeds"][0]["title"] == "▲ BUY ETH/USDT 1h"
    assert "'balance': '1500.5', 'risk': '1'" in sized["content"]
    assert health.ephemeral
    assert [choice["value"] for choice in suggested] == ["BTC/USDT"]
    assert why.ephemeral
    assert "7f3a1c" in why_shown["content"]
    assert refreshed.acked_with == 6
    assert heard["message_reference"]["message_id"] == mentioned["id"]
    assert heard["content"] == f"heard hello; private False; in {d.general['id']}"
    assert heard_again["content"].startswith("heard and ETH?; private False")
    assert heard_directly["content"].startswith("heard in private; private True")
    assert helped["content"].startswith("help")
    assert there.stack.verdict() == []


async def test_hostile_long_private_and_broken_answers(there: World) -> None:
    d = there.discord

    hostile = await there.shown(await there.ask("hostile"))
    large = await there.shown(await there.ask("hostile 20000"))
    medium_asked = await there.mention("medium")
    medium = await there.answer_to(medium_asked)
    thread = await d.until(lambda: next((c for c in d.channels.values() if c["type"] == 11), None), 60, "a thread")
    rest = await d.bot_message(channel=thread["id"], timeout=60)
    in_thread = await d.user_message("and then?", channel=thread["id"])
    continued = await there.answer_to(in_thread, "heard")
    secret = await there.ask("secret")
    secret_shown = await there.shown(secret)
    refused = await there.ask("error")
    refused_shown = await there.shown(refused)
    openly = await there.answer_to(await there.mention("error"))
    broken = await there.shown(await there.ask("broken"))
    for nothing in ("silent", "repeat"):
        quiet = await there.ask(nothing)
        await d.until(lambda quiet=quiet: quiet.original and d.messages[quiet.original]["_deleted"], 60, nothing)

    assert "@everyone" in hostile["content"]
    assert not hostile["mention_everyone"]
    assert not hostile["mentions"]
    assert "https://" not in hostile["content"]
    assert len(d.attachment_bytes(large)["answer.txt"].decode()) > 20_000
    assert medium["content"].startswith("Paragraph 0.")
    assert thread["name"] == "medium"
    assert "Paragraph 11." in rest["content"] + "".join(m["content"] for m in d.messages.values())
    assert continued["channel_id"] == thread["id"]
    assert continued["content"].endswith(f"in {thread['id']}")
    assert d.messages[secret.original]["_deleted"]
    assert secret_shown["content"] == "for you alone"
    assert secret_shown["flags"] & EPHEMERAL
    assert refused_shown["flags"] & EPHEMERAL
    assert "FOO" in openly["content"]
    assert re.search(r"error [0-9a-f]{8}|could not be shown|failed", broken["content"])
    assert there.stack.verdict() == []


async def test_progress_is_paced_and_its_last_state_delivered(there: World) -> None:
    began = time.monotonic()
    asked = await there.ask("slow 1.5")
    await there.discord.until(
        lambda: asked.original and there.discord.messages[asked.original]["content"] == "finally", 60, "the end"
    )
    took = time.monotonic() - began

    edits = there.requests("PATCH", "/messages/@original")
    assert 3 <= len(edits) <= took + 2
    times = [edit["t"] for edit in edits]
    assert all(later - earlier >= 0.9 for earlier, later in pairwise(times))
    assert there.stack.verdict() == []


async def test_shared_cards_refuse_quietly_and_stop_answers_the_presser_alone(there: World) -> None:
    d = there.discord
    other = d.add_user("somebody")
    d.add_member(other["id"])
    card = await there.shown(await there.slash("signal", symbol="ETH/USDT"))
    row = d.messages[card["id"]]["components"][0]["components"]
    row[0]["custom_id"] = "refresh:refused"
    before = card["embeds"]

    refused = await d.click(card["id"], "refresh:refused", user=other["id"])
    told = await d.until(lambda: refused.followups and d.messages[refused.followups[0]], 60, "refusal")
    asked = await there.ask("hang")
    await d.until(lambda: asked.original and d.messages[asked.original]["components"], 60, "stop button")
    stopped = await d.click(asked.original, "stop:")
    stop_told = await d.until(lambda: stopped.followups and d.messages[stopped.followups[0]], 60, "stop answer")

    assert told["flags"] & EPHEMERAL
    assert "too often" in told["content"]
    assert d.messages[card["id"]]["embeds"] == before
    assert stop_told["flags"] & EPHEMERAL
    assert there.stack.verdict() == []


async def test_buttons_work_after_a_restart_and_commands_are_sent_only_when_changed(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        first = await there.start(*STAND_IN)
        await there.ready()
        card = await there.shown(await there.slash("signal", symbol="ETH/USDT"))
        hanging = await there.ask("hang")
        await there.discord.until(lambda: hanging.original and not hanging.loading, 60, "the card")
        began = time.monotonic()
        first.terminate()
        status = await first.wait()
        left_in = time.monotonic() - began
        await there.start(*STAND_IN)
        await there.discord.wait_ready()
        pressed = await there.shown(await there.discord.click(card["id"], "why:7f3a1c"))

        puts = there.requests("PUT", "/commands")
        assert status == 0
        assert left_in < 5
        assert "restarted" in there.discord.messages[hanging.original]["content"]
        assert "7f3a1c" in pressed["content"]
        assert len(puts) == 2
        assert {command.get("guild_id") for command in there.discord.commands.values()} == {
            there.discord.guild_id,
            None,
        }
        assert there.stack.verdict() == []


async def test_a_refused_token_ends_in_one_line_and_one_request(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        process = await there.start(*STAND_IN, DISCORD_TOKEN="wrong.token.value", LOG_LEVEL="DEBUG")
        status = await asyncio.wait_for(process.wait(), 60)

        assert status == 3
        assert "DISCORD_TOKEN" in there.log
        assert "wrong.token.value" not in there.log
        assert len([r for r in there.discord.log if r["path"].endswith("/users/@me")]) == 1


async def test_without_message_content_mentions_and_commands_still_work(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.discord.privileged = 0
        await there.start(*STAND_IN, LOG_LEVEL="DEBUG")
        await there.ready()
        heard = await there.answer_to(await there.mention("hello"))
        await there.discord.user_message("not for the bot")
        unread = await there.answer_to(await there.discord.user_message("and you?", reply_to=heard["id"]))

        assert heard["content"].startswith("heard hello")
        assert unread["content"]
        assert [close["code"] for close in there.discord.closes] == [4014]
        assert "Message Content Intent" in there.log
        assert there.discord.token not in there.log
        assert there.stack.verdict() == []
