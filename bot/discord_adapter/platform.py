"""Discord as a platform of the service: log in, serve, leave."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import discord
from pydantic import SecretStr

from bot.commands.registry import Commands
from bot.discord_adapter.client import Client, Home
from bot.discord_adapter.faults import TROUBLE, in_words
from bot.discord_adapter.notifier import DiscordNotifier
from signals.errors import TemporaryError, UserError

log = logging.getLogger(__name__)
MEMORY = "discord_commands.json"
REFUSED = (
    "Discord refuses DISCORD_TOKEN: copy the bot's token anew from the Bot page of its application "
    "at discord.com/developers (not the client secret, not the public key)"
)
NO_CONTENT = (
    "Discord gives this bot no message content: mentions, direct messages and slash commands work; for replies without "
    "a mention and threads, switch on Message Content Intent on the Bot page of the application"
)


class DiscordPlatform:
    """The bot on Discord; `data_dir` holds the file that remembers which commands Discord was told."""

    name = "discord"

    def __init__(self, token: SecretStr, commands: Commands, data_dir: Path, guild_id: int | None = None) -> None:
        self._token = token
        self._commands = commands
        self._home = Home(guild_id, data_dir / MEMORY)
        self._read_everything = True
        self.notifier = DiscordNotifier()
        logging.getLogger("discord.client").addFilter(_brief)
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # voice is not used
        logger = logging.getLogger("discord.gateway")
        logger.setLevel(max(logging.INFO, logger.level))  # at DEBUG it prints interactions with their tokens

    async def run(self, stop: asyncio.Event) -> None:
        """Log in and serve until `stop`, then leave within 5 s. UserError for a refused token, else TemporaryError."""
        while True:
            try:
                await self._serve(stop)
            except discord.PrivilegedIntentsRequired as e:
                if not self._read_everything:
                    raise TemporaryError("Discord refuses the intents of this bot") from e
                self._read_everything = False
                log.warning(NO_CONTENT)
            except discord.LoginFailure as e:
                raise UserError(REFUSED) from e
            except discord.ConnectionClosed as e:
                if e.code == 4004:
                    raise UserError(REFUSED) from e
                raise TemporaryError(f"Discord closed the connection (code {e.code})") from e
            except TROUBLE as e:
                raise TemporaryError(f"Discord cannot be reached: {in_words(e)}") from e
            else:
                return

    async def _serve(self, stop: asyncio.Event) -> None:
        client = Client(self._commands, self._home, read_everything=self._read_everything)
        client.when_ready = lambda: self.notifier.attach(client)
        async with client:
            serving = asyncio.create_task(client.start(self._token.get_secret_value()))
            stopping = asyncio.create_task(stop.wait())
            lost = asyncio.create_task(client.lost_for_long())
            try:
                await asyncio.wait((serving, stopping, lost), return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    await serving
                else:
                    self.notifier.detach()
                    await client.leave()
                if not stopping.done():
                    raise TemporaryError("Discord has closed the connection and does not take it up again")
            finally:
                self.notifier.detach()
                for task in (serving, stopping, lost):
                    task.cancel()
                await asyncio.gather(serving, stopping, lost, return_exceptions=True)


def _brief(record: logging.LogRecord) -> bool:
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        kind = record.exc_info[0]
        record.msg = f"{record.msg} ({kind.__name__ if kind else 'lost'})"
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True
