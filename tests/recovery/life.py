"""One life of a deskmate that delivers: emits signals and steps, sends them to a peer, is killed where it is told.

Everything is the product's own: stores, dispatcher, notifiers, the libraries of the platforms. Only the places where
the process may end are added around it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import discord
from sqlalchemy.ext.asyncio import AsyncConnection
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.budgets import Limits, Pace
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.message import BroadcastMessage, visible_id
from bot.delivery.notifier import Notifier, Outcome
from bot.delivery.rules import DeliveryRules, Desk
from bot.discord_adapter.notifier import DiscordNotifier
from bot.telegram_adapter.notifier import TelegramNotifier
from signals.clock import SystemClock
from signals.errors import UserError
from signals.model import SignalState, Transition
from storage.database import Database
from storage.delivery_values import NEW_SIGNAL, OutboxRow, Outgoing, RowState, Settled, event_of, stream_of
from storage.outbox import OutboxStore
from storage.outbox_rows import HeldWord
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW, issued

POINTS = (
    "before the commit of emit",
    "after the commit of emit",
    "before the commit of claim",
    "after the commit of claim",
    "before the send",
    "after the send",
    "before the edit",
    "after the edit",
    "before the look",
    "after the look",
    "before the commit of settle",
    "after the commit of settle",
    "before the commit of recovery",
    "after the commit of recovery",
)
PER_LIFE = 2
FREE = Limits(Pace(1_000_000, 1.0), lambda _: ())
STAGE: ContextVar[str] = ContextVar("STAGE", default="emit")


@dataclass(frozen=True)
class Order:
    """What a life is to do, and where it ends: at the `nth` time of `point`, or later by the parent's hand."""

    url: str
    base: str
    destinations: tuple[str, ...]
    number: int
    point: str = ""
    nth: int = 1
    is_guarded: bool = True
    looks: bool = True  # whether the channel's history may be read; where not, only the nonce guards

    @property
    def platform(self) -> str:
        return self.destinations[0].partition(":")[0]


class Points:
    """Ends the process at the ordered point, as kill -9 would."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._left = order.nth

    def reach(self, point: str) -> None:
        if point == self._order.point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class PointedDatabase(Database):
    """A database whose commits are points."""

    points: Points

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        stage = STAGE.get()
        async with super().write() as conn:
            yield conn
            self.points.reach(f"before the commit of {stage}")
        self.points.reach(f"after the commit of {stage}")


class PointedOutbox(OutboxStore):
    """An outbox whose writes have names."""

    async def claim(self, seqs: Collection[int], holder: str, now: datetime) -> tuple[OutboxRow, ...]:
        STAGE.set("claim")
        return await super().claim(seqs, holder, now)

    async def settle(self, results: Sequence[Settled], word: HeldWord | None = None) -> int:
        STAGE.set("settle")
        return await super().settle(results, word)

    async def take_over(self, holder: str) -> tuple[OutboxRow, ...]:
        STAGE.set("recovery")
        return await super().take_over(holder)


class PointedNotifier:
    """A notifier whose calls are points; unguarded, it has a fresh key for every try."""

    def __init__(self, inner: Notifier, points: Points, order: Order) -> None:
        self._inner = inner
        self._points = points
        self._is_guarded = order.is_guarded
        self._looks = order.looks
        self.platform, self.repeats_for, self.can_find = inner.platform, inner.repeats_for, inner.can_find

    def listen(self, on_ready: Callable[[], None]) -> None:
        self._inner.listen(on_ready)

    def ready(self) -> bool:
        return self._inner.ready()

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:
        self._points.reach("before the send")
        outcome = await self._inner.send(address, payload, key if self._is_guarded else uuid4().hex)
        self._points.reach("after the send")
        return outcome

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:
        self._points.reach("before the edit")
        outcome = await self._inner.edit(address, message_id, payload)
        self._points.reach("after the edit")
        return outcome

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:
        if not self._looks:
            raise UserError("the channel's history may not be read")
        self._points.reach("before the look")
        found = await self._inner.find(address, visible_id, since)
        self._points.reach("after the look")
        return found


async def live(order: Order, begin: Callable[[], None]) -> None:
    """Emit this life's signals, those of the former life again, and deliver until nothing is left to send."""
    points = Points(order)
    database = PointedDatabase(order.url)
    database.points = points
    stores = replace(Stores.of(database), outbox=PointedOutbox(database))
    async with _notifier(order) as inner:
        notifier = PointedNotifier(inner, points, order)
        rules = DeliveryRules(first_retry_s=0.01, gather_s=0.002)
        free = {order.platform: FREE}
        dispatcher = Dispatcher(stores, [notifier], Desk(SystemClock(), rules=rules, limits=free))
        stop = asyncio.Event()
        begin()
        delivering = asyncio.create_task(dispatcher.run(stop))
        await _emit(stores, order, dispatcher.wake)
        await _until_nothing_is_left(stores)
        stop.set()
        await delivering
    await database.close()


