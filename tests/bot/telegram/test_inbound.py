"""What an update means, in every kind of chat."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.telegram_adapter.inbound import (
    FILE_ONLY,
    FORWARDED,
    TEXT_ONLY,
    Call,
    Hint,
    Incoming,
    Me,
    Pressed,
    Question,
    migration,
    read,
)

ME = Me(99, "desk_bot")
ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
BOB = {"id": 8, "is_bot": False, "first_name": "Bob"}
US = {"id": 99, "is_bot": True, "first_name": "Desk"}
DIRECT = {"id": 7, "type": "private"}
GROUP = {"id": -5, "type": "supergroup", "title": "g"}


def message(text: str | None, chat: dict[str, Any] = DIRECT, sender: dict[str, Any] = ANN, **extra: Any) -> Update:
    body = {"message_id": 3, "date": 1, "chat": chat, "from": sender} | ({} if text is None else {"text": text})
    return update({"message": body | extra})


def update(body: dict[str, Any]) -> Update:
    made = Update.de_json({"update_id": 11} | body, None)
    assert made is not None
    return made


def meant(given: Update) -> Any:
    found = read(given, ME)
    return None if found is None else found.what


def test_plain_words_in_a_direct_chat_are_a_question() -> None:
    found = read(message("  buy ETH?  "), ME)

    assert isinstance(found, Incoming)
    assert found.what == Question("buy ETH?")
    assert found.event_id == "11"
    assert (found.caller.owner, found.caller.private, found.caller.channel) == ("telegram:7", True, "7")
    assert found.place.reply_to is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("/signal eth 4h", Call("signal", "eth 4h", True)),
        ("/Signal@Desk_Bot eth", Call("signal", "eth", True)),
        ("/ask why\nnot?", Call("ask", "why\nnot?", True)),
        ("/signal@other_bot eth", None),
        ("/ what", Question("/ what")),
    ],
)
def test_commands_in_a_direct_chat(text: str, what: object) -> None:
    assert meant(message(text)) == what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("just talk", None),
        ("mail me@desk_bot.example", None),
        ("@desk_bot and ETH?", Question("and ETH?")),
        ("and ETH, @Desk_Bot?", Question("and ETH, ?")),
        ("@desk_botany is nice", None),
        ("/signal eth", Call("signal", "eth", False)),
        ("/signal@desk_bot eth", Call("signal", "eth", True)),
        ("@desk_bot /signal eth", Call("signal", "eth", True)),
    ],
)
def test_a_group_needs_a_mention_or_a_command(text: str, what: object) -> None:
    assert meant(message(text, GROUP)) == what


def test_a_reply_to_us_in_a_group_is_a_question_and_to_another_is_not() -> None:
    ours = {"message_id": 2, "date": 1, "chat": GROUP, "from": US, "text": "x"}

    assert meant(message("and SOL?", GROUP, reply_to_message=ours)) == Question("and SOL?")
    assert meant(message("and SOL?", GROUP, reply_to_message=ours | {"from": BOB})) is None


def test_a_topic_is_kept_and_a_thread_of_replies_is_not_a_topic() -> None:
    topic = read(message("/status", GROUP, message_thread_id=4, is_topic_message=True), ME)
    thread = read(message("/status", GROUP, message_thread_id=4), ME)

    assert topic is not None
    assert (topic.place.thread_id, topic.caller.channel, topic.place.reply_to) == (4, "-5/4", 3)
    assert thread is not None
    assert (thread.place.thread_id, thread.caller.channel, thread.caller.private) == (None, "-5", False)


def test_forwards_edits_bots_and_channels_are_not_listened_to() -> None:
    origin = {"type": "user", "sender_user": BOB, "date": 1}

    assert meant(message("/reindex all", forward_origin=origin)) == Hint(FORWARDED)
    assert meant(message("/reindex all", GROUP, forward_origin=origin)) is None
    assert meant(message("/status", GROUP, US)) is None
    assert meant(message("/status", GROUP, sender_chat={"id": -9, "type": "channel", "title": "c"})) is None
    body = {"message_id": 3, "date": 1, "edit_date": 2, "chat": DIRECT, "from": ANN, "text": "/status"}
    assert meant(update({"edited_message": body})) is None
    assert meant(update({"channel_post": body})) is None


def test_a_picture_in_a_direct_chat_gets_a_hint_and_service_messages_nothing() -> None:
    photo = [{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}]

    assert meant(message(None, photo=photo)) == Hint(TEXT_ONLY)
    assert meant(message(None, GROUP, photo=photo)) is None
    assert meant(message(None, new_chat_title="x")) is None


DOCUMENT = {"file_id": "d", "file_unique_id": "d", "file_name": "mine.csv", "file_size": 12}


def test_a_file_comes_with_a_command_in_its_caption_or_with_a_reply_to_it() -> None:
    captioned = message(None, document=DOCUMENT, caption="/trade import")
    sent = {"message_id": 2, "date": 1, "chat": DIRECT, "from": ANN, "document": DOCUMENT}
    replied = message("/trade import", reply_to_message=sent)

    for given in (captioned, replied):
        incoming = read(given, ME)
        assert incoming is not None
        assert incoming.what == Call("trade", "import", True)
        assert [(file.name, file.size) for file in incoming.files] == [("mine.csv", 12)]


def test_a_file_without_a_command_is_told_what_can_be_done_with_it() -> None:
    assert meant(message(None, document=DOCUMENT)) == Hint(FILE_ONLY)
    assert meant(message(None, document=DOCUMENT, caption="my trades")) == Hint(FILE_ONLY)
    assert meant(message(None, GROUP, document=DOCUMENT, caption="my trades")) is None


def test_a_person_named_without_a_username_is_given_by_id() -> None:
    entity = {"type": "text_mention", "offset": 10, "length": 7, "user": BOB}

    assert meant(message("/role set Bob Doe trader", entities=[entity])) == Call("role", "set 8 trader", True)


def press(data: str, by: dict[str, Any], asker: dict[str, Any] | None, chat: dict[str, Any] = GROUP) -> Update:
    asked = {} if asker is None else {"reply_to_message": {"message_id": 1, "date": 1, "chat": chat, "from": asker}}
    body = {"message_id": 2, "date": 1, "chat": chat, "from": US, "text": "card"} | asked
    return update({"callback_query": {"id": "q", "from": by, "chat_instance": "1", "data": data, "message": body}})


def test_keys_for_the_asker_are_told_apart_by_the_message_that_is_answered() -> None:
    assert meant(press("stop:q1", BOB, ANN)) == Pressed("stop:q1", "q", 2, True, True)
    assert not meant(press("stop:q1", ANN, ANN)).is_foreign
    assert not meant(press("stop:q1", BOB, None)).is_foreign
    assert not meant(press("why:r1", BOB, ANN)).is_foreign


def test_a_press_belongs_to_who_pressed_and_quotes_the_card() -> None:
    found = read(press("why:r1", BOB, ANN), ME)

    assert found is not None
    assert (found.caller.owner, found.caller.private, found.place.reply_to) == ("telegram:8", False, 2)
    assert (found.direct.chat_id, found.direct_caller.private) == (8, True)


def test_a_press_on_a_message_that_is_too_old_to_be_shown_still_works() -> None:
    old = {"message_id": 2, "date": 0, "chat": DIRECT}
    query = {"id": "q", "from": ANN, "chat_instance": "1", "data": "refresh:r1", "message": old}

    assert meant(update({"callback_query": query})) == Pressed("refresh:r1", "q", 2, False, False)
    assert meant(update({"callback_query": query | {"message": None}})) is None


def test_a_migration_is_read_as_old_and_new_id() -> None:
    assert migration(message(None, GROUP, migrate_to_chat_id=-100)) == (-5, -100)
    assert migration(message("x")) is None
