"""Where an answer goes: an interaction's response, or messages in a channel; each finds another way when closed."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord

from bot.discord_adapter.faults import TROUBLE, in_words, is_gone, persist, token_ended
from bot.discord_adapter.payload import Outgoing
from bot.discord_adapter.text import clean
from bot.discord_adapter.wire import for_edit, for_send, nonce

log = logging.getLogger(__name__)
LATE = Outgoing("Your private answer came too late for this place, and your direct messages are closed: ask again.")
WEBHOOK_LIMIT_S = 60.0
_MENTION = re.compile(r"<[@#][!&]?[0-9]+>")
Person = discord.User | discord.Member


class Place(Protocol):
    """Where one answer is shown; `hidden` where only the asker sees it."""

    @property
    def hidden(self) -> bool:
        """Whether only the asker sees what is shown here."""
        ...

    @property
    def refuses_openly(self) -> bool:
        """Whether a refusal is shown where it was asked: a channel message has no way to be seen by one person."""
        ...

    async def first(self, message: Outgoing) -> None:
        """Show this as the answer's first message, in place of what it showed before."""
        ...

    async def more(self, message: Outgoing) -> None:
        """Add a further message."""
        ...

    async def whisper(self, message: Outgoing) -> None:
        """Add a message that only the asker sees."""
        ...

    async def nothing(self) -> None:
        """Take back whatever says that an answer is coming."""
        ...


class ChannelPlace:
    """Messages in a channel for `asker`; the first is a reply to `question`, a long rest goes into a thread on it.

    Where the bot may not write, everything goes to the asker as direct messages.
    """

    def __init__(
        self,
        channel: discord.abc.Messageable,
        asker: Person,
        event_id: str,
        question: discord.Message | None = None,
    ) -> None:
        self._channel = channel
        self._asker = asker
        self._event_id = event_id
        self._question = question
        self._shown: discord.Message | None = None
        self._sent = 0

    @property
    def hidden(self) -> bool:
        """True in a direct message."""
        return self._channel is self._asker or isinstance(self._channel, discord.DMChannel)

    @property
    def refuses_openly(self) -> bool:
        """True: a direct message for a misspelling would be out of proportion."""
        return True

    async def first(self, message: Outgoing) -> None:
        """Send it, or edit what was sent; a message that was deleted meanwhile is sent anew."""
        shown = self._shown
        if shown is not None:
            try:
                await persist(lambda: shown.edit(**for_edit(message), suppress=not message.embeds))
            except discord.NotFound as e:
                log.info("the answer was deleted (%s): sending it anew", in_words(e))
            else:
                return
        self._shown = await self._send(message)

    async def more(self, message: Outgoing) -> None:
        """Send it after the others, in a thread on the question where one can be had."""
        if self._question is not None:
            question, self._question = self._question, None
            self._channel = await _thread_on(question) or self._channel
        await self._send(message)

    async def whisper(self, message: Outgoing) -> None:
        """Send it as a direct message."""
        if self.hidden:
            await self.first(message)
        else:
            await ChannelPlace(self._asker, self._asker, f"{self._event_id}:whisper").first(message)

    async def nothing(self) -> None:
        """Delete what was shown."""
        if self._shown is not None:
            shown, self._shown = self._shown, None
            await persist(shown.delete)

    async def _send(self, message: Outgoing) -> discord.Message:
        self._sent += 1
        mark = nonce(self._event_id, self._sent)
        try:
            return await persist(lambda: self._channel.send(**for_send(message), **self._reference(), nonce=mark))
        except discord.Forbidden as e:
            if self.hidden:
                raise
            log.warning("may not write in channel %s (%s): answering directly", self._place_id, in_words(e))
            self._channel, self._question = self._asker, None
            return await persist(lambda: self._asker.send(**for_send(message), nonce=mark))

    def _reference(self) -> dict[str, Any]:
        if self._question is None or self._sent > 1:
            return {}
        return {"reference": self._question.to_reference(fail_if_not_exists=False)}

    @property
    def _place_id(self) -> object:
        return getattr(self._channel, "id", "?")


