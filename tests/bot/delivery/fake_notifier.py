"""A platform that answers as it is told, and a dispatcher over it whose time is moved by hand."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.dispatcher import Dispatcher
from bot.delivery.message import BroadcastMessage, visible_id
from bot.delivery.notifier import Outcome, Sent
from bot.delivery.rules import DeliveryRules, Desk
from storage.delivery_values import NEW_SIGNAL, OutboxCounts, Outgoing, RowState
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock

HERE, THERE, CHAT = "discord:channel:11", "discord:channel:12", "telegram:chat:-7"
OWNER = "discord:user:1"


class FakeNotifier:
    """Remembers calls as (what, address, title or event); answers `script[address]` in order, then `Sent`."""

    def __init__(self, platform: str = "discord", *, repeats_s: float = 90.0, can_find: bool = True) -> None:
        self.platform = platform
        self.repeats_for = timedelta(seconds=repeats_s)
        self.can_find = can_find
        self.calls: list[tuple[str, str, str]] = []
        self.keys: list[str] = []
        self.script: dict[str, list[Outcome | BaseException]] = defaultdict(list)
        self.found: dict[str, str | BaseException] = {}
        self.slow: dict[str, asyncio.Event] = {}
        self.is_ready = True
        self.heard: Callable[[], None] | None = None

    def listen(self, on_ready: Callable[[], None]) -> None:
        self.heard = on_ready

    def ready(self) -> bool:
        return self.is_ready

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:
        self.keys.append(key)
        return await self._answer("send", address, payload)

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:
        return await self._answer(f"edit {message_id}", address, payload)

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:
        self.calls.append(("find", address, visible_id))
        found = self.found.get(address)
        if isinstance(found, BaseException):
            raise found
        return found

    async def _answer(self, what: str, address: str, payload: Mapping[str, Any]) -> Outcome:
        self.calls.append((what, address, payload["title"]))
        if address in self.slow:
            await self.slow[address].wait()
        answers = self.script[address]
        answer = answers.pop(0) if answers else Sent(f"m{len(self.calls)}")
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Post:
    """A dispatcher over stores and fakes; `elapsed` is its monotonic clock."""

    stores: Stores
    clock: HandClock
    notifiers: tuple[FakeNotifier, ...]
    rules: DeliveryRules
    elapsed: list[float] = field(default_factory=lambda: [1000.0])
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new process over what is stored."""
        desk = Desk(self.clock, (OWNER,), self.rules, lambda: self.elapsed[0])
        self.dispatcher = Dispatcher(self.stores, self.notifiers, desk)

    @property
    def platform(self) -> FakeNotifier:
        return self.notifiers[0]

    def pass_s(self, seconds: float) -> None:
        """Both clocks go on."""
        self.clock.moment += timedelta(seconds=seconds)
        self.elapsed[0] += seconds

    async def settled(self, limit_s: float = 30.0) -> float:
        """Rounds until nothing more happens at this moment; seconds until something would."""
        for _ in range(100):
            before = await self._seen()
            wait_s = await self.dispatcher.round()
            await self.dispatcher.landed(limit_s)
            await self.dispatcher.round()
            await self.dispatcher.landed(limit_s)
            if before == await self._seen():
                return wait_s
        raise AssertionError("it does not come to rest")

    async def _seen(self) -> tuple[int, OutboxCounts]:
        return len(self.sent), await self.stores.outbox.counts()

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        return [call for notifier in self.notifiers for call in notifier.calls]

    async def put(self, *rows: Outgoing) -> None:
        await self.stores.outbox.add(rows)

    async def states(self, stream: str) -> list[RowState]:
        return [row.state for row in await self.stores.outbox.of_stream(stream)]


def row(title: str = "a", event: str = NEW_SIGNAL, to: str = HERE, **changes: Any) -> Outgoing:
    """A message whose title says which it is."""
    stream = f"signal:{title}"
    payload = BroadcastMessage(title if event == NEW_SIGNAL else event, ("x",), visible_id(stream)).payload()
    fields: dict[str, Any] = {"created_at": NOW, "edits": event != NEW_SIGNAL}
    return Outgoing(stream, event, to, payload, **(fields | changes))
