"""Broadcasts through the real library against the Telegram peer: what arrives, and what each refusal means."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TimedOut
from telegram.ext import ExtBot

from bot.delivery.message import BroadcastMessage
from bot.delivery.notifier import NotSent, Refusal, Sent, Unknown
from bot.telegram_adapter.notifier import TelegramNotifier, chat_of, meaning
from tests.e2e.processes import PEERS

if not PEERS.is_dir():
    pytest.skip("the loopback peers (../shared/peers) are not here", allow_module_level=True)
sys.path.insert(0, str(PEERS))
from telegram_loopback import TelegramLoopback

MESSAGE = BroadcastMessage("BUY <BTC>", ("line & more", "second"), "#abc123", "rules only", "good", (("Why", "why:x"),))
PAYLOAD = MESSAGE.payload()
TINA, GROUP = "telegram:chat:1001", "telegram:chat:-1001"


@dataclass
class Room:
    """A notifier that is logged in, and the peer behind it."""

    peer: Any
    notifier: TelegramNotifier


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    peer = TelegramLoopback(spec=str(PEERS / "spec" / "telegram_api.json"))
    base = await peer.start()
    peer.started.add(1001)
    peer.add_group()
    account: ExtBot[None] = ExtBot(peer.token, f"{base}/bot", f"{base}/file/bot")
    try:
        async with account:
            notifier = TelegramNotifier()
            notifier.attach(account)
            yield Room(peer, notifier)
    finally:
        await peer.stop()


async def test_a_message_arrives_is_edited_and_editing_it_again_counts_as_done(room: Room) -> None:
    sent = await room.notifier.send(TINA, PAYLOAD, "key")
    assert isinstance(sent, Sent)
    shown = room.peer.bot_messages(1001)[0]["text"]
    changed = BroadcastMessage("BUY BTC", ("target 1",), "#abc123").payload()

    edited = [await room.notifier.edit(TINA, sent.message_id, changed) for _ in range(2)]

    assert shown == "BUY <BTC>\nline & more\nsecond\n\n#abc123 · rules only"
    assert edited == [sent, sent]
    assert room.peer.bot_messages(1001)[0]["text"] == "BUY BTC\ntarget 1\n\n#abc123"
    assert room.peer.spec_violations == []


async def test_somebody_who_blocked_us_is_gone(room: Room) -> None:
    room.peer.blocked.add(1001)

    outcome = await room.notifier.send(TINA, PAYLOAD, "key")

    assert isinstance(outcome, NotSent)
    assert outcome.kind is Refusal.GONE


async def test_an_unknown_chat_is_gone(room: Room) -> None:
    outcome = await room.notifier.send("telegram:chat:5", PAYLOAD, "key")

    assert isinstance(outcome, NotSent)
    assert outcome.kind is Refusal.GONE


@pytest.mark.filterwarnings("ignore:.*attribute `retry_after`")
async def test_a_group_that_is_full_for_this_minute_says_how_long(room: Room) -> None:
    room.peer.group_per_minute = 0
    room.peer.faults.append({"method": "sendMessage", "code": 429, "retry_after": 7})

    outcome = await room.notifier.send(GROUP, PAYLOAD, "key")

    assert isinstance(outcome, NotSent)
    assert (outcome.kind, outcome.retry_after_s) == (Refusal.LIMITED, 7.0)


async def test_a_server_error_is_not_an_answer(room: Room) -> None:
    room.peer.faults.append({"method": "sendMessage", "code": 502})

    assert isinstance(await room.notifier.send(TINA, PAYLOAD, "key"), Unknown)


async def test_markup_that_is_refused_is_sent_as_plain_text(room: Room) -> None:
    room.peer.faults.append({"method": "sendMessage", "code": 400, "description": "Bad Request: can't parse entities"})

    assert isinstance(await room.notifier.send(TINA, PAYLOAD, "key"), Sent)
    assert len(room.peer.bot_messages(1001)) == 1


async def test_a_message_that_is_gone_cannot_be_edited(room: Room) -> None:
    outcome = await room.notifier.edit(TINA, "999", PAYLOAD)

    assert isinstance(outcome, NotSent)
    assert outcome.kind is Refusal.LOST


def _never_arrived() -> NetworkError:
    error = NetworkError("no way")
    error.__cause__ = httpx.ConnectError("refused")
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ChatMigrated(-100777), Refusal.MOVED),
        (Forbidden("Forbidden: bot was kicked from the group chat"), Refusal.GONE),
        (BadRequest("Not enough rights to send text messages to the chat"), Refusal.FORBIDDEN),
        (BadRequest("TOPIC_CLOSED"), Refusal.FORBIDDEN),
        (BadRequest("Message thread not found"), Refusal.GONE),
        (BadRequest("Message is too long"), Refusal.BROKEN),
        (InvalidToken("no"), Refusal.RETRY),
        (_never_arrived(), Refusal.RETRY),
    ],
)
def test_each_refusal_has_its_reaction(error: Any, kind: Refusal) -> None:
    found = meaning(error)

    assert isinstance(found, NotSent)
    assert found.kind is kind
    assert found.moved_to == ("telegram:chat:-100777" if kind is Refusal.MOVED else None)


@pytest.mark.parametrize("error", [TimedOut(), NetworkError("Bad Gateway")])
def test_what_may_have_arrived_is_not_called_unsent(error: Any) -> None:
    assert isinstance(meaning(error), Unknown)


async def test_without_an_account_nothing_is_ready_and_attaching_one_is_heard(room: Room) -> None:
    heard: list[bool] = []
    notifier = TelegramNotifier()
    notifier.listen(lambda: heard.append(True))
    outcome = await notifier.send(TINA, PAYLOAD, "key")
    before = notifier.ready()

    notifier.attach(room.notifier._account)  # type: ignore[arg-type]

    assert (before, notifier.ready(), heard) == (False, True, [True])
    assert isinstance(outcome, NotSent)
    notifier.detach()
    assert not notifier.ready()
    assert await notifier.find(TINA, "#abc123", None) is None  # type: ignore[arg-type]


def test_a_topic_is_part_of_the_address() -> None:
    assert chat_of("telegram:chat:-1001/17") == (-1001, 17)
    assert chat_of("telegram:chat:5") == (5, None)
