"""The Telegram peer in this process, and what its own faults cannot do: moved groups, cut answers, topics."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.commands.registry import Commands
from bot.commands.spec import Handler, Invocation
from bot.reply import Reply
from bot.telegram_adapter.client import TelegramPlatform

PEERS = Path(__file__).parents[3].parent / "shared" / "peers"
if not PEERS.is_dir():
    pytest.skip("the loopback peers (../shared/peers) are not here", allow_module_level=True)
sys.path.insert(0, str(PEERS))
from aiohttp import web  # noqa: E402
from telegram_loopback import BotError, TelegramLoopback  # noqa: E402


class Peer(TelegramLoopback):  # type: ignore[misc]
    """`moved` maps old chat ids to new ones; `cut` counts answers of a method that are lost after the deed."""

    def __init__(self) -> None:
        super().__init__(spec=str(PEERS / "spec" / "telegram_api.json"))
        self.moved: dict[int, int] = {}
        self.cut: dict[str, int] = {}

    def _chat(self, p: dict[str, Any], sending: bool = True) -> dict[str, Any]:
        if p["chat_id"] in self.moved:
            raise BotError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": self.moved[p["chat_id"]]},
            )
        return super()._chat(p, sending)

    async def _bot(self, request: web.Request) -> web.StreamResponse:
        answer = await super()._bot(request)
        method = request.match_info["method"]
        if self.cut.get(method, 0) > 0:
            self.cut[method] -= 1
            assert request.transport is not None
            request.transport.close()
        return answer

    async def push(
        self, text: str | None, *, user: int = 1001, chat: int | None = None, **extra: Any
    ) -> dict[str, Any]:
        """A message with fields that `send` does not know."""
        self.started.add(user)
        body = ({} if text is None else self._text({"text": text}, "text", 4096, True)) | extra
        message = self._message(self.chats[chat or user], self.users[user], body)
        self._push({"message": self.public(message)})
        return message

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Every call of a method, with its parameters."""
        return [entry for entry in self.log if entry["method"].lower() == method.lower()]

    def texts(self, chat: int | None = None) -> list[str]:
        """What the bot says in a chat now."""
        return [m.get("text") or m.get("caption", "") for m in self.bot_messages(chat)]

    def verdict(self, expected: tuple[str, ...] = ()) -> list[str]:
        """What must not be left behind: refusals but for the expected ones, unanswered presses, bad requests."""
        out = [str(v) for v in self.spec_violations]
        out += [str(r) for r in self.refusals if not any(word in r["description"] for word in expected)]
        return out + [f"unanswered: {q['data']}" for q in self.callbacks.values() if not q["answered"]]


def saying(reply: Reply) -> Handler:
    """A command that always answers the same, after a moment."""

    async def handler(_invocation: Invocation) -> Reply:
        await asyncio.sleep(0.02)
        return reply

    return handler


@asynccontextmanager
async def serving(commands: Commands, peer: Peer | None = None) -> AsyncIterator[Peer]:
    """A peer with the platform polling it; stopped within 5 s at the end, or 30 on a busy machine."""
    peer = peer or Peer()
    await peer.start()
    stop = asyncio.Event()
    platform = TelegramPlatform(SecretStr(peer.token), commands, peer.base)
    running = asyncio.create_task(platform.run(stop))
    try:
        await peer.until(lambda: peer.polls or running.done(), 60, "polling")
        yield peer
    finally:
        stop.set()
        began = time.monotonic()
        await asyncio.wait([running], timeout=60)
        took_s = time.monotonic() - began
        await peer.stop()
    if running.done() and running.exception() is not None:
        raise running.exception()  # type: ignore[misc]
    assert running.done()
    assert took_s < 30
