"""The real entry point beside all loopback peers, and a person in Telegram who talks to it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import PEERS, ROOT, Desk, write_candles

if not PEERS.is_dir():
    pytest.skip("the loopback peers (../shared/peers) are not here", allow_module_level=True)
sys.path.insert(0, str(PEERS))
from stack import Stack
from telegram_loopback import BotError

__all__ = ["BotError", "Message", "Talk", "key", "talking", "verbs", "words"]

READY_S = 60.0
TOO_QUICK = re.compile(r"too much at once: try again in (\d+) s")
Message = dict[str, Any]


@dataclass
class Talk:
    """`deskmate run` under the stack; `telegram` plays the people."""

    stack: Any
    desk: Desk
    log: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def telegram(self) -> Any:
        """The Telegram peer."""
        return self.stack.telegram

    async def start(self) -> None:
        """Start the process and wait until it polls."""
        polls = self.telegram.polls
        with self.log.open("ab") as file:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self.desk.env, cwd=self.desk.folder, stdout=file, stderr=file
            )
        await self.telegram.until(lambda: self.telegram.polls > polls, READY_S, f"polling\n{self.told()[-2000:]}")

    async def end(self) -> int:
        """SIGTERM, and the exit status within 10 s."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), 60)

    def told(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    async def ask(self, text: str, having: str = "", *, chat: int | None = None, user: int | None = None) -> Message:
        """Say something and wait for the settled answer that has these words; who is too quick waits as told."""
        while True:
            sent = await self.telegram.send(text, chat=chat, user=user)
            answer = await self.settled(sent["message_id"], having, chat or user, or_refused=True)
            refused = TOO_QUICK.search(words(answer))
            if refused is None:
                return answer
            await asyncio.sleep(int(refused[1]))

    async def press(self, message: Message, verb: str, having: str = "") -> Message:
        """Press the key with that verb and wait for the settled new message."""
        newest = max(m["message_id"] for m in self.telegram.bot_messages(message["chat"]["id"]))
        await self.telegram.click(message, key(message, verb))
        return await self.settled(newest, having, message["chat"]["id"])

    async def settled(
        self, after: int, having: str = "", chat: int | None = None, *, or_refused: bool = False
    ) -> Message:
        """The first answer after a message that has these words and no Stop any more, or that refuses the too quick."""

        def first() -> Message | None:
            found = self.telegram.bot_messages(chat, after)
            wanted = (m for m in found if having in words(m) and "stop" not in verbs(m))
            refusals = (m for m in found if or_refused and TOO_QUICK.search(words(m)))
            return next(wanted, None) or next(refusals, None)

        try:
            answer: Message = await self.telegram.until(first, 60, "an answer")
        except TimeoutError:
            seen = [words(m) for m in self.telegram.bot_messages(chat, after)]
            pytest.fail(f"no settled answer has {having!r}: {seen}\n{self.told()[-2000:]}")
        return answer

    def verdict(self, *expected: str) -> list[str]:
        """What no run may leave behind, but for refusals that the test asked for."""
        return [line for line in self.stack.verdict() if not any(word in line for word in expected)]


def words(message: Message) -> str:
    """The text of a message, or its picture's caption."""
    return str(message.get("text") or message.get("caption") or "")


def verbs(message: Message) -> list[str]:
    """The verbs of the keys under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [k.get("callback_data", "").partition(":")[0] for row in rows for k in row]


def key(message: Message, verb: str) -> str:
    """The callback data of the key with that verb."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    found: list[str] = [k["callback_data"] for row in rows for k in row if k["callback_data"].startswith(f"{verb}:")]
    assert found, f"no key {verb} among {verbs(message)} of {message.get('text', '')!r}"
    return found[0]


@asynccontextmanager
async def talking(folder: Path, script: list[Any] | None = None, **environment: str) -> AsyncIterator[Talk]:
    """A small recorded market, one platform, and the process; whatever happens it is stopped.

    `NEWS_FEEDS="peer"` stands for the feed of the loopback news host; by default no news is read.
    """
    for seed, name in ((3, "BTC-USDT"), (366, "ETH-USDT")):
        write_candles(folder / "candles", name, seed=seed)
    async with Stack(script=script) as stack:
        peer = environment.pop("NEWS_FEEDS", "") == "peer"
        own = stack.environment | {
            "DISCORD_TOKEN": "",
            "NEWS_FEEDS": stack.environment["NEWS_FEEDS"] if peer else "",
            "MARKET_SOURCE": "replay",
            "PYTHONPATH": os.pathsep.join((str(PEERS / "shim"), str(ROOT))),
        }
        talk = Talk(stack, Desk(folder, own | environment), folder / "run.log")
        try:
            await talk.start()
            await talk.telegram.until(lambda: "] backtests " in talk.told(), READY_S, "the first jobs")
            yield talk
        finally:
            if talk.process is not None and talk.process.returncode is None:
                talk.process.kill()
                await talk.process.wait()
