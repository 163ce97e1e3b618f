"""Carries messages to Telegram and says what became of them: delivered, refused, closed, or not known."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, TypeVar

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.reply import Attachment
from bot.telegram_adapter.pace import Pace
from bot.telegram_adapter.render import Key, Photo, Text

log = logging.getLogger(__name__)
T = TypeVar("T")
Keyboard = tuple[tuple[Key, ...], ...]
RETRIES = 5
FIRST_WAIT_S = 0.5
TYPING_ROOM = 8
NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
CLOSED_WORDS = ("chat not found", "not enough rights", "have no rights", "chat_write_forbidden", "need administrator")
GONE_WORDS = ("message to edit not found", "message can't be edited", "no text in the message", "message_id_invalid")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class UndeliveredError(Exception):
    """A message that surely did not arrive."""


class ClosedChatError(UndeliveredError):
    """The chat takes nothing from us: blocked, kicked, never begun, or without the right to write."""


class UnsureError(UndeliveredError):
    """Nobody knows whether it arrived; sending it again could double it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer: chat, forum topic, and the message that is answered."""

    chat_id: int
    private: bool
    thread_id: int | None = None
    reply_to: int | None = None


class Courier:
    """Sends, edits and deletes, each with the care it needs; remembers closed and moved chats while it lives."""

    def __init__(self, account: ExtBot[Any], pace: Pace) -> None:
        self._account = account
        self._pace = pace
        self._closed: set[int] = set()
        self._moved: dict[int, int] = {}
        self._random = SystemRandom()

    def heard_from(self, chat_id: int) -> None:
        """Somebody wrote there: it is open again."""
        self._closed.discard(chat_id)

    def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: what would go to the old id goes to the new one."""
        self._moved[old] = new

    def has_room(self, place: Place) -> bool:
        """Whether something that may be left out should be sent there now."""
        return self._pace.room(self._chat_of(place)) > TYPING_ROOM

    async def send(self, place: Place, text: Text, keyboard: Keyboard = (), *, quoting: bool = True) -> int:
        """The id of the new message. ClosedChatError, UnsureError or UndeliveredError otherwise."""

        async def once(chat: int, body: str, mode: str | None) -> int:
            sent = await self._account.send_message(
                chat,
                body,
                parse_mode=mode,
                message_thread_id=place.thread_id,
                reply_parameters=_quote(place) if quoting else None,
                reply_markup=keys_under(keyboard),
                link_preview_options=NO_PREVIEW,
            )
            return sent.message_id

        return await self._reach(place, lambda chat: _marked_up(text, lambda b, m: once(chat, b, m)), repeatable=False)

    async def edit(self, place: Place, message_id: int, text: Text, keyboard: Keyboard = ()) -> bool:
        """True when the message now shows this; False when it is not there to be edited."""

        async def once(chat: int, body: str, mode: str | None) -> bool:
            try:
                await self._account.edit_message_text(
                    body,
                    chat,
                    message_id,
                    parse_mode=mode,
                    reply_markup=keys_under(keyboard),
                    link_preview_options=NO_PREVIEW,
                )
            except BadRequest as e:
                if _says(e, GONE_WORDS):
                    return False
                if not _says(e, ("not modified",)):
                    raise
            return True

        return await self._reach(place, lambda chat: _marked_up(text, lambda b, m: once(chat, b, m)), repeatable=True)

    async def photo(self, place: Place, photo: Photo, keyboard: Keyboard = (), *, quoting: bool = True) -> int:
        """The id of the new message with a picture."""

        async def once(chat: int, body: str, mode: str | None) -> int:
            sent = await self._account.send_photo(
                chat,
                photo.png,
                caption=body or None,
                parse_mode=mode,
                filename=photo.name,
                message_thread_id=place.thread_id,
                reply_parameters=_quote(place) if quoting else None,
                reply_markup=keys_under(keyboard),
            )
            return sent.message_id

        caption = photo.caption
        return await self._reach(
            place, lambda chat: _marked_up(caption, lambda b, m: once(chat, b, m)), repeatable=False
        )

    async def document(self, place: Place, file: Attachment) -> int:
        """The id of the new message with a file."""

        async def once(chat: int) -> int:
            sent = await self._account.send_document(
                chat, file.content, filename=file.name, message_thread_id=place.thread_id
            )
            return sent.message_id

        return await self._reach(place, once, repeatable=False)

    async def delete(self, place: Place, message_id: int) -> None:
        """Take a message away; one that is gone already is no error."""

        async def once(chat: int) -> None:
            try:
                await self._account.delete_message(chat, message_id)
            except BadRequest as e:
                log.info("telegram: message %s in chat %s stays: %s", message_id, chat, e.message)

        await self._reach(place, once, repeatable=True)

    async def typing(self, place: Place, *, first: bool = False) -> bool:
        """Show that work goes on; False when the chat is closed. Other failures pass.

        Left out where there is little room, but for the `first` in a direct chat, which acknowledges the question.
        """
        chat = self._chat_of(place)
        if chat in self._closed:
            return False
        if not self.has_room(place) and not (first and place.private):
            return True
        try:
            await self._account.send_chat_action(chat, ChatAction.TYPING, message_thread_id=place.thread_id)
        except Forbidden as e:
            self._close(chat, e.message)
            return False
        except ChatMigrated as e:
            self.moved(chat, e.new_chat_id)
        except TelegramError as e:
            log.debug("telegram: no typing in chat %s: %s", chat, e.message)
        return True

    async def acknowledge(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        """Tell the platform that a press arrived; one that is too old to be told is let go."""
        try:
            await self._account.answer_callback_query(callback_id, text or None, show_alert=alert or None)
        except TelegramError as e:
            log.warning("telegram: a press could not be acknowledged: %s", e.message)

    async def _reach(self, place: Place, call: Callable[[int], Awaitable[T]], *, repeatable: bool) -> T:
        wait_s = FIRST_WAIT_S
        for attempt in range(RETRIES + 1):
            chat = self._chat_of(place)
            if chat in self._closed:
                raise ClosedChatError(f"chat {chat} is closed")
            try:
                return await call(chat)
            except ChatMigrated as e:
                log.info("telegram: chat %s is now %s", chat, e.new_chat_id)
                self.moved(chat, e.new_chat_id)
                continue
            except (Forbidden, BadRequest) as e:
                raise self._refused(chat, e) from e
            except RetryAfter as e:
                raise UndeliveredError(f"chat {chat}: {e.message}") from e
            except NetworkError as e:
                if not repeatable and not isinstance(e.__cause__, NEVER_ARRIVED):
                    raise UnsureError(f"chat {chat}: {e.message}") from e
                if attempt == RETRIES:
                    raise UndeliveredError(f"chat {chat}: {e.message}") from e
            except TelegramError as e:
                raise UnsureError(f"chat {chat}: {type(e).__name__}") from e
            await asyncio.sleep(wait_s * self._random.uniform(0.8, 1.2))
            wait_s *= 2
        raise UndeliveredError(f"chat {place.chat_id} moved too often")

    def _chat_of(self, place: Place) -> int:
        return self._moved.get(place.chat_id, place.chat_id)

    def _refused(self, chat: int, error: TelegramError) -> UndeliveredError:
        if isinstance(error, Forbidden) or _says(error, CLOSED_WORDS):
            self._close(chat, error.message)
            return ClosedChatError(f"chat {chat}: {error.message}")
        return UndeliveredError(f"chat {chat}: {error.message}")

    def _close(self, chat: int, why: str) -> None:
        if chat not in self._closed:
            log.warning("telegram: nothing more is sent to chat %s until somebody writes there: %s", chat, why)
            self._closed.add(chat)


async def _marked_up(text: Text, send: Callable[[str, str | None], Awaitable[T]]) -> T:
    try:
        return await send(text.html, ParseMode.HTML)
    except BadRequest as e:
        if not _says(e, ("parse", "entit")):
            raise
        log.warning("telegram: the markup was refused, sent again as plain text: %s", e.message)
    return await send(text.plain, None)


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    told = error.message.lower()
    return any(word in told for word in words)


def _quote(place: Place) -> ReplyParameters | None:
    if place.reply_to is None:
        return None
    return ReplyParameters(place.reply_to, allow_sending_without_reply=True)


def keys_under(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """The library's keyboard; None where there is no key."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup([[_button(key) for key in row] for row in keyboard])


def _button(key: Key) -> InlineKeyboardButton:
    if key.url:
        return InlineKeyboardButton(key.label, url=key.url)
    return InlineKeyboardButton(key.label, callback_data=key.data)
