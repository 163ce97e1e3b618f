"""Where answers go when the first way is closed."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.discord_adapter import faults, places
from bot.discord_adapter.faults import in_words, persist
from bot.discord_adapter.payload import Embed, Field, Key, Outgoing, Upload
from bot.discord_adapter.places import LATE, ChannelPlace, ResponsePlace
from bot.discord_adapter.wire import for_edit, for_send, nonce
from tests.bot.discord.fakes import FakeChannel, FakeInteraction, Troubled, busy, forbidden, gone, refusal

HELLO = Outgoing("hello")
ENDED = refusal(discord.HTTPException, 401, 50027)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "WAITS_S", (0.0, 0.0, 0.0))


def in_channel(channel: Any, asker: Any = None, question: Any = None) -> ChannelPlace:
    return ChannelPlace(channel, asker or FakeChannel(id=99), "e1", question)


def response(interaction: Any, *, hidden: bool = False, in_place: bool = False) -> ResponsePlace:
    return ResponsePlace(interaction, hidden=hidden, in_place=in_place)


async def test_a_call_is_repeated_over_server_errors_and_never_over_refusals() -> None:
    shaky, refused, down = Troubled(busy(), busy()), Troubled(forbidden()), Troubled(*[busy() for _ in range(9)])

    await persist(shaky)
    with pytest.raises(discord.Forbidden):
        await persist(refused)
    with pytest.raises(discord.DiscordServerError):
        await persist(down)

    assert [len(call.calls) for call in (shaky, refused, down)] == [3, 1, 4]


async def test_a_short_rate_limit_is_waited_for_and_a_long_one_is_not() -> None:
    short, long = Troubled(discord.RateLimited(0.0)), Troubled(discord.RateLimited(600.0))

    await persist(short)
    with pytest.raises(discord.RateLimited):
        await persist(long)

    assert len(short.calls) == 2


async def test_what_must_not_double_is_not_repeated_over_a_cut_connection() -> None:
    safe, unsafe = Troubled(OSError("cut")), Troubled(OSError("cut"))

    await persist(safe)
    with pytest.raises(OSError, match="cut"):
        await persist(unsafe, sure=False)

    assert (len(safe.calls), len(unsafe.calls)) == (2, 1)


def test_trouble_in_words_names_the_code_and_no_address() -> None:
    assert in_words(gone(10003)) == "NotFound 404 (code 10003)"
    assert in_words(OSError("http://secret")) == "OSError"


async def test_a_channel_answer_is_sent_once_and_then_edited() -> None:
    channel = FakeChannel()
    place = in_channel(channel)

    await place.first(HELLO)
    await place.first(HELLO)
    await place.more(HELLO)
    await place.nothing()

    assert len(channel.send.calls) == 2
    assert channel.send.calls[0]["nonce"] == nonce("e1", 1)
    assert channel.send.calls[1]["nonce"] == nonce("e1", 2) != nonce("e1", 1)
    assert not place.hidden
    assert place.refuses_openly


async def test_a_deleted_answer_is_sent_anew() -> None:
    class Channel(FakeChannel):
        shown = SimpleNamespace(edit=Troubled(gone()))

    async def send(**given: Any) -> Any:
        sent.append(given)
        return Channel.shown

    sent: list[Any] = []
    place = in_channel(Channel(send))

    await place.first(HELLO)
    await place.first(HELLO)

    assert len(sent) == 2


async def test_without_permission_the_asker_is_written_to_directly() -> None:
    channel, asker = FakeChannel(Troubled(forbidden())), FakeChannel(id=99)
    place = in_channel(channel, asker)

    await place.first(HELLO)
    await place.more(HELLO)

    assert len(channel.send.calls) == 1
    assert len(asker.send.calls) == 2
    assert place.hidden


async def test_closed_direct_messages_are_the_end_of_it() -> None:
    place = in_channel(FakeChannel(Troubled(forbidden())), FakeChannel(Troubled(forbidden()), 99))

    with pytest.raises(discord.Forbidden):
        await place.first(HELLO)
    with pytest.raises(discord.Forbidden):
        await in_channel(asker := FakeChannel(Troubled(forbidden())), asker).first(HELLO)


async def test_a_whisper_in_a_channel_is_a_direct_message() -> None:
    channel, asker = FakeChannel(), FakeChannel(id=99)

    await in_channel(channel, asker).whisper(HELLO)
    await in_channel(asker, asker).whisper(HELLO)

    assert channel.send.calls == []
    assert len(asker.send.calls) == 2


async def test_a_response_is_edited_and_followed_up() -> None:
    interaction = FakeInteraction()
    place = response(interaction, hidden=True)

    await place.first(HELLO)
    await place.more(HELLO)
    await place.whisper(HELLO)
    await place.nothing()

    assert interaction.edit_original_response.calls[0]["content"] == "hello"
    assert [call["ephemeral"] for call in interaction.follow.calls] == [True, True]
    assert len(interaction.delete_original_response.calls) == 1
    assert not place.refuses_openly


async def test_in_direct_messages_nothing_is_ephemeral_and_a_pressed_message_is_never_deleted() -> None:
    direct, pressed = FakeInteraction(guild_id=None), FakeInteraction()

    await response(direct, hidden=True).whisper(HELLO)
    await response(pressed, in_place=True).nothing()

    assert direct.follow.calls[0]["ephemeral"] is False
    assert pressed.delete_original_response.calls == []


async def test_after_its_token_ended_a_response_goes_on_as_messages() -> None:
    interaction = FakeInteraction(edit_original_response=Troubled(ENDED))
    place = response(interaction)

    await place.first(HELLO)
    await place.first(HELLO)
    await place.more(HELLO)

    assert len(interaction.edit_original_response.calls) == 1
    assert len(interaction.channel.send.calls) == 2


async def test_a_deleted_response_is_sent_anew_and_the_token_still_used() -> None:
    interaction = FakeInteraction(edit_original_response=Troubled(gone()))
    place = response(interaction)

    await place.first(HELLO)
    await place.more(HELLO)

    assert len(interaction.channel.send.calls) == 1
    assert len(interaction.follow.calls) == 1


async def test_a_private_response_never_ends_in_the_channel() -> None:
    interaction = FakeInteraction()
    place = response(interaction, hidden=True)
    place.close()

    await place.first(HELLO)
    await place.more(HELLO)

    assert interaction.channel.send.calls == []
    assert len(interaction.user.send.calls) == 2


async def test_where_nothing_private_is_possible_the_channel_says_only_that() -> None:
    interaction = FakeInteraction(user=FakeChannel(Troubled(forbidden()), 99))
    place = response(interaction, hidden=True)
    place.close()

    await place.first(Outgoing("secret"))

    assert interaction.channel.send.calls[0]["content"] == LATE.content


async def test_a_response_held_back_for_too_long_is_answered_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(**_given: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(places, "WEBHOOK_LIMIT_S", 0.02)
    interaction: Any = FakeInteraction(edit_original_response=never)  # type: ignore[arg-type]

    await response(interaction).first(HELLO)

    assert len(interaction.channel.send.calls) == 1


async def test_another_refusal_is_raised() -> None:
    interaction = FakeInteraction(edit_original_response=Troubled(refusal(discord.HTTPException, 400, 50035)))

    with pytest.raises(discord.HTTPException):
        await response(interaction).first(HELLO)


async def test_values_become_the_librarys_objects_and_ping_nobody() -> None:
    embed = Embed("t", "d", 5, (Field("n", "v", True),), "f", "a.png")
    message = Outgoing(
        "c", (embed,), tuple(Key(str(i), f"why:{i}", 2) for i in range(7)), (Upload("a.png", b"x", "alt"),)
    )

    sent, edited, plain = for_send(message), for_edit(HELLO), for_send(HELLO)

    assert sent["embeds"][0].to_dict()["image"] == {"url": "attachment://a.png"}
    assert [len(row["components"]) for row in sent["view"].to_components()] == [5, 2]
    assert sent["view"].is_finished()
    assert sent["files"][0].description == "alt"
    assert edited["view"] is None
    assert edited["attachments"] == []
    assert plain["suppress_embeds"] is True
    assert all(given["allowed_mentions"].to_dict() == {"parse": []} for given in (sent, edited, plain))
    assert int(nonce("e", 1)) < 2**64
