"""The real library against the loopback peer: direct chats, groups, topics, buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.spec import Invocation
from bot.reply import Reply
from bot.telegram_adapter.answering import ANSWERED_DIRECTLY, NOT_YOURS, OPEN_DIRECT_CHAT
from bot.telegram_adapter.inbound import FORWARDED, TEXT_ONLY
from tests.bot.desk_commands import NAMES, stand_in_commands
from tests.bot.telegram.peer import Peer, saying, serving
from tests.bot.telegram.replies import BUTTONS, CASES

GROUP = -1001
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*attribute `retry_after`"),
    pytest.mark.may_block(reason="the peer reads its description of the Bot API"),
]


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


async def test_replayed_and_silent_replies_show_nothing() -> None:
    commands = stand_in_commands({"status": saying(Reply(repeat=True)), "news": saying(Reply(silent=True, text="x"))})
    async with serving(commands) as peer:
        await peer.send("/status")
        await peer.send("/news btc")
        last = await peer.send("/why")
        answer = await peer.bot_message(last["message_id"])

        assert peer.bot_messages() == [answer]


async def test_a_file_is_fetched_from_telegram_for_the_command_in_its_caption() -> None:
    async def trade(invocation: Invocation) -> Reply:
        (file,) = invocation.files
        return Reply(text=f"{file.name} {file.size}: {(await file.read()).decode()}")

    async with serving(stand_in_commands({"trade": trade})) as peer:
        peer.files["d1"] = {"file_id": "d1", "file_unique_id": "d1", "path": "documents/1.csv", "data": b"market,side"}
        document = {"file_id": "d1", "file_unique_id": "d1", "file_name": "mine.csv", "file_size": 11}
        sent = await peer.push(None, document=document, caption="/trade import")
        answer = await peer.bot_message(sent["message_id"])
        lost = await peer.push(None, document=document | {"file_id": "gone"}, caption="/trade import")
        failed = await peer.bot_message(lost["message_id"])

        assert answer["text"] == "mine.csv 11: market,side"
        assert "Telegram did not hand over the file: send it again" in failed["text"]
        assert peer.verdict(("wrong file_id",)) == []


async def test_what_take_says_of_somebody_s_account_is_never_said_in_a_group() -> None:
    handlers = {
        "signals": saying(replace(CASES["buy"], text="the board")),
        "take:": saying(Reply(text="today's realised loss of 600 USDT", error=True, private=True)),
    }
    async with serving(stand_in_commands(handlers)) as peer:
        peer.add_group(GROUP)
        hello = await peer.send("/start")
        await peer.bot_message(hello["message_id"])
        sent = await peer.send("/signals", chat=GROUP)
        card = await peer.bot_message(sent["message_id"], chat=GROUP)
        newest = max(m["message_id"] for m in peer.bot_messages(1001))
        take = next(k["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for k in row)
        await peer.click(card, take)
        told = await peer.bot_message(newest, chat=1001)
        pointer = await peer.bot_message(card["message_id"], chat=GROUP)

        assert take.startswith("take:")
        assert "today's realised loss" in told["text"]
        assert pointer["text"] == ANSWERED_DIRECTLY
        assert not any("realised loss" in text for text in peer.texts(GROUP))
        assert peer.verdict() == []
