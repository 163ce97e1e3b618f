"""One answer: paced progress, the last state, then the final reply where it belongs."""

from __future__ import annotations

import asyncio

import pytest

from bot.discord_adapter import answer as answers
from bot.discord_adapter.answer import ENDED, Answer
from bot.reply import Reply
from tests.bot.discord.fakes import FakePlace, busy


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PACE_S", 0.05)


async def test_progress_shows_the_first_and_the_newest_state_and_then_the_reply() -> None:
    place = FakePlace()
    answer = Answer(place)

    await answer.say(Reply(text="one"))
    await asyncio.sleep(0.01)
    for word in ("two", "three", "four"):
        await answer.say(Reply(text=word))
    await asyncio.sleep(0.08)
    await answer.say(Reply(text="never shown"))
    await answer.finish(Reply(text="done"))
    await answer.say(Reply(text="too late"))
    await asyncio.sleep(0.08)

    assert place.told == [("first", "one"), ("first", "four"), ("first", "done")]


async def test_private_progress_is_not_shown_where_others_read() -> None:
    place = FakePlace()
    answer = Answer(place)

    await answer.say(Reply(text="secret", private=True))
    await asyncio.sleep(0.02)

    assert place.told == []


async def test_a_private_reply_takes_back_the_open_response_and_whispers() -> None:
    place = FakePlace()

    await Answer(place).finish(Reply(text="secret", private=True))

    assert place.told == [("nothing", ""), ("whisper", "secret")]


async def test_a_private_reply_in_a_private_place_is_the_response() -> None:
    place = FakePlace(hidden=True)

    await Answer(place).finish(Reply(text="secret", private=True))

    assert place.told == [("first", "secret")]


async def test_a_refusal_is_open_where_a_whisper_would_be_out_of_proportion() -> None:
    place = FakePlace(refuses_openly=True)

    await Answer(place).finish(Reply(text="no such market", private=True, error=True))

    assert place.told == [("first", "⚠ no such market")]


@pytest.mark.parametrize("quiet", ["errors", "always"])
async def test_a_shared_message_stays_as_it_is_when_somebody_is_refused(quiet: str) -> None:
    place = FakePlace()

    await Answer(place, quiet).finish(Reply(text="not yours", error=True))  # type: ignore[arg-type]

    assert place.told == [("whisper", "⚠ not yours")]


@pytest.mark.parametrize("reply", [Reply(repeat=True), Reply(silent=True)])
async def test_a_repeated_or_silenced_event_leaves_nothing(reply: Reply) -> None:
    place = FakePlace()

    await Answer(place).finish(reply)

    assert place.told == [("nothing", "")]


async def test_long_replies_follow_in_order() -> None:
    place = FakePlace()

    await Answer(place).finish(Reply(text="\n\n".join(f"{i} " + "x" * 1500 for i in range(3))))

    assert [how for how, _ in place.told] == ["first", "more", "more"]
    assert [text[0] for _, text in place.told] == ["0", "1", "2"]


async def test_trouble_while_showing_is_logged_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    answer = Answer(FakePlace(trouble=busy()))

    await answer.say(Reply(text="one"))
    await asyncio.sleep(0.02)
    await answer.finish(Reply(text="two"))

    assert "could not be delivered" in caplog.text


async def test_giving_up_says_that_the_program_ends() -> None:
    place = FakePlace()

    await Answer(place).give_up()

    assert place.told == [("first", f"⚠ {ENDED.text}")]
