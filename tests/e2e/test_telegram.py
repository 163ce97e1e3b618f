"""A person uses Telegram with the real `python -m bot run`: every command, its errors, every button, groups, topics."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.bot.desk_commands import NAMES
from tests.e2e.telegram_desk import Talk, key, talking, verbs, words

pytestmark = pytest.mark.may_block(reason="waits for a process")
GROUP, TINA, BEN, CAL, DAN = -1001, 1001, 1002, 1003, 1004
SHAPES = {  # what a person gives, and what must be in the answer
    "/signals": "Signals at",
    "/signals 70": "No market passes that filter",
    "/why ETH": "technical",
    "/similar ETH": "Nearest",
    "/indicator rsi ETH": "Newest values",
    "/size ETH 5000 1": "Size",
    "/news BTC": "No news is stored",
    "/trackrecord ETH": "track record",
    "/backtest ETH 90d": "trades",
    "/help": "/signal symbol",
    "/help signal": "/signal symbol [timeframe]",
    "/status": "Candles",
    "/jobs": "every 5 min",
    "/universe list": "BTC/USDT, ETH/USDT",
    "/role list": "telegram:1001",
    "/model": "The model is",
    "/health": "Telegram",
    "/audit": "telegram:1001",
    "/runjob sync": "done",
    "/account": "paper account",
    "/trade list": "no trade",
    "/portfolio": "worth",
    "/positions": "no open paper trade",
    "/pnl 7d": "Realised",
    "/risk": "equity",
    "/rebalance BTC 40, ETH 30, cash 30": "A proposal only",
    "/alert add ETH/USDT 1h rsi_14 below 30": "is set",
    "/alert list": "RSI 14",
    "/prefs": "confidence",
    "/outbox list": "Outbox",
    "/broadcast list": "broadcast",
    "/export": "kept of",
}
ERRORS = {
    "/signal": "Write: /signal symbol [timeframe]",
    "/signal FOO": "not a watched market",
    "/signal ETH 9h": "not a watched timeframe",
    "/signal ETH 1h and more": "does not fit",
    "/size ETH minus": "not an amount",
    "/nosuch": "no such command",
}


async def test_every_command_and_every_error_is_answered(tmp_path: Path) -> None:
    async with talking(tmp_path, OLLAMA_HOST="http://127.0.0.1:9") as talk:
        peer = talk.telegram
        peer.add_user(BEN, "Ben")
        offered = [c["command"] for c in peer.commands]
        for given, having in SHAPES.items():
            await talk.ask(given, having)
        for given, having in ERRORS.items():
            await talk.ask(given, having, user=BEN)
        refused = words(await talk.ask("/reindex all", "admin", user=BEN))
        log = await a_long_answer(talk)
        code = (await talk.ask("/link"))["text"]
        chart = await talk.ask("/chart BTC 1h rsi")
        confirm = await talk.ask("/reindex all")
        declined = await talk.ask("/reindex all")
        await peer.click(declined, key(declined, "no"))
        await peer.until(lambda: declined["text"] == "Nothing was done.", 60, "the no")
        await peer.click(confirm, key(confirm, "yes"))
        await peer.until(lambda: "Rebuilt" in confirm["text"], 60, "the yes")

        assert offered == NAMES
        assert "admin" in refused
        assert len(log) >= 2
        assert sum(words(m).count("xxxx") for m in log) == 40
        assert "/link " in code
        assert peer.file_bytes(chart)[:4] == b"\x89PNG"
        assert "BTC/USDT" in chart["caption"]
        assert verbs(confirm) == verbs(declined) == []
        assert talk.verdict() == []
        assert peer.self_violations == []


async def test_a_talk_with_buttons_follow_ups_groups_and_topics(tmp_path: Path) -> None:
    async with talking(tmp_path, OLLAMA_HOST="http://127.0.0.1:9") as talk:
        peer = talk.telegram
        peer.add_user(BEN, "Ben")
        peer.add_group(GROUP)["is_forum"] = True
        card = await talk.ask("should I buy ETH with $2k?", "rules only")
        asked_card = words(card)
        follow_up = await talk.ask("and for BTC?", "rules only")
        taken = await talk.press(card, "take", "Paper trade opened")
        await talk.press(card, "take", "taken this already")
        await talk.press(card, "why", "technical")
        chart = await talk.press(card, "chart", "ETH/USDT")
        await talk.press(card, "backtest", "trades")
        await talk.press(card, "similar", "Nearest")
        await talk.press(card, "sources", "backtest")
        before, old_key = len(peer.bot_messages()), key(card, "refresh")
        await peer.click(card, old_key)
        await peer.until(lambda: "refresh" in verbs(card) and key(card, "refresh") != old_key, 60, "a new card")
        refreshed = len(peer.bot_messages()) == before
        signal = await talk.ask("/signal ETH", "rules only")
        photo = await peer.until(lambda: photos_after(peer, signal["message_id"]), 60, "the chart")
        await peer.send("nobody asked", chat=GROUP)
        mention = await talk.ask("@loopback_bot should I buy ETH?", "rules only", chat=GROUP)
        topic = await in_topic(talk)
        private = await talk.ask("/link", "direct chat", chat=GROUP)

        assert "STRONG BUY ETH/USDT 1h" in asked_card
        assert "budget $2,000" in asked_card
        assert "BTC/USDT" in follow_up["text"]
        assert "$2,000" in follow_up["text"]
        assert "ETH" in taken["text"]
        assert peer.file_bytes(chart)[:4] == b"\x89PNG"
        assert refreshed
        assert peer.file_bytes(photo)[:4] == b"\x89PNG"
        assert mention["reply_to_message"]["text"] == "@loopback_bot should I buy ETH?"
        assert topic == {77}
        assert "/link" not in private["text"]
        assert all(q["latency"] < 1 for q in peer.callbacks.values())
        assert talk.verdict() == []


async def a_long_answer(talk: Talk) -> list[Any]:
    """The messages of an audit log that forty refused attempts have filled."""
    for person in (CAL, DAN):
        talk.telegram.add_user(person, f"P{person}")
        for i in range(20):
            await talk.ask(f"/runjob {i:02d}{'-' * 50}xxxx", "admin", user=person)
    sent = await talk.telegram.send("/audit 100")
    await talk.telegram.until(lambda: len(talk.telegram.bot_messages(None, sent["message_id"])) >= 2, 60, "two parts")
    await asyncio.sleep(0.3)
    found: list[Any] = talk.telegram.bot_messages(None, sent["message_id"])
    return found


def photos_after(peer: Any, after: int) -> Any:
    """The first picture after a message."""
    return next((m for m in peer.bot_messages(None, after) if "photo" in m), None)


async def in_topic(talk: Talk) -> set[int]:
    """The threads in which a question of a forum topic is answered."""
    peer, after = talk.telegram, len(talk.telegram.log)
    body = peer._text({"text": "/status@loopback_bot"}, "text", 4096, True)
    body |= {"message_thread_id": 77, "is_topic_message": True}
    asked = peer._message(peer.chats[GROUP], peer.users[TINA], body)
    peer._push({"message": peer.public(asked)})
    await talk.settled(asked["message_id"], "Candles", GROUP)
    sent = [e for e in peer.log[after:] if e["method"] in ("sendMessage", "sendChatAction")]
    return {e["params"].get("message_thread_id") for e in sent}
