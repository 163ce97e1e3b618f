"""What becomes of a message when the platform or the network says no."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.reply import Attachment
from bot.telegram_adapter import courier as couriers
from bot.telegram_adapter.courier import ClosedChatError, Courier, Place, UndeliveredError, UnsureError
from bot.telegram_adapter.pace import Pace, PaceRules
from bot.telegram_adapter.render import Key, Photo, Text

HERE = Place(5, private=True, thread_id=3, reply_to=9)
TEXT = Text("<b>x</b>", "x")
pytestmark = pytest.mark.filterwarnings("ignore:.*attribute `retry_after`")


class Sent:
    """What the library gives back."""

    message_id = 42


class FakeBot:
    """Raises what it is given, one per call, and notes every call."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Sent:
            self.calls.append((name, args, kwargs))
            if self.errors and (error := self.errors.pop(0)) is not None:
                raise error
            return Sent()

        return call


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couriers, "FIRST_WAIT_S", 0.0)


def carrying(*errors: Exception | None) -> tuple[Courier, FakeBot]:
    bot = FakeBot(*errors)
    return Courier(bot, Pace()), bot  # type: ignore[arg-type]


def network(cause: Exception | None) -> NetworkError:
    error = NetworkError("httpx")
    error.__cause__ = cause
    return error


async def test_a_message_goes_to_its_topic_quoting_without_preview() -> None:
    courier, bot = carrying()

    sent = await courier.send(HERE, TEXT, ((Key("Why", "why:1"), Key("Open", "", "https://t.me/x")),))

    _, args, kwargs = bot.calls[0]
    assert sent == 42
    assert args == (5, "<b>x</b>")
    assert kwargs["message_thread_id"] == 3
    assert kwargs["reply_parameters"].message_id == 9
    assert kwargs["reply_parameters"].allow_sending_without_reply
    assert kwargs["link_preview_options"].is_disabled
    markup = kwargs["reply_markup"]
    assert isinstance(markup, InlineKeyboardMarkup)
    assert [b.callback_data or b.url for b in markup.inline_keyboard[0]] == ["why:1", "https://t.me/x"]


@pytest.mark.parametrize("cause", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
async def test_what_surely_did_not_arrive_is_sent_again(cause: Exception) -> None:
    courier, bot = carrying(network(cause), network(cause))

    assert await courier.send(HERE, TEXT) == 42
    assert len(bot.calls) == 3


@pytest.mark.parametrize(
    "error",
    [network(httpx.ReadTimeout("x")), TimedOut(), network(httpx.RemoteProtocolError("x")), NetworkError("Bad Gateway"),
     TelegramError("Invalid server response")],
)  # fmt: skip
async def test_what_may_have_arrived_is_never_sent_again(error: Exception) -> None:
    for deliver in ("send", "photo", "document"):
        courier, bot = carrying(error)
        item = {"send": TEXT, "photo": Photo("a.png", b"x", TEXT), "document": Attachment("a.txt", b"x")}[deliver]

        with pytest.raises(UnsureError):
            await getattr(courier, deliver)(HERE, item)

        assert len(bot.calls) == 1


async def test_edits_and_deletions_are_repeated_whatever_happened() -> None:
    courier, bot = carrying(TimedOut(), NetworkError("Bad Gateway"))
    assert await courier.edit(HERE, 1, TEXT)
    await courier.delete(HERE, 1)
    assert len(bot.calls) == 4

    courier, bot = carrying(*[TimedOut()] * 9)
    with pytest.raises(UndeliveredError):
        await courier.edit(HERE, 1, TEXT)
    assert len(bot.calls) == couriers.RETRIES + 1


async def test_an_edit_that_changes_nothing_is_done_and_one_of_a_lost_message_is_not() -> None:
    same, _ = carrying(BadRequest("Message is not modified: specified new message content"))
    gone, _ = carrying(BadRequest("Message to edit not found"))
    other, _ = carrying(BadRequest("Message_too_long"))

    assert await same.edit(HERE, 1, TEXT)
    assert not await gone.edit(HERE, 1, TEXT)
    with pytest.raises(UndeliveredError):
        await other.edit(HERE, 1, TEXT)


async def test_refused_markup_is_sent_once_as_plain_text_and_not_twice() -> None:
    refusal = BadRequest("Can't parse entities: unsupported start tag")
    courier, bot = carrying(refusal)
    assert await courier.send(HERE, TEXT) == 42
    assert [(args[1], kwargs["parse_mode"]) for _, args, kwargs in bot.calls] == [("<b>x</b>", "HTML"), ("x", None)]

    courier, bot = carrying(refusal, refusal)
    with pytest.raises(UndeliveredError):
        await courier.send(HERE, TEXT)
    assert len(bot.calls) == 2


@pytest.mark.parametrize(
    "error", [Forbidden("bot was blocked by the user"), BadRequest("Chat not found"), BadRequest("not enough rights")]
)
async def test_a_closed_chat_is_told_once_and_left_alone_until_somebody_writes(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    courier, bot = carrying(error)

    for _ in range(3):
        with pytest.raises(ClosedChatError):
            await courier.send(HERE, TEXT)
    calls_while_closed = len(bot.calls)
    assert not await courier.typing(HERE)
    courier.heard_from(5)
    assert await courier.send(HERE, TEXT) == 42

    assert calls_while_closed == 1
    assert len([m for m in caplog.messages if "nothing more is sent to chat 5" in m]) == 1


async def test_a_moved_group_is_followed_for_everything_after() -> None:
    courier, bot = carrying(ChatMigrated(-100))

    await courier.send(HERE, TEXT)
    await courier.edit(HERE, 1, TEXT)

    assert [args[0] if name == "send_message" else args[1] for name, args, _ in bot.calls] == [5, -100, -100]


async def test_groups_that_move_in_a_circle_end() -> None:
    courier, _ = carrying(*[ChatMigrated(5)] * 20)

    with pytest.raises(UndeliveredError):
        await courier.send(HERE, TEXT)


async def test_who_is_told_to_wait_too_long_is_undelivered() -> None:
    courier, _ = carrying(RetryAfter(900))

    with pytest.raises(UndeliveredError):
        await courier.send(HERE, TEXT)


async def test_typing_is_left_out_without_room_and_its_failures_pass() -> None:
    courier, bot = carrying(TimedOut(), ChatMigrated(-100), Forbidden("kicked"))

    answers = [await courier.typing(HERE) for _ in range(4)]

    assert answers == [True, True, False, False]
    assert len(bot.calls) == 3
    full = Pace()
    for _ in range(PaceRules().overall_per_s):
        full._reserved(5, "sendMessage")
    quiet = FakeBot()
    assert await Courier(quiet, full).typing(HERE)  # type: ignore[arg-type]
    assert quiet.calls == []


async def test_presses_and_deletions_that_come_too_late_are_noted_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    courier, _ = carrying(BadRequest("Query is too old"), BadRequest("Message to delete not found"))

    await courier.acknowledge("q")
    await courier.delete(HERE, 1)

    assert len(caplog.messages) == 2
