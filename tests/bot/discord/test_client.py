"""What of a person's doings is for the bot, and what becomes of it, over stand-ins of the library's objects."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.commands.spec import Invocation
from bot.discord_adapter import client as clients
from bot.discord_adapter.client import Client, Home
from bot.reply import Reply
from tests.bot.desk_commands import stand_in_commands
from tests.bot.discord.fakes import FakeChannel, FakeInteraction, Troubled, busy, gone, refusal

ME = SimpleNamespace(id=1)


class Known(Client):
    """Logged in as `ME`."""

    @property
    def user(self) -> Any:
        return ME


def a_client(tmp_path: Path, **handlers: Any) -> Known:
    return Known(stand_in_commands(handlers), Home(None, tmp_path / "told.json"), read_everything=True)


def a_message(content: str, *, mentions: tuple[Any, ...] = (), **more: Any) -> Any:
    channel = FakeChannel()
    channel.typing = Troubled(busy())  # type: ignore[attr-defined]
    author = SimpleNamespace(bot=False, id=99, send=Troubled())
    given = {
        "id": 3,
        "author": author,
        "webhook_id": None,
        "type": discord.MessageType.default,
        "content": content,
        "mentions": list(mentions),
        "reference": None,
        "guild": object(),
        "channel": channel,
        "to_reference": lambda **_: None,
    }
    return SimpleNamespace(**(given | more))


def said(message: Any) -> list[str]:
    return [call["content"] for call in message.channel.send.calls]


async def heard(invocation: Invocation) -> Reply:
    return Reply(text=f"{invocation.values['question']} {invocation.caller.private}")


async def test_it_answers_mentions_direct_messages_and_replies_to_it(tmp_path: Path) -> None:
    client = a_client(tmp_path, ask=heard)
    former: Any = object.__new__(discord.Message)
    former.author = ME
    asked = [
        a_message("<@1> hello <@!1>", mentions=(ME,)),
        a_message("directly", guild=None, id=4),
        a_message("and ETH?", reference=SimpleNamespace(resolved=former), id=5, type=discord.MessageType.reply),
        a_message("<@1>", mentions=(ME,), id=6),
        a_message("", guild=None, id=7),
    ]

    for message in asked:
        await client.on_message(message)

    answers = [said(message)[0] for message in asked]
    assert answers[:3] == ["hello False", "directly True", "and ETH? False"]
    assert answers[3].startswith("help")
    assert "no text" in answers[4]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"author": SimpleNamespace(bot=True, id=5), "mentions": [ME]},
        {"webhook_id": 8, "mentions": [ME]},
        {"type": discord.MessageType.pins_add, "mentions": [ME]},
        {"reference": SimpleNamespace(resolved=None)},
    ],
)
async def test_what_is_not_said_to_it_is_left_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    message = a_message("hello", **changes)

    await a_client(tmp_path, ask=heard).on_message(message)

    assert said(message) == []


def an_interaction(custom_id: str = "", *, defer: Any = None, **more: Any) -> Any:
    interaction: Any = FakeInteraction(**more)
    interaction.response = SimpleNamespace(defer=defer or Troubled())
    interaction.type = discord.InteractionType.component
    interaction.custom_id = custom_id
    interaction.message = SimpleNamespace(flags=SimpleNamespace(ephemeral=False))
    return interaction


async def test_a_button_is_answered_to_the_presser_and_refresh_in_place(tmp_path: Path) -> None:
    client = a_client(tmp_path)
    why, refresh, stop = an_interaction("why:1"), an_interaction("refresh:1"), an_interaction("stop:1")

    for number, interaction in enumerate((why, refresh, stop)):
        interaction.id = number
        await client.on_interaction(interaction)

    assert why.response.defer.calls[0] == {"given": (), "thinking": True, "ephemeral": True}
    assert refresh.response.defer.calls[0]["thinking"] is False
    assert refresh.edit_original_response.calls[0]["content"].startswith("refresh:")
    assert stop.follow.calls[0]["ephemeral"] is True


async def test_other_interactions_are_not_buttons(tmp_path: Path) -> None:
    interaction = an_interaction("why:1")
    interaction.type = discord.InteractionType.application_command

    await a_client(tmp_path).on_interaction(interaction)

    assert interaction.response.defer.calls == []


async def test_an_event_that_was_acknowledged_before_is_left_alone_and_a_late_one_answered(tmp_path: Path) -> None:
    client = a_client(tmp_path)
    before = an_interaction("why:1", defer=Troubled(refusal(discord.HTTPException, 400, 40060)))
    late = an_interaction("refresh:2", defer=Troubled(gone(10062)))
    late.id = 12

    await client.on_interaction(before)
    await client.on_interaction(late)

    assert before.edit_original_response.calls == before.follow.calls == []
    assert late.channel.send.calls[0]["content"].startswith("refresh:")


async def test_a_bug_in_showing_is_told_and_raised(tmp_path: Path) -> None:
    interaction = an_interaction("why:1", edit_original_response=Troubled(ZeroDivisionError()))

    with pytest.raises(ZeroDivisionError):
        await a_client(tmp_path).on_interaction(interaction)

    assert "could not be shown" in interaction.edit_original_response.calls[-1]["content"]


async def test_leaving_waits_for_answers_and_tells_those_that_are_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_invocation: Invocation) -> Reply:
        await asyncio.sleep(60)
        return Reply()

    monkeypatch.setattr(clients, "FINISH_S", 0.05)
    client = a_client(tmp_path, **{"why:": never})
    interaction = an_interaction("why:1")

    async with client:
        pressing = asyncio.create_task(client.on_interaction(interaction))
        await asyncio.sleep(0.02)
        await client.leave()

    assert pressing.cancelled()
    assert "restarted" in interaction.edit_original_response.calls[0]["content"]


async def test_log_ins_are_spaced_when_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    client = a_client(tmp_path)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    for _ in range(12):
        await client.before_identify_hook(None, initial=True)

    assert slept == [clients.LOGIN_PAUSE_S] * 2


async def test_a_connection_lost_for_long_ends_the_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "LOOK_S", 0.01)
    monkeypatch.setattr(clients, "LONGEST_LOST_S", 0.05)
    client = a_client(tmp_path)
    await client.on_disconnect()
    await client.on_resumed()
    waiting = asyncio.create_task(client.lost_for_long())
    await asyncio.sleep(0.1)
    still = waiting.done()
    await client.on_disconnect()
    await asyncio.wait_for(waiting, 60)

    assert not still


async def test_at_log_in_every_command_is_made_for_one_server_and_direct_messages(tmp_path: Path) -> None:
    one = Known(stand_in_commands(), Home(5, tmp_path / "told.json"), read_everything=False)
    every = a_client(tmp_path)

    for client in (one, every):
        await client.setup_hook()
        await asyncio.gather(*client._background)

    assert len(one._tree.get_commands(guild=discord.Object(5))) == len(every._tree.get_commands())
    assert not one.intents.message_content
    assert every.intents.message_content


async def test_a_slash_command_is_acknowledged_first_and_private_ones_privately(tmp_path: Path) -> None:
    client = a_client(tmp_path)
    await client.setup_hook()
    help_, link = an_interaction(), an_interaction()
    link.id = 12

    for interaction, name in ((help_, "help"), (link, "link")):
        command: Any = client._tree.get_command(name)
        await command.callback(interaction)
    await asyncio.gather(*client._background)

    assert help_.response.defer.calls[0]["ephemeral"] is False
    assert link.response.defer.calls[0]["ephemeral"] is True
    assert help_.edit_original_response.calls[0]["content"].startswith("help")


async def test_a_thread_of_ours_needs_no_mention(tmp_path: Path) -> None:
    thread: Any = object.__new__(discord.Thread)
    thread.id, thread.owner_id, thread.guild = 8, 1, object()
    other: Any = object.__new__(discord.Thread)
    other.id, other.owner_id, other.guild = 9, 2, object()
    client = a_client(tmp_path)

    assert client._said_to_us(a_message("and then?", channel=thread)) == "and then?"
    assert client._said_to_us(a_message("", channel=thread)) is None
    assert client._said_to_us(a_message("and then?", channel=other)) is None
