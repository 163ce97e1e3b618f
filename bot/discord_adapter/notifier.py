"""Broadcasts through the bot that is logged in to Discord, and what Discord's answers mean for them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.delivery.message import BroadcastMessage
from bot.delivery.notifier import NotSent, Outcome, Refusal, Sent, Unknown
from bot.discord_adapter.broadcast import broadcast
from bot.discord_adapter.faults import TROUBLE, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, in_words
from bot.discord_adapter.wire import for_edit, for_send, nonce
from signals.errors import TemporaryError, UserError

log = logging.getLogger(__name__)
UNKNOWN_SERVER, UNKNOWN_USER, MISSING_ACCESS, CLOSED_TO_US = 10004, 10013, 50001, 50007
GONE = (UNKNOWN_CHANNEL, UNKNOWN_SERVER, UNKNOWN_USER, CLOSED_TO_US)
LOOK_BACK = 1_000  # messages of everybody in the channel; ten requests
CLOUDFLARE_S = 60.0
REPEATS_FOR = timedelta(seconds=90)  # Discord remembers a nonce for "a few minutes"


class DiscordNotifier:
    """Sends with a nonce made of the row's key: within minutes Discord gives back the first message for a repeat."""

    platform = "discord"
    can_find = True

    def __init__(self, repeats_for: timedelta = REPEATS_FOR) -> None:
        self.repeats_for = repeats_for
        self._client: discord.Client | None = None
        self._direct: dict[int, int] = {}
        self._on_ready: Callable[[], None] = _nobody

    def listen(self, on_ready: Callable[[], None]) -> None:
        """Call this whenever it becomes ready."""
        self._on_ready = on_ready

    def attach(self, client: discord.Client) -> None:
        """This client is logged in now."""
        self._client = client
        self._on_ready()

    def detach(self) -> None:
        """The client is about to close: what is not sent waits for the next one."""
        self._client = None

    def ready(self) -> bool:
        """Whether a client is logged in."""
        return self._client is not None and not self._client.is_closed()

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:
        """See `Notifier`."""
        wanted = for_send(broadcast(BroadcastMessage.of(payload)))

        async def call(client: discord.Client) -> str:
            channel = await self._channel(client, address)
            return str((await channel.send(**wanted, nonce=nonce(key, 0))).id)

        return await self._tried(address, call)

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:
        """See `Notifier`."""
        wanted = for_edit(broadcast(BroadcastMessage.of(payload)))

        async def call(client: discord.Client) -> str:
            channel = await self._channel(client, address)
            return str((await channel.get_partial_message(int(message_id)).edit(**wanted)).id)

        return await self._tried(address, call)

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:
        """See `Notifier`: looks through what was written there, oldest first, and says so where that is too much."""
        client = self._client
        if client is None or client.user is None:
            raise TemporaryError("Discord is not connected")
        try:
            channel, seen = await self._channel(client, address), 0
            async for message in channel.history(limit=LOOK_BACK, after=since, oldest_first=True):
                if message.author.id == client.user.id and _carries(message, visible_id):
                    return str(message.id)
                seen += 1
        except discord.NotFound:
            return None
        except discord.Forbidden as e:
            raise UserError("Discord does not let us read the channel's history") from e
        except TROUBLE as e:
            raise TemporaryError(f"Discord's history cannot be read: {in_words(e)}") from e
        if seen >= LOOK_BACK:
            raise UserError(f"more than {LOOK_BACK} messages were written in the channel since then")
        return None

    async def _channel(self, client: discord.Client, address: str) -> discord.PartialMessageable:
        _, kind, number = address.split(":", 2)
        if kind != "user":
            return client.get_partial_messageable(int(number))
        person = int(number)
        if person not in self._direct:
            self._direct[person] = (await client.create_dm(discord.Object(person))).id
        return client.get_partial_messageable(self._direct[person])

    async def _tried(self, address: str, call: Callable[[discord.Client], Awaitable[str]]) -> Outcome:
        client = self._client
        if client is None or client.is_closed():
            return NotSent(Refusal.RETRY, "Discord is not connected")
        try:
            return Sent(await call(client))
        except discord.RateLimited as e:
            return NotSent(Refusal.LIMITED, "Discord asks us to wait", e.retry_after)
        except discord.DiscordServerError as e:
            return Unknown(in_words(e))
        except discord.HTTPException as e:
            return _refusal(e, client, address)
        except aiohttp.ClientConnectorError as e:
            return NotSent(Refusal.RETRY, f"Discord cannot be reached: {in_words(e)}")
        except (*TROUBLE, RuntimeError) as e:  # aiohttp raises RuntimeError when the session is closed meanwhile
            return Unknown(in_words(e))


def _refusal(e: discord.HTTPException, client: discord.Client, address: str) -> NotSent:
    told = f"Discord says: {e.text or e.status} (code {e.code})"
    if e.status == 429:
        return NotSent(Refusal.LIMITED, told, CLOUDFLARE_S, everywhere=True)
    if e.status == 401:
        return NotSent(Refusal.RETRY, told)
    if e.code == UNKNOWN_MESSAGE:
        return NotSent(Refusal.LOST, told)
    if e.code in GONE:
        return NotSent(Refusal.GONE, told)
    if isinstance(e, discord.Forbidden):
        number = address.rsplit(":", 1)[-1]
        is_kicked = e.code == MISSING_ACCESS and client.is_ready() and client.get_channel(int(number)) is None
        return NotSent(Refusal.GONE if is_kicked else Refusal.FORBIDDEN, told)
    if isinstance(e, discord.NotFound):
        return NotSent(Refusal.GONE, told)
    return NotSent(Refusal.BROKEN, told)


def _carries(message: discord.Message, visible_id: str) -> bool:
    footers = [embed.footer.text or "" for embed in message.embeds]
    return any(visible_id in text.split() for text in (message.content, *footers))


def _nobody() -> None:
    """Nobody listens yet."""