class ResponsePlace:
    """The response of an acknowledged interaction; after its 15 minutes, messages in its channel or direct ones.

    `in_place`: the response is the message whose button was pressed, which is never deleted.
    """

    def __init__(
        self, interaction: discord.Interaction[discord.Client], *, hidden: bool, in_place: bool = False
    ) -> None:
        self._interaction = interaction
        self._hidden = hidden
        self._in_place = in_place
        self._open = True
        self._public: ChannelPlace | None = None
        self._direct: ChannelPlace | None = None

    @property
    def hidden(self) -> bool:
        """Whether only the asker sees the response."""
        return self._hidden

    @property
    def refuses_openly(self) -> bool:
        """False: a refusal is a follow-up that only the asker sees."""
        return False

    def close(self) -> None:
        """The interaction was not acknowledged in time: answer without it."""
        self._open = False

    async def first(self, message: Outgoing) -> None:
        """Edit the response."""
        if not await self._by_token(lambda: self._interaction.edit_original_response(**for_edit(message))):
            await self._otherwise(message, private=self._hidden, first=True)

    async def more(self, message: Outgoing) -> None:
        """A follow-up, seen by whoever sees the response."""
        if not await self._by_token(lambda: self._follow_up(message, hidden=self._hidden), sure=False):
            await self._otherwise(message, private=self._hidden)

    async def whisper(self, message: Outgoing) -> None:
        """A follow-up that only the asker sees."""
        hidden = self._interaction.guild_id is not None
        if not await self._by_token(lambda: self._follow_up(message, hidden=hidden), sure=False):
            await self._otherwise(message, private=True)

    async def nothing(self) -> None:
        """Delete the response that says "thinking"."""
        if not self._in_place:
            await self._by_token(self._interaction.delete_original_response)

    async def _follow_up(self, message: Outgoing, *, hidden: bool) -> object:
        ephemeral = hidden and self._interaction.guild_id is not None
        return await self._interaction.followup.send(**for_send(message), ephemeral=ephemeral, wait=True)

    async def _by_token(self, call: Callable[[], Awaitable[object]], *, sure: bool = True) -> bool:
        if not self._open:
            return False
        try:
            async with asyncio.timeout(WEBHOOK_LIMIT_S):  # discord.py sleeps uncapped on a webhook's 429
                await persist(call, sure=sure)
        except TimeoutError:
            log.warning("Discord holds the response back for over %.0f s: answering otherwise", WEBHOOK_LIMIT_S)
            return False
        except discord.HTTPException as e:
            if not (token_ended(e) or is_gone(e)):
                raise
            log.info("the response is closed (%s): answering otherwise", in_words(e))
            self._open = self._open and not token_ended(e)
            return False
        return True

    async def _otherwise(self, message: Outgoing, *, private: bool, first: bool = False) -> None:
        public = self._channel_place()
        if private and self._interaction.guild_id is not None:
            try:
                self._direct = self._direct or ChannelPlace(
                    self._interaction.user, self._interaction.user, f"{self._interaction.id}:direct"
                )
                await (self._direct.first(message) if first else self._direct.more(message))
            except discord.Forbidden:
                await public.first(LATE)
        else:
            await (public.first(message) if first else public.more(message))

    def _channel_place(self) -> ChannelPlace:
        if self._public is None:
            channel = self._interaction.client.get_partial_messageable(self._interaction.channel_id or 0)
            self._public = ChannelPlace(channel, self._interaction.user, str(self._interaction.id))
        return self._public


async def _thread_on(question: discord.Message) -> discord.Thread | None:
    if not isinstance(question.channel, discord.TextChannel):
        return None
    name = " ".join(clean(_MENTION.sub("", question.content)).split())[:90] or "Answer"
    try:
        return await persist(lambda: question.create_thread(name=name, auto_archive_duration=1440))
    except TROUBLE as e:
        log.info("no thread for a long answer (%s): it goes into the channel", in_words(e))
        return None
