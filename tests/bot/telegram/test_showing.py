"""The real library against the loopback peer: progress, long answers, pictures, typing, the last word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.commands.spec import Invocation
from bot.reply import Attachment, Button, Picture, Reply
from bot.telegram_adapter import answering
from bot.telegram_adapter.screen import RESTARTING
from tests.bot.desk_commands import stand_in_commands
from tests.bot.telegram.peer import Peer, saying, serving
from tests.bot.telegram.replies import BUTTONS, CASES, HOSTILE

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01@\x00\x00\x00\xf0\x08\x02\x00\x00\x00" + b"\x00" * 20
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*attribute `retry_after`"),
    pytest.mark.may_block(reason="the peer reads its description of the Bot API"),
]


async def test_progress_is_edited_at_the_platforms_pace_and_the_last_state_is_shown() -> None:
    async def ask(invocation: Invocation) -> Reply:
        for i in range(40):
            await invocation.say(Reply(text=f"step {i}", buttons=(Button("Stop", "stop:q"),)))
            await asyncio.sleep(0.05)
        return Reply(text="done")

    async with serving(stand_in_commands({"ask": ask})) as peer:
        question = await peer.send("go")
        first = await peer.bot_message(question["message_id"])
        await peer.until(lambda: first["text"] == "done", 6, "the last state")

        edits = [entry["t"] for entry in peer.calls("editMessageText")]
        assert "reply_markup" not in first
        assert 2 <= len(edits) <= 4
        assert all(b - a >= 1.0 for a, b in pairwise(edits))
        assert len(peer.bot_messages()) == 1
        assert peer.verdict() == []


async def test_long_answers_pictures_and_files_arrive_whole() -> None:
    long = "\n\n".join(f"Paragraph {i} " + "with some words " * 20 for i in range(30))
    picture = Picture("chart.png", PNG, "200 candles of ETH/USDT")
    commands = stand_in_commands(
        {
            "ask": saying(Reply(text=long, buttons=BUTTONS)),
            "news": saying(Reply(text="word " * 6000)),
            "chart": saying(Reply(text="ETH/USDT 1h", pictures=(picture,), buttons=BUTTONS[:1])),
            "signal": saying(replace(CASES["buy"], pictures=(picture,))),
            "status": saying(Reply(text="The log.", files=(Attachment("log.txt", b"rows"),))),
        }
    )
    async with serving(commands) as peer:
        await peer.send("all of it")
        await peer.until(lambda: len(peer.bot_messages()) == 3, 5, "three parts")
        parts = peer.bot_messages()
        await peer.send("/news btc")
        await peer.until(lambda: any("document" in m for m in peer.bot_messages()), 5, "the file")
        lead, file = peer.bot_messages()[3:]
        chart = await peer.send("/chart eth")
        photo = await peer.bot_message(chart["message_id"])
        call = await peer.send("/signal eth")
        await peer.until(lambda: len(peer.bot_messages(None, call["message_id"])) == 2, 5, "card and picture")
        status = await peer.send("/status")
        await peer.until(lambda: len(peer.bot_messages(None, status["message_id"])) == 2, 5, "text and file")

        assert "".join("".join(m["text"] for m in parts).split()) == "".join(long.split())
        assert ["reply_markup" in m for m in parts] == [False, False, True]
        assert "attached file" in lead["text"]
        assert peer.file_bytes(file).decode().split() == ["word"] * 6000
        assert peer.file_bytes(photo) == PNG
        assert (photo["caption"], "reply_markup" in photo) == ("ETH/USDT 1h", True)
        assert ["photo" in m for m in peer.bot_messages(None, call["message_id"])][:2] == [False, True]
        assert peer.file_bytes(peer.bot_messages()[-1]) == b"rows"
        assert peer.verdict() == []


async def test_hostile_text_is_inert_on_the_platform_itself() -> None:
    async with serving(stand_in_commands({"ask": saying(Reply(text=HOSTILE, buttons=BUTTONS))})) as peer:
        question = await peer.send("x")
        answer = await peer.bot_message(question["message_id"])

        assert {e["type"] for e in answer["entities"]} <= {"code", "pre"}
        assert "<script>alert(1)</script>" in answer["text"]
        assert peer.verdict() == []


async def test_refused_markup_is_sent_once_more_as_plain_text() -> None:
    async with serving(stand_in_commands({"ask": saying(Reply(text="<b> & more"))})) as peer:
        peer.faults.append(
            {"method": "sendMessage", "code": 400, "description": "Bad Request: can't parse entities: Unsupported"}
        )
        question = await peer.send("x")
        answer = await peer.bot_message(question["message_id"])

        assert answer["text"] == "<b> & more"
        assert "parse_mode" not in peer.calls("sendMessage")[-1]["params"]
        assert len(peer.calls("sendMessage")) == 2


async def test_typing_is_repeated_while_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "TYPING_EVERY_S", 0.05)
    release = asyncio.Event()

    async def ask(_invocation: Invocation) -> Reply:
        await release.wait()
        return Reply(text="done")

    async with serving(stand_in_commands({"ask": ask})) as peer:
        asked = await peer.send("x")
        await peer.until(lambda: len(peer.calls("sendChatAction")) >= 3, 5, "typing thrice")
        release.set()
        await peer.bot_message(asked["message_id"])
        count = len(peer.calls("sendChatAction"))
        await asyncio.sleep(0.2)

        assert len(peer.calls("sendChatAction")) == count


async def test_stopping_ends_quickly_and_leaves_no_answer_hanging() -> None:
    async def ask(invocation: Invocation) -> Reply:
        await invocation.say(Reply(text="the card", buttons=(Button("Stop", "stop:q"),)))
        await asyncio.sleep(3600)
        return Reply()

    peer = Peer()
    async with serving(stand_in_commands({"ask": ask}), peer):
        question = await peer.send("x")
        answer = await peer.bot_message(question["message_id"])

    assert answer["text"].startswith("the card")
    assert RESTARTING in answer["text"]
    assert "reply_markup" not in answer
