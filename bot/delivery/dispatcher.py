"""Sends what the outbox holds: claims, calls the platform, settles. A crash at any point loses and doubles nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import uuid4

from bot.delivery.budgets import Budgets
from bot.delivery.courier import Courier, Parcel
from bot.delivery.notices import held_notice, missed_line
from bot.delivery.notifier import Notifier
from bot.delivery.recovery import take_up
from bot.delivery.rules import Desk
from signals.clock import from_ms, to_ms
from signals.errors import TemporaryError
from storage.delivery_values import Settled, platform_of
from storage.outbox import Due
from storage.stores import Stores

log = logging.getLogger(__name__)


@dataclass
class Flight:
    """What is on its way: the task of each destination, and results that are not written yet."""

    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    results: list[Settled] = field(default_factory=list)


class Dispatcher:
    """One message at a time per destination, destinations side by side. Belongs to one event loop; runs once."""

    def __init__(self, stores: Stores, notifiers: Sequence[Notifier], desk: Desk) -> None:
        self._stores = stores
        self._notifiers = {notifier.platform: notifier for notifier in notifiers}
        self._desk = desk
        self._rules = desk.rules
        self._clock = desk.clock
        self._monotonic = desk.monotonic
        self._budgets = Budgets(desk.limits)
        self._courier = Courier(stores, desk, self._budgets)
        self._holder = uuid4().hex
        self._flight = Flight()
        self._woken = asyncio.Event()
        self._recovered = False
        self._look_at = float("-inf")
        for notifier in notifiers:
            notifier.listen(self.wake)

    def wake(self) -> None:
        """There is something new to send, or a platform has become ready."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; then nothing new is claimed, and what is on its way has seconds to finish.

        What has not finished stays marked as being sent: the next start finds out what became of it.
        """
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                wait_s = await self._round_or_rest()
                await self._wait(stopping, wait_s)
        finally:
            stopping.cancel()
            await self._finish()

    async def _round_or_rest(self) -> float:
        try:
            return await self.round()
        except TemporaryError as e:  # nothing was saved: results stay here, new rows stay where they are
            log.warning("delivery waits for the database: %s", e)
        except Exception:
            log.exception("a round of deliveries failed")
        return self._rules.trouble_s

    async def round(self) -> float:
        """Settle what has finished, end what is out of date, send what may be sent; seconds until the next is due."""
        if not self._recovered:
            await take_up(self._stores, self._notifiers, self._holder, self._desk)
            self._recovered = True
        await self._settle()
        now = self._now()
        if self._monotonic() >= self._look_at:
            await self._stores.outbox.expire(now, missed_line)
            self._look_at = self._monotonic() + self._rules.look_every_s
        wait_s = await self._send_due()
        if self._flight.tasks:
            return min(wait_s, self._rules.look_every_s)
        next_at = await self._stores.outbox.next_at(now)
        if next_at is not None:
            due_s = (next_at - self._now()).total_seconds()
            wait_s = min(wait_s, max(due_s, self._look_at - self._monotonic(), 0.0))
        return wait_s

    async def landed(self, limit_s: float) -> int:
        """Wait until what is on its way has its answer; how many have none in time. The answers are not written yet."""
        tasks = tuple(self._flight.tasks.values())
        return len((await asyncio.wait(tasks, timeout=limit_s))[1]) if tasks else 0

    async def _send_due(self) -> float:
        now = self._monotonic()
        ready = {name for name, one in self._notifiers.items() if one.ready()}
        free_at = {name: self._budgets.platform_free_at(name, now) for name in ready}
        free = {name for name, at in free_at.items() if at <= now}
        wait_s = min((at - now for at in free_at.values() if at > now), default=self._rules.longest_wait_s)
        if not free or len(self._flight.tasks) >= self._rules.at_once:
            return wait_s
        chosen: list[Due] = []
        for due in await self._stores.outbox.due(self._now()):
            platform = platform_of(due.destination)
            if platform not in free or due.destination in self._flight.tasks:
                continue
            at = self._budgets.free_at(due.reached_at, now)
            if at > now:
                wait_s = min(wait_s, at - now)
            elif len(self._flight.tasks) + len(chosen) < self._rules.at_once:
                self._budgets.take(due.reached_at, now)
                chosen.append(due)
                if self._budgets.platform_free_at(platform, now) > now:
                    free.discard(platform)
                    wait_s = min(wait_s, self._budgets.platform_free_at(platform, now) - now)
        await self._claim_and_send(chosen)
        return wait_s

    async def _claim_and_send(self, chosen: Sequence[Due]) -> None:
        now = self._now()
        routes = {due.destination: due.reached_at for due in chosen}
        for row in await self._stores.outbox.claim([due.seq for due in chosen], self._holder, now):
            notifier = self._notifiers[platform_of(row.destination)]
            parcel = Parcel(row, routes[row.destination], notifier, doubtful=row.tried_at != now)
            self._flight.tasks[row.destination] = asyncio.create_task(self._deliver(parcel))

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            settled = await self._courier.deliver(parcel)
        except TemporaryError as e:
            settled = self._courier.postponed(parcel, str(e))
        except Exception as e:
            log.exception("delivery of %s failed", parcel.row.key)
            settled = self._courier.unclear(parcel, f"a bug: {type(e).__name__}")
        self._flight.results.append(settled)
        del self._flight.tasks[parcel.row.destination]
        self.wake()

    async def _settle(self) -> None:
        results = tuple(self._flight.results)
        if not results:
            return
        word = partial(held_notice, self._desk.owners, at=self._now())
        held = await self._stores.outbox.settle(results, word)
        del self._flight.results[: len(results)]
        if held != len(results):
            log.error("%d results were of rows that another process had taken over", len(results) - held)

    async def _wait(self, stopping: asyncio.Task[bool], wait_s: float) -> None:
        woken = asyncio.create_task(self._woken.wait())
        gather_s = self._rules.gather_s
        await asyncio.wait((stopping, woken), timeout=max(wait_s, gather_s), return_when=asyncio.FIRST_COMPLETED)
        more = woken.done() and bool(self._flight.tasks)  # answers are about to come: one transaction for them
        woken.cancel()
        if more:
            await asyncio.wait((stopping,), timeout=gather_s)

    async def _finish(self) -> None:
        """Never cancels a call that runs: it may be half way, and discord.py would keep a limit closed for ever."""
        late = await self.landed(self._rules.finish_s)
        if late:
            log.warning("%d messages did not finish in time; the next start finds out about them", late)
        try:
            await self._settle()
        except TemporaryError as e:
            log.warning("what was sent last is not noted, the next start finds out about it: %s", e)

    def _now(self) -> datetime:
        return from_ms(to_ms(self._clock.now()))
