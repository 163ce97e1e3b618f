"""The real library against the loopback peer, with commands that answer what the test says."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from pydantic import SecretStr

from bot.commands.spec import Invocation
from bot.reply import Attachment, Button, Picture, Reply
from bot.telegram_adapter import answering
from bot.telegram_adapter.answering import ANSWERED_DIRECTLY, NOT_YOURS, OPEN_DIRECT_CHAT
from bot.telegram_adapter.client import TelegramPlatform
from bot.telegram_adapter.inbound import FORWARDED, TEXT_ONLY
from bot.telegram_adapter.screen import RESTARTING, UNCONFIRMED
from signals.errors import TemporaryError, UserError
from tests.bot.desk_commands import NAMES, stand_in_commands
from tests.bot.telegram.peer import Peer, serving
from tests.bot.telegram.replies import BUTTONS, CASES, HOSTILE

GROUP = -1001
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01@\x00\x00\x00\xf0\x08\x02\x00\x00\x00" + b"\x00" * 20
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*attribute `retry_after`"),
    pytest.mark.may_block(reason="the peer reads its description of the Bot API"),
]


def saying(reply: Reply):  # type: ignore[no-untyped-def]
    async def handler(_invocation: Invocation) -> Reply:
        await asyncio.sleep(0.02)
        return reply

    return handler


async def test_the_menu_holds_every_command_and_is_set_only_when_it_changed() -> None:
    commands = stand_in_commands()
    async with serving(commands) as peer:
        first = list(peer.commands)
        offered = peer.calls("setMyCommands")

    again = Peer()
    again.commands = first
    async with serving(commands, again) as peer:
        unchanged = peer.calls("setMyCommands")

    assert [c["command"] for c in first] == NAMES
    assert len(offered) == 1
    assert unchanged == []


async def test_a_direct_chat_takes_plain_words_and_commands_by_position() -> None:
    asked = {"ask": saying(replace(CASES["buy"]))}
    async with serving(stand_in_commands(asked)) as peer:
        question = await peer.send("should I buy ETH with $2k?")
        card = await peer.bot_message(question["message_id"])
        call = await peer.send("/signal eth 4h")
        signal = await peer.bot_message(call["message_id"])
        bad = await peer.send("/signal")
        usage = await peer.bot_message(bad["message_id"])
        unknown = await peer.send("/nosuch")
        refused = await peer.bot_message(unknown["message_id"])
        start = await peer.send("/start")
        helped = await peer.bot_message(start["message_id"])

        assert card["text"].startswith("Understood: ETH/USDT")
        assert len(card["reply_markup"]["inline_keyboard"]) == 2
        assert signal["text"] == "signal {'symbol': 'eth', 'timeframe': '4h'}"
        assert "Write: /signal symbol [timeframe]" in usage["text"]
        assert "no such command" in refused["text"]
        assert helped["text"] == "help {}"
        assert peer.calls("sendChatAction")
        assert all(c["params"]["link_preview_options"] == {"is_disabled": True} for c in peer.calls("sendMessage"))
        assert peer.verdict() == []


async def test_a_group_needs_a_mention_or_a_reply_and_shares_only_what_is_shared() -> None:
    callers = []

    async def ask(invocation: Invocation) -> Reply:
        callers.append(invocation.caller)
        return Reply(text=f"asked: {invocation.values['question']}")

    async with serving(stand_in_commands({"ask": ask})) as peer:
        peer.add_group(GROUP)
        await peer.send("just talk", chat=GROUP)
        mention = await peer.send("@loopback_bot, and ETH?", chat=GROUP)
        answer = await peer.bot_message(mention["message_id"], chat=GROUP)
        reply = await peer.send("and SOL?", chat=GROUP, reply_to=answer["message_id"])
        second = await peer.bot_message(reply["message_id"], chat=GROUP)
        other = await peer.send("/signal@other_bot eth", chat=GROUP)
        await peer.send("/nosuch", chat=GROUP)
        ours = await peer.send("/signal@loopback_bot eth", chat=GROUP)
        signal = await peer.bot_message(ours["message_id"], chat=GROUP)

        assert answer["text"] == "asked: and ETH?"
        assert answer["reply_to_message"]["message_id"] == mention["message_id"]
        assert second["text"] == "asked: and SOL?"
        assert signal["text"].startswith("signal")
        assert peer.bot_messages(GROUP, other["message_id"]) == [peer.messages[GROUP, signal["message_id"]]]
        assert [(c.private, c.channel, c.scopes) for c in callers] == [(False, "-1001", ("shared",))] * 2
        assert peer.verdict() == []


async def test_a_forum_topic_is_answered_in_the_topic_and_talks_for_itself() -> None:
    channels = []

    async def ask(invocation: Invocation) -> Reply:
        channels.append(invocation.caller.channel)
        await invocation.say(Reply(text="thinking"))
        return CASES["picture"]

    async with serving(stand_in_commands({"ask": ask})) as peer:
        peer.add_group(GROUP)["is_forum"] = True
        topic = {"message_thread_id": 77, "is_topic_message": True}
        await peer.push("@loopback_bot ETH?", chat=GROUP, **topic)
        await peer.until(lambda: peer.calls("sendMessage") or peer.calls("sendPhoto"), 5, "an answer")

        sent = peer.calls("sendMessage") + peer.calls("sendPhoto") + peer.calls("sendChatAction")
        assert channels == ["-1001/77"]
        assert all(entry["params"]["message_thread_id"] == 77 for entry in sent)


async def test_private_matters_are_answered_in_the_direct_chat() -> None:
    seen = []

    async def link(invocation: Invocation) -> Reply:
        seen.append(invocation.caller)
        return Reply(text="secret rows")

    async with serving(stand_in_commands({"link": link, "size": saying(Reply(text="yours", private=True))})) as peer:
        peer.add_group(GROUP)
        closed = await peer.send("/link", chat=GROUP)
        invited = await peer.bot_message(closed["message_id"], chat=GROUP)
        before = len(seen)
        hello = await peer.send("/start")
        await peer.bot_message(hello["message_id"])
        asked = await peer.send("/link", chat=GROUP)
        pointer = await peer.bot_message(asked["message_id"], chat=GROUP)
        size = await peer.send("/size eth", chat=GROUP)
        second = await peer.bot_message(size["message_id"], chat=GROUP)

        assert invited["text"] == OPEN_DIRECT_CHAT
        assert invited["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/loopback_bot"
        assert before == 0
        assert (seen[0].private, seen[0].channel) == (True, "1001")
        assert pointer["text"] == second["text"] == ANSWERED_DIRECTLY
        assert peer.texts()[-2:] == ["secret rows", "yours"]
        assert not any("secret" in text or "yours" in text for text in peer.texts(GROUP))
        assert peer.verdict(("can't initiate",)) == []


async def test_forwards_edits_and_other_things_are_not_commands() -> None:
    async with serving(stand_in_commands()) as peer:
        origin = {"type": "hidden_user", "sender_user_name": "x", "date": 1}
        forwarded = await peer.push("/reindex all", forward_origin=origin)
        told = await peer.bot_message(forwarded["message_id"])
        sticker = await peer.push(None, photo=[{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}])
        hint = await peer.bot_message(sticker["message_id"])
        edited = peer.public(forwarded) | {"text": "/signal eth", "edit_date": 2}
        peer._push({"edited_message": edited})
        last = await peer.send("/status")
        answer = await peer.bot_message(last["message_id"])

        assert told["text"] == FORWARDED
        assert hint["text"] == TEXT_ONLY
        assert answer["text"] == "status {}"
        assert len(peer.bot_messages()) == 3
        assert peer.calls("getUpdates")[0]["params"]["allowed_updates"] == ["message", "callback_query"]


async def test_every_button_is_acknowledged_and_answered_also_after_a_restart() -> None:
    commands = stand_in_commands({"signal": saying(CASES["buy"])})
    peer = Peer()
    async with serving(commands, peer):
        call = await peer.send("/signal eth")
        card = await peer.bot_message(call["message_id"])
    async with serving(commands, peer):
        for button in BUTTONS[:-1]:
            before = max(m["message_id"] for m in peer.bot_messages())
            press = await peer.click(card, button.action)
            answer = await peer.bot_message(before)
            assert answer["text"] == f"{button.action.partition(':')[0]}: {{'id': 'r1'}}"
            assert answer["reply_to_message"]["message_id"] == card["message_id"]
            assert peer.callbacks[press]["latency"] < 1
        count = len(peer.bot_messages())
        await peer.click(card, "refresh:r1")
        await peer.until(lambda: card["text"] == "refresh: {'id': 'r1'}", 5, "the card in place")

        assert len(peer.bot_messages()) == count
        assert peer.verdict(("terminated by other",)) == []


async def test_a_confirmation_is_replaced_by_its_outcome() -> None:
    async with serving(stand_in_commands({"backtest": saying(CASES["confirm"])})) as peer:
        call = await peer.send("/backtest eth")
        asked = await peer.bot_message(call["message_id"])
        await peer.click(asked, "yes:k3j4h5")
        await peer.until(lambda: asked["text"] == "yes: {'id': 'k3j4h5'}", 5, "the outcome")

        assert "reply_markup" not in asked
        assert len(peer.bot_messages()) == 1


async def test_only_the_asker_may_stop_an_answer_in_a_group() -> None:
    pressed = []

    async def stop(invocation: Invocation) -> Reply:
        pressed.append(invocation.caller.user_id)
        return Reply(text="Stopped.")

    commands = stand_in_commands({"signal": saying(CASES["explaining"]), "stop:": stop})
    async with serving(commands) as peer:
        peer.add_group(GROUP)
        peer.add_user(1002, "Bystander")
        call = await peer.send("/signal eth", chat=GROUP)
        card = await peer.bot_message(call["message_id"], chat=GROUP)
        foreign = await peer.click(card, "stop:q1", user=1002)
        await peer.until(lambda: peer.callbacks[foreign]["answered"], 5, "the refusal")
        own = await peer.click(card, "stop:q1")
        await peer.until(lambda: pressed, 5, "the stop")

        assert peer.callbacks[foreign]["text"] == NOT_YOURS
        assert peer.callbacks[own]["text"] == "Stopping …"
        assert pressed == ["1001"]
        assert len(peer.bot_messages(GROUP)) == 1


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


async def test_too_many_requests_are_obeyed_without_delaying_others() -> None:
    async with serving(stand_in_commands()) as peer:
        peer.add_user(1002, "Other")
        peer.faults.append({"method": "sendMessage", "code": 429, "retry_after": 2})
        began = time.monotonic()
        slow = await peer.send("/status")
        await peer.until(lambda: peer.refusals, 5, "the 429")
        quick = await peer.send("/status", user=1002)
        await peer.bot_message(quick["message_id"], chat=1002)
        not_yet = peer.bot_messages()
        await peer.bot_message(slow["message_id"])

        assert not_yet == []
        assert time.monotonic() - began >= 2
        assert peer.verdict(("Too Many Requests",)) == []


async def test_a_person_who_blocked_us_is_left_alone_until_they_write_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    release = asyncio.Event()

    async def ask(invocation: Invocation) -> Reply:
        await release.wait()
        await invocation.say(Reply(text="half"))
        return Reply(text="answer")

    async with serving(stand_in_commands({"ask": ask})) as peer:
        await peer.send("one")
        await peer.until(lambda: peer.calls("sendChatAction"), 5, "typing")
        peer.blocked.add(1001)
        release.set()
        await peer.until(lambda: peer.refusals, 5, "the 403")
        await asyncio.sleep(0.3)
        refused = len(peer.refusals)
        again = await peer.send("two")
        answer = await peer.bot_message(again["message_id"])
        await peer.until(lambda: answer["text"] == "answer", 5, "the answer")

        assert refused == 1
        assert len([r for r in caplog.messages if "nothing more is sent to chat 1001" in r]) == 1


async def test_a_group_that_became_a_supergroup_is_followed() -> None:
    peer = Peer()
    peer.add_group(-55)["type"] = "group"
    peer.add_group(-100555)
    release = asyncio.Event()

    async def ask(_invocation: Invocation) -> Reply:
        await release.wait()
        return Reply(text="answer")

    async with serving(stand_in_commands({"ask": ask}), peer):
        await peer.send("@loopback_bot x", chat=-55)
        await peer.until(lambda: peer.calls("sendChatAction"), 5, "typing")
        peer.moved[-55] = -100555
        release.set()
        answer = await peer.bot_message(0, chat=-100555)

        assert answer["text"] == "answer"
        assert len([r for r in peer.refusals if "upgraded" in r["description"]]) == 1


async def test_a_migration_told_in_the_chat_is_followed_without_a_refusal() -> None:
    peer = Peer()
    peer.add_group(-55)["type"] = "group"
    peer.add_group(-100555)
    release = asyncio.Event()

    async def ask(_invocation: Invocation) -> Reply:
        await release.wait()
        return Reply(text="answer")

    async with serving(stand_in_commands({"ask": ask}), peer):
        await peer.send("@loopback_bot x", chat=-55)
        await peer.until(lambda: peer.calls("sendChatAction"), 5, "typing")
        peer.moved[-55] = -100555
        await peer.push(None, chat=-55, migrate_to_chat_id=-100555)
        await peer.until(lambda: peer.polls > 2, 5, "the update")
        await asyncio.sleep(0.2)
        release.set()
        await peer.bot_message(0, chat=-100555)

        assert peer.verdict() == []


async def test_two_pollers_are_told_in_the_log_and_polling_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(stand_in_commands()) as peer:
        peer.faults.append({"method": "getUpdates", "code": 409, "times": 2, "description": "Conflict: terminated"})
        first = await peer.send("/status")
        await peer.bot_message(first["message_id"])
        await peer.until(lambda: len(peer.refusals) == 2, 10, "two conflicts")
        second = await peer.send("/status")
        answer = await peer.bot_message(second["message_id"])

        assert answer["text"] == "status {}"
        told = [m for m in caplog.messages if "TELEGRAM_TOKEN" in m and "409" in m]
        assert len(told) == 1
        assert peer.token not in caplog.text


async def test_a_refused_token_is_an_error_that_names_the_setting_and_not_the_token() -> None:
    peer = Peer()
    peer.faults.append({"method": "getMe", "code": 401})

    with pytest.raises(UserError, match="TELEGRAM_TOKEN") as refused:
        async with serving(stand_in_commands(), peer):
            pass

    assert peer.token not in str(refused.value)
    assert refused.value.__suppress_context__


async def test_a_token_that_is_revoked_while_polling_ends_the_platform() -> None:
    with pytest.raises(UserError, match="TELEGRAM_TOKEN"):
        async with serving(stand_in_commands()) as peer:
            peer.faults.append({"method": "getUpdates", "code": 401, "times": 99})
            await peer.send("/status")
            await peer.until(lambda: peer.refusals, 5, "the 401")
            await asyncio.sleep(0.2)


async def test_an_unreachable_platform_is_a_temporary_error() -> None:
    peer = Peer()
    await peer.start()
    await peer.stop()
    platform = TelegramPlatform(SecretStr(peer.token), stand_in_commands(), peer.base)

    with pytest.raises(TemporaryError, match="Telegram does not answer"):
        await platform.run(asyncio.Event())

    assert peer.token not in repr(platform)


async def test_polling_that_fails_and_works_again_is_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with serving(stand_in_commands()) as peer:
        peer.faults.append({"method": "getUpdates", "code": 502, "times": 2})
        first = await peer.send("/status")
        await peer.bot_message(first["message_id"])
        await peer.until(lambda: len(peer.refusals) == 2, 10, "two faults")
        second = await peer.send("/status")
        await peer.bot_message(second["message_id"])

        told = [m for m in caplog.messages if "polling" in m and m.startswith("telegram:")]
        assert len(told) == 2
        assert "polling fails (NetworkError: Bad Gateway)" in told[0]
        assert told[1] == "telegram: polling works again"


async def test_a_menu_that_cannot_be_set_stops_nothing() -> None:
    peer = Peer()
    peer.faults.append({"method": "getMyCommands", "code": 500})
    async with serving(stand_in_commands(), peer):
        asked = await peer.send("/status")
        answer = await peer.bot_message(asked["message_id"])

        assert answer["text"] == "status {}"


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


async def test_a_refresh_that_fails_leaves_the_old_card_and_a_private_word_stays_out_of_groups() -> None:
    async def refresh(invocation: Invocation) -> Reply:
        await invocation.say(Reply(text="place 3", private=True))
        return Reply(text="no candles", error=True, private=True)

    async with serving(stand_in_commands({"signal": saying(CASES["buy"]), "refresh:": refresh})) as peer:
        peer.add_group(GROUP)
        call = await peer.send("/signal eth", chat=GROUP)
        card = await peer.bot_message(call["message_id"], chat=GROUP)
        before = card["text"]
        await peer.click(card, "refresh:r1")
        told = await peer.bot_message(card["message_id"], chat=GROUP)

        assert card["text"] == before
        assert told["text"] == "⚠️ no candles"
        assert peer.verdict() == []


async def test_a_chat_that_closes_while_we_answer_a_private_matter_gets_an_invitation() -> None:
    async with serving(stand_in_commands({"size": saying(Reply(text="yours", private=True))})) as peer:
        peer.add_group(GROUP)
        asked = await peer.send("/size eth", chat=GROUP)
        invited = await peer.bot_message(asked["message_id"], chat=GROUP)

        assert invited["text"] == OPEN_DIRECT_CHAT


async def test_edits_are_repeated_after_a_fault_and_sends_that_may_have_arrived_are_not() -> None:
    async def ask(invocation: Invocation) -> Reply:
        await invocation.say(Reply(text="half"))
        await asyncio.sleep(0.3)
        return Reply(text="whole")

    async with serving(stand_in_commands({"ask": ask})) as peer:
        peer.faults.append({"method": "editMessageText", "code": 502, "times": 1})
        question = await peer.send("edit")
        answer = await peer.bot_message(question["message_id"])
        await peer.until(lambda: answer["text"] == "whole", 6, "the repeated edit")

        peer.cut["sendMessage"] = 1
        call = await peer.send("/status")
        told = await peer.bot_message(call["message_id"], matching="did not confirm")
        after = [m["text"] for m in peer.bot_messages(None, call["message_id"])]

        assert told["text"] == UNCONFIRMED
        assert after == ["status {}", UNCONFIRMED]


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


async def test_replayed_and_silent_replies_show_nothing() -> None:
    commands = stand_in_commands({"status": saying(Reply(repeat=True)), "news": saying(Reply(silent=True, text="x"))})
    async with serving(commands) as peer:
        await peer.send("/status")
        await peer.send("/news btc")
        last = await peer.send("/why")
        answer = await peer.bot_message(last["message_id"])

        assert peer.bot_messages() == [answer]
