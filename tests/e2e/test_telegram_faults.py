"""What goes wrong in Telegram, with the real `python -m bot run`: each fault ends as promised, nothing hangs."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.telegram_desk import BotError, Message, Talk, key, talking, verbs, words

pytestmark = pytest.mark.may_block(reason="waits for a process")
TINA, BEN, OLD_GROUP, NEW_GROUP = 1001, 1002, -55, -100_555
EXPECTED = ("Too Many Requests", "terminated", "blocked", "upgraded", "can't parse entities")


async def test_faults_of_the_platform_end_as_promised_and_buttons_outlive_a_restart(tmp_path: Path) -> None:
    async with talking(tmp_path, OLLAMA_HOST="http://127.0.0.1:9", LOG_LEVEL="DEBUG") as talk:
        peer = talk.telegram
        peer.add_user(BEN, "Ben")

        peer.faults.append(
            {"method": "sendMessage", "code": 400, "description": "Bad Request: can't parse entities: x"}
        )
        plain = await talk.ask("/status", "Candles")
        peer.faults.append({"method": "sendMessage", "code": 429, "retry_after": 1})
        waited = await talk.ask("/universe list", "watched")
        peer.faults.append(
            {"method": "getUpdates", "code": 409, "times": 2, "description": "Conflict: terminated by x"}
        )
        await talk.ask("/model", "The model is")
        after_conflict = await talk.ask("/help", "/signal")
        await blocked(talk)
        moved = await in_a_group_that_moves(talk)
        card = await talk.ask("/signal ETH", "rules only")
        began = time.monotonic()
        status = await talk.end()
        stopped_s = time.monotonic() - began
        await talk.start()
        pressed = await talk.press(card, "why", "technical")
        told = talk.told()

        assert "entities" not in plain or all(e["type"] in ("bot_command", "url") for e in plain["entities"])
        assert "watched" in words(waited)
        assert words(after_conflict)
        assert (NEW_GROUP, "Candles" in words(moved)) == (moved["chat"]["id"], True)
        assert status == 0
        assert stopped_s < 30  # ten on a quiet machine
        assert pressed["reply_to_message"]["message_id"] == card["message_id"]
        assert told.count("another program polls") == 1
        assert told.count(f"nothing more is sent to chat {BEN}") == 1
        assert peer.token not in told
        assert peer.token.partition(":")[2] not in told
        assert talk.verdict(*EXPECTED) == []


async def blocked(talk: Talk) -> None:
    """Ben blocks us while we work for him, and comes back."""
    peer = talk.telegram
    await talk.ask("/status", "Candles", user=BEN)
    peer.blocked.add(BEN)
    body = peer._text({"text": "/status"}, "text", 4096, True)
    peer._push({"message": peer.public(peer._message(peer.chats[BEN], peer.users[BEN], body))})
    await peer.until(lambda: any("blocked" in r["description"] for r in peer.refusals), 60, "the refusal")
    await talk.ask("/status", "Candles", user=BEN)


async def in_a_group_that_moves(talk: Talk) -> Message:
    """A question in a group that becomes a supergroup before it is answered."""
    peer = talk.telegram
    peer.add_group(OLD_GROUP)["type"] = "group"
    peer.add_group(NEW_GROUP)
    original = peer._chat

    def chat(p: dict[str, Any], sending: bool = True) -> Any:
        if p["chat_id"] == OLD_GROUP:
            raise BotError(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": NEW_GROUP})
        return original(p, sending)

    peer._chat = chat
    await peer.send("/status@loopback_bot", chat=OLD_GROUP)
    return await talk.settled(0, "Candles", NEW_GROUP)


async def test_twenty_people_at_once_are_all_answered_while_the_model_hangs(tmp_path: Path) -> None:
    people = range(2001, 2021)
    async with talking(tmp_path, LLM_TIMEOUT_S="4") as talk:
        peer = talk.telegram
        talk.stack.ollama.faults.append({"kind": "hang", "seconds": 60, "times": 99})
        for person in people:
            peer.add_user(person, f"P{person}")
        seen: dict[int, set[str]] = {person: set() for person in people}
        asked = {}
        for person in people:
            asked[person] = (await peer.send("should I buy ETH with $2k?", user=person), time.time())

        def note() -> bool:
            for person in people:
                seen[person].update(words(m) for m in peer.bot_messages(person))
            return all(
                any("rules only" in words(m) and "refresh" in verbs(m) for m in peer.bot_messages(p)) for p in people
            )

        await peer.until(note, 60, "twenty answers")
        typed = {e["params"]["chat_id"]: e["t"] for e in reversed(peer.log) if e["method"] == "sendChatAction"}
        first_s = sorted(typed[p] - asked[p][1] for p in people)

        assert set(typed) == set(people)
        assert first_s[-1] < 1
        assert sum(any("in the queue" in text for text in texts) for texts in seen.values()) >= 15
        assert all("STRONG BUY" in text for p in people for text in [words(peer.bot_messages(p)[0])])
        assert talk.verdict() == []


async def test_stop_leaves_the_card_by_rules_and_a_kill_signal_ends_cleanly(tmp_path: Path) -> None:
    async with talking(tmp_path, LLM_TIMEOUT_S="60") as talk:
        peer = talk.telegram
        talk.stack.ollama.faults.append({"kind": "hang", "seconds": 60, "times": 99})
        sent = await peer.send("should I buy ETH with $2k?")
        card = await peer.until(
            lambda: next((m for m in peer.bot_messages(None, sent["message_id"]) if "stop" in verbs(m)), None),
            10,
            "Stop",
        )
        await peer.click(card, key(card, "stop"))
        await peer.until(lambda: "refresh" in verbs(card), 60, "the stopped card")
        second = await peer.send("and for BTC?")
        hanging = await peer.bot_message(second["message_id"])
        await asyncio.sleep(0.5)
        assert talk.process is not None
        talk.process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(talk.process.wait(), 40)  # well before the model gives up

        assert "rules only" in card["text"]
        assert len(peer.bot_messages()) == 2
        assert status == 0
        assert "stop" not in verbs(hanging)
        assert talk.verdict("terminated") == []
