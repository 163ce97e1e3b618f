"""The real library against the loopback peer: each fault of the platform and of the network."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest
from pydantic import SecretStr

from bot.commands.spec import Invocation
from bot.reply import Reply
from bot.telegram_adapter.client import TelegramPlatform
from bot.telegram_adapter.screen import UNCONFIRMED
from signals.errors import TemporaryError, UserError
from tests.bot.desk_commands import stand_in_commands
from tests.bot.telegram.peer import Peer, serving

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*attribute `retry_after`"),
    pytest.mark.may_block(reason="the peer reads its description of the Bot API"),
]


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
