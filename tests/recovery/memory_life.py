"""What a life does to the database: a person's writes, or a cycle of the timetable; each commit is acknowledged.

A life says on a pipe, a JSON line each, what it is about to write (`try`) and what was committed (`did`).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from bot.jobs.cycle import RulesCycle
from bot.jobs.sync import SyncCandles, SyncRules
from rag.desk import Desk
from rag.ingest import Ingestor
from signals.clock import iso
from signals.errors import DeskmateError
from signals.model import Series, SignalState, Timeframe
from storage.audit import AuditEntry
from storage.database import Database
from storage.delivery_values import NEW_SIGNAL, Destination, Outgoing, Preferences, event_of, stream_of
from storage.people import RoleRow
from storage.stores import Stores
from tests.bot.worlds import HandClock, ScriptedSource, candles, desk_rules, watch
from tests.recovery.faulty_sqlite import Faults
from tests.storage.builders import HOUR, NOW, issued, trade, transition

OWNER = "terminal:local"
TRIES = 12
PLACES = ("discord:channel:1", "telegram:chat:2")


@dataclass(frozen=True)
class Order:
    """`kind` is writes or cycle; `number` makes lives differ; the `nth` call of kind `fault` goes wrong by `mode`."""

    url: str
    kind: str
    number: int
    nth: int = 0
    mode: str = ""
    fault: str = ""


class Said:
    """The pipe to whoever watches."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def line(self, word: str, key: str, value: Any = True) -> None:
        os.write(self._pipe, (json.dumps([word, key, value]) + "\n").encode())


async def live(order: Order, pipe: int) -> None:
    """A life from its opening of the database to its end."""
    said, faults = Said(pipe), Faults(order.nth, order.mode, order.fault)
    if order.kind == "cycle":
        faults.install()
    database = await again(lambda: Database.open(order.url))
    stores = Stores.of(database)
    await (user_writes(stores, order, said) if order.kind == "writes" else cycle(stores, order, said))
    await database.close()
    said.line("calls", faults.hit, faults.counts)


async def again(work: Callable[[], Awaitable[Any]]) -> Any:
    """Try as the timetable does: whatever Deskmate explains may pass; anything else is a bug and ends the life."""
    for _ in range(TRIES - 1):
        try:
            return await work()
        except DeskmateError:
            await asyncio.sleep(0)
    return await work()


async def user_writes(stores: Stores, order: Order, said: Said) -> None:
    """Trades with notes, wishes, choices, roles and places, one after the other, until somebody kills it."""
    chance = random.Random(order.number)
    for i in range(10_000):
        kind = chance.choice(tuple(WRITES))
        key, value = f"{kind}/{chance.randrange(12)}", f"{order.number}.{i}"
        event = f"{order.number}-{i}"
        said.line("try", key, value)
        said.line("try", f"audit/{event}")
        await WRITES[kind](stores, key, value)
        said.line("did", key, value)
        await stores.audit.add(AuditEntry(NOW, OWNER, OWNER, event, "done"))
        said.line("did", f"audit/{event}")


async def _trade(stores: Stores, key: str, value: str) -> None:
    await stores.trades.save(trade(key, note=value))


async def _wish(stores: Stores, key: str, value: str) -> None:
    await stores.subscriptions.save(Preferences(key, NOW, symbols=(value,)))


async def _choice(stores: Stores, key: str, value: str) -> None:
    await stores.choices.save(key, value, OWNER, NOW)


async def _role(stores: Stores, key: str, value: str) -> None:
    await stores.people.set_role(RoleRow(key, value, OWNER, NOW))


async def _place(stores: Stores, key: str, value: str) -> None:
    await stores.destinations.save(Destination(key, OWNER, on=True, changed_at=NOW, reason=value))


async def _gone(stores: Stores, key: str, value: str) -> None:
    """A trade that is written, closed and deleted again: none is left."""
    await stores.trades.save(trade(key, note=value))
    await stores.trades.delete(key, OWNER)


WRITES: dict[str, Callable[[Stores, str, str], Awaitable[None]]] = {
    "trade": _trade,
    "wish": _wish,
    "choice": _choice,
    "role": _role,
    "place": _place,
    "gone": _gone,
}


async def cycle(stores: Stores, order: Order, said: Said) -> None:
    """An hour of the timetable: candles, indicators, signals with messages, their lives, delivery, documents."""
    now = NOW + order.number * HOUR
    clock = HandClock(now)
    source = ScriptedSource(clock)
    source.put("ETH/USDT", candles(Series("binance", "ETH/USDT", Timeframe.H1), 260 + order.number, until=now))
    looked = watch()
    sync = SyncCandles(stores, (source,), looked, SyncRules(260, 1))
    rules = RulesCycle(stores, Desk(stores, desk_rules()), looked)
    ingestor = Ingestor(stores, None, None, clock)
    run = await again(lambda: stores.job_runs.claim("cycle", now, str(os.getpid()), 60, now))
    await again(lambda: sync.run(clock))
    said.line("did", f"bar/{iso(now - HOUR)}")
    await again(lambda: rules.update_indicators(clock))
    await again(lambda: rules.emit(clock))
    await _issue(stores, now, said)
    await _deliver(stores, now, said)
    await again(lambda: stores.trades.save(replace(trade(f"trade {order.number}"), note="written in the cycle")))
    said.line("did", f"trade/trade {order.number}")
    await again(ingestor.sweep_all)
    said.line("did", f"document/trade:trade {order.number}")
    if run is not None:
        await again(lambda: stores.job_runs.finish(run, "done", "", now))
        said.line("did", f"run/{iso(now)}")


async def _issue(stores: Stores, now: datetime, said: Said) -> None:
    one = issued(now - HOUR)
    step = transition(one, SignalState.ENTERED, now)
    stream = stream_of(one.signal_id)
    told = [Outgoing(stream, NEW_SIGNAL, to, {"title": one.signal_id}, now) for to in PLACES]
    edits = [Outgoing(stream, event_of(step), to, {"title": "entered"}, now, edits=True) for to in PLACES]
    await again(lambda: stores.signals.emit_many([one], told))
    said.line("did", f"signal/{one.signal_id}")
    for row in told:
        said.line("did", f"outbox/{row.key}")
    await again(lambda: stores.signals.add_transitions([step], edits))
    for row in edits:
        said.line("did", f"outbox/{row.key}")


async def _deliver(stores: Stores, now: datetime, said: Said) -> None:
    holder = str(os.getpid())
    await again(lambda: stores.outbox.take_over(holder))
    due = await again(lambda: stores.outbox.due(now))
    for row in await again(lambda: stores.outbox.claim([one.seq for one in due], holder, now)):
        await again(lambda row=row: stores.outbox.sent(row, f"m{row.seq}", now))
        said.line("did", f"sent/{row.key}")


def order_line(order: Order, after_s: float | None) -> str:
    """An order as the fork server reads it."""
    return json.dumps(asdict(order) | {"after_s": after_s}) + "\n"
