"""Broadcasts through the bot that is logged in to Telegram, and what Telegram's answers mean for them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.delivery.message import BroadcastMessage
from bot.delivery.notifier import NotSent, Outcome, Refusal, Sent, Unknown
from bot.telegram_adapter.broadcast import Broadcast, broadcast
from bot.telegram_adapter.courier import CLOSED_WORDS, GONE_WORDS, NEVER_ARRIVED, NO_PREVIEW, keys_under
from bot.telegram_adapter.pace import seconds_of

log = logging.getLogger(__name__)
PLACE_GONE = ("chat not found", "thread not found", "group chat was deleted", "peer_id_invalid", "user not found")


class TelegramNotifier:
    """Telegram cannot tell whether it has seen a message before: what is unclear is never sent again by itself."""

    platform = "telegram"
    can_find = False
    repeats_for = timedelta(0)

    def __init__(self) -> None:
        self._account: ExtBot[Any] | None = None
        self._on_ready: Callable[[], None] = _nobody

    def listen(self, on_ready: Callable[[], None]) -> None:
        """Call this whenever it becomes ready."""
        self._on_ready = on_ready

    def attach(self, account: ExtBot[Any]) -> None:
        """This account is logged in now."""
        self._account = account
        self._on_ready()

    def detach(self) -> None:
        """The account is about to be closed: what is not sent waits for the next one."""
        self._account = None

    def ready(self) -> bool:
        """Whether an account is logged in."""
        return self._account is not None

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:  # noqa: ARG002
        """See `Notifier`; Telegram has no use for the key."""
        chat, thread = chat_of(address)
        wanted = broadcast(BroadcastMessage.of(payload))

        async def call(account: ExtBot[Any], body: str, mode: str | None) -> str:
            sent = await account.send_message(
                chat,
                body,
                parse_mode=mode,
                message_thread_id=thread,
                reply_markup=keys_under(wanted.keyboard),
                link_preview_options=NO_PREVIEW,
            )
            return str(sent.message_id)

        return await self._tried(wanted, call)

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:
        """See `Notifier`."""
        chat, _ = chat_of(address)
        wanted = broadcast(BroadcastMessage.of(payload))

        async def call(account: ExtBot[Any], body: str, mode: str | None) -> str:
            try:
                await account.edit_message_text(
                    body,
                    chat,
                    int(message_id),
                    parse_mode=mode,
                    reply_markup=keys_under(wanted.keyboard),
                    link_preview_options=NO_PREVIEW,
                )
            except BadRequest as e:
                if "not modified" not in e.message.lower():
                    raise
            return message_id

        return await self._tried(wanted, call)

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:  # noqa: ARG002
        """Telegram lets no bot read what was written; `can_find` says so."""
        return None

    async def _tried(
        self, wanted: Broadcast, call: Callable[[ExtBot[Any], str, str | None], Awaitable[str]]
    ) -> Outcome:
        account = self._account
        if account is None:
            return NotSent(Refusal.RETRY, "Telegram is not connected")
        try:
            return Sent(await _marked_up(wanted, lambda body, mode: call(account, body, mode)))
        except TelegramError as e:
            return meaning(e)
        except RuntimeError as e:  # the library's, when the account was shut down before the call
            return Unknown(type(e).__name__)


def chat_of(address: str) -> tuple[int, int | None]:
    """Chat and forum topic of `telegram:chat:ID` or `telegram:chat:ID/THREAD`."""
    chat, _, thread = address.rsplit(":", 1)[-1].partition("/")
    return int(chat), int(thread) if thread else None


async def _marked_up(wanted: Broadcast, send: Callable[[str, str | None], Awaitable[str]]) -> str:
    try:
        return await send(wanted.text.html, ParseMode.HTML)
    except BadRequest as e:
        if not _says(e, ("can't parse", "entit")):
            raise
        log.warning("telegram: the markup of a broadcast was refused, sent as plain text: %s", e.message)
    return await send(wanted.text.plain, None)


def meaning(e: TelegramError) -> Outcome:
    """What an error of the library says about a message."""
    told = f"Telegram says: {e.message}"
    if isinstance(e, RetryAfter):
        return NotSent(Refusal.LIMITED, told, seconds_of(e))
    if isinstance(e, ChatMigrated):
        return NotSent(Refusal.MOVED, told, moved_to=f"telegram:chat:{e.new_chat_id}")
    if isinstance(e, InvalidToken):
        return NotSent(Refusal.RETRY, "Telegram refuses the token")
    if isinstance(e, Forbidden):
        return NotSent(Refusal.GONE, told)
    if isinstance(e, BadRequest):
        return NotSent(_refusal(e), told)
    if isinstance(e, NetworkError) and isinstance(e.__cause__, NEVER_ARRIVED):
        return NotSent(Refusal.RETRY, f"Telegram cannot be reached: {type(e.__cause__).__name__}")
    return Unknown(f"no clear answer from Telegram: {type(e).__name__}")


def _refusal(e: BadRequest) -> Refusal:
    if _says(e, GONE_WORDS):
        return Refusal.LOST
    if _says(e, PLACE_GONE):
        return Refusal.GONE
    return Refusal.FORBIDDEN if _says(e, (*CLOSED_WORDS, "topic_closed")) else Refusal.BROKEN


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    told = error.message.lower()
    return any(word in told for word in words)


def _nobody() -> None:
    """Nobody listens yet."""
