"""Discord's other side for tests: the peers, a bot process under them, and what a person there does and sees."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.processes import PEERS, ROOT

STAND_IN = (sys.executable, str(Path(__file__).with_name("discord_stand_in.py")))
ENTRY_POINT = (sys.executable, "-m", "bot", "run")


@dataclass
class World:
    """The peers (`stack`, `discord`), the folder of the bot and its log."""

    stack: Any
    folder: Path

    @property
    def discord(self) -> Any:
        return self.stack.discord

    @property
    def log(self) -> str:
        return (self.folder / "bot.log").read_text(encoding="utf-8")

    async def start(self, *command: str, **environment: str) -> asyncio.subprocess.Process:
        """Start a bot; its log goes to one file."""
        own = {"DATA_DIR": str(self.folder), "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
        own["PYTHONPATH"] = os.pathsep.join((str(PEERS / "shim"), str(ROOT)))
        with (self.folder / "bot.log").open("ab") as file:
            process: asyncio.subprocess.Process = await self.stack.run(
                *command, cwd=str(self.folder), log=file, **(own | environment)
            )
        return process

    async def ready(self, limit_s: float = 60.0) -> None:
        """Logged in, with its commands known to Discord."""
        await self.discord.wait_ready(limit_s)
        await self.discord.until(lambda: self.discord.commands, limit_s, "commands")

    async def slash(self, name: str, /, user: str | None = None, **options: Any) -> Any:
        """A slash command in the channel; gives back the interaction."""
        return await self.discord.slash(name, options, user=user)

    async def ask(self, question: str) -> Any:
        return await self.slash("ask", question=question)

    async def shown(self, interaction: Any, limit_s: float = 60.0) -> dict[str, Any]:
        """What the person finally sees for an interaction: the response, or what came in its place."""
        await self.discord.until(lambda: self._shown(interaction) is not None, limit_s, "an answer")
        found: dict[str, Any] = self._shown(interaction)
        return found

    def shown_now(self, interaction: Any) -> dict[str, Any]:
        """What the person sees at this moment; an empty message while it is only "thinking"."""
        return self._shown(interaction) or {"content": "", "embeds": [], "components": []}

    def _shown(self, interaction: Any) -> dict[str, Any] | None:
        if interaction.failed:
            raise AssertionError(interaction.failed)
        ids = [interaction.original, *interaction.followups]
        messages = [self.discord.messages[i] for i in ids if i and not interaction.loading]
        return next((m for m in messages if not m["_deleted"]), None)

    async def mention(self, text: str, **more: Any) -> dict[str, Any]:
        """A message that mentions the bot, in the channel."""
        message: dict[str, Any] = await self.discord.user_message(f"<@{self.discord.bot['id']}> {text}", **more)
        return message

    async def answer_to(self, message: dict[str, Any], matching: str = "", limit_s: float = 60.0) -> dict[str, Any]:
        """The bot's next message after this one, anywhere."""
        found: dict[str, Any] = await self.discord.bot_message(message["id"], matching=matching, timeout=limit_s)
        return found

    def requests(self, method: str, ending: str) -> list[dict[str, Any]]:
        """What the bot asked of Discord, by method and the end of the path."""
        return [r for r in self.discord.log if r["method"] == method and r["path"].endswith(ending)]


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """The peers, in this process; every bot is ended at the end."""
    if str(PEERS) not in sys.path:
        sys.path.insert(0, str(PEERS))
    from stack import Stack  # type: ignore[import-not-found]

    async with Stack() as stack:
        yield World(stack, folder)