async def _until_nothing_is_left(stores: Stores) -> None:
    while True:
        before = await stores.outbox.counts()
        due = await stores.outbox.due(SystemClock().now() + HOUR)
        if not due and not before.of(RowState.SENDING) and before == await stores.outbox.counts():
            return
        await asyncio.sleep(0.02)


async def _emit(stores: Stores, order: Order, wake: Callable[[], None]) -> None:
    """New signals in one transaction, a step of each former one in another; what exists already changes nothing."""
    STAGE.set("emit")
    for number in (order.number - 1, order.number):
        made = [issued(NOW + (PER_LIFE * number + i) * HOUR) for i in range(PER_LIFE)]
        rows = [_message(one.signal_id, NEW_SIGNAL, to) for one in made for to in order.destinations]
        await stores.signals.emit_many(made, rows)
        wake()
    for state in (SignalState.ENTERED, SignalState.TARGET_1):
        steps = [
            _step(issued(NOW + (PER_LIFE * (order.number - 1) + i) * HOUR).signal_id, state) for i in range(PER_LIFE)
        ]
        edits = [_message(s.signal_id, event_of(s), to) for s in steps for to in order.destinations]
        await stores.signals.add_transitions(steps, edits)
        wake()
        await asyncio.sleep(0.01)


def _step(signal_id: str, state: SignalState) -> Transition:
    late = timedelta(minutes=1 if state is SignalState.ENTERED else 2)
    return Transition(signal_id, state, NOW + 100_000 * HOUR + late, 100.0)


def _message(signal_id: str, event: str, destination: str) -> Outgoing:
    stream = stream_of(signal_id)
    payload = BroadcastMessage(title_of(stream), (event,), visible_id(stream)).payload()
    now = SystemClock().now()
    return Outgoing(stream, event, destination, payload, now, edits=event != NEW_SIGNAL)


def title_of(stream: str) -> str:
    """What the peer shows as the title of a stream's message."""
    return f"BUY {stream}"


@asynccontextmanager
async def _notifier(order: Order) -> AsyncIterator[Notifier]:
    if order.platform == "discord":
        discord.http.Route.BASE = f"{order.base}/api/v10"
        on_discord = DiscordNotifier()
        async with discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30.0) as client:
            await client.login("loopback.bot.token")
            on_discord.attach(client)
            yield on_discord
        return
    requests = [HTTPXRequest(connection_pool_size=8, httpx_kwargs={"verify": False}) for _ in range(2)]
    token = "123456789:AAloopbackloopbackloopbackloopback0"
    account: ExtBot[None] = ExtBot(
        token, f"{order.base}/bot", f"{order.base}/file/bot", request=requests[0], get_updates_request=requests[1]
    )
    async with account:
        on_telegram = TelegramNotifier()
        on_telegram.attach(account)
        yield on_telegram
