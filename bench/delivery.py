"""What a broadcast costs: own CPU per message at 1,000 destinations, and how soon all of them have it.

python bench/delivery.py [--json] [--runs N] [--live]

The platform is a null one that renders the real message and answers at once; time is simulated, so that the pace is the
platforms' limits and nothing else. Peer: a bare loop over `sqlite3` that writes the same rows and marks each message
before and after it, with a commit for each mark.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from measure import Claim, Timing, one_thread, options

one_thread()

from bot.delivery.dispatcher import Dispatcher  # noqa: E402
from bot.delivery.message import BroadcastMessage, visible_id  # noqa: E402
from bot.delivery.notifier import Outcome, Sent  # noqa: E402
from bot.delivery.rules import DeliveryRules, Desk  # noqa: E402
from bot.discord_adapter.broadcast import broadcast as on_discord  # noqa: E402
from bot.discord_adapter.wire import for_send  # noqa: E402
from bot.telegram_adapter.broadcast import broadcast as on_telegram  # noqa: E402
from signals.clock import SystemClock  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.delivery_values import NEW_SIGNAL, Outgoing, RowState  # noqa: E402
from storage.migrate import upgrade  # noqa: E402
from storage.stores import Stores  # noqa: E402

DESTINATIONS = 1000
GATHER_S = DeliveryRules().gather_s
START = datetime(2026, 1, 1, tzinfo=UTC)
STREAM = "signal:replay:BTC/USDT:1h:2026-01-01T00:00:00Z"
LINES = (
    "BTC/USDT 1h · long · confidence 71 % of 212",
    "Entry 100,250 – 100,400 · stop 99,100",
    "Targets 101,800 · 103,000 · reward/risk 1.9",
    "Three voters agree: trend, breakout, mean reversion.",
)
MESSAGE = BroadcastMessage("BUY BTC/USDT 1h", LINES, visible_id(STREAM), "rules only", "good", (("Why", "why:abc"),))


@dataclass
class Time:
    """A clock that is moved by hand."""

    passed_s: float = 0.0

    def now(self) -> datetime:
        """The simulated moment."""
        return START + timedelta(seconds=self.passed_s)


@dataclass
class NullNotifier:
    """Renders and says that it arrived."""

    platform: str
    render: Callable[[BroadcastMessage], object]
    repeats_for: timedelta = timedelta(seconds=90)
    can_find: bool = True
    count: int = 0
    slowness: random.Random | None = None
    all_told: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, on_ready: Callable[[], None]) -> None:
        """It always is."""

    def ready(self) -> bool:
        """Always."""
        return True

    async def send(self, address: str, payload: Mapping[str, Any], key: str) -> Outcome:  # noqa: ARG002
        """Rendered, and thrown away."""
        self.render(BroadcastMessage.of(payload))
        if self.slowness is not None:
            await asyncio.sleep(self.slowness.uniform(0.05, 0.3))
        self.count += 1
        if self.count == DESTINATIONS:
            self.all_told.set()
        return Sent(str(self.count))

    async def edit(self, address: str, message_id: str, payload: Mapping[str, Any]) -> Outcome:  # noqa: ARG002
        """Not asked here."""
        return Sent(message_id)

    async def find(self, address: str, visible_id: str, since: datetime) -> str | None:  # noqa: ARG002
        """Not asked here."""
        return None


@dataclass
class Run:
    """CPU and simulated seconds of one broadcast to everybody."""

    write: list[float] = field(default_factory=list)
    send: list[float] = field(default_factory=list)
    simulated: list[float] = field(default_factory=list)


PLATFORMS: dict[str, tuple[str, Callable[[BroadcastMessage], object], float]] = {
    "discord": ("discord:channel:{}", lambda message: for_send(on_discord(message)), 50.0),
    "telegram": ("telegram:chat:{}", on_telegram, 30.0),
}


@asynccontextmanager
async def stores_in(folder: str) -> AsyncIterator[Stores]:
    """Stores over a fresh database."""
    url = f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
    await upgrade(url)
    database = await Database.open(url)
    try:
        yield Stores.of(database)
    finally:
        await database.close()


async def deliver(platform: str, run: Run) -> None:
    """One message to every destination, from the write to the last mark."""
    pattern, render, _ = PLATFORMS[platform]
    with tempfile.TemporaryDirectory() as folder:
        async with stores_in(folder) as stores:
            began = time.process_time()
            places = [pattern.format(10**17 + i) for i in range(DESTINATIONS)]
            await stores.outbox.add([Outgoing(STREAM, NEW_SIGNAL, to, MESSAGE.payload(), START) for to in places])
            run.write.append(time.process_time() - began)
            clock, notifier = Time(), NullNotifier(platform, render)
            desk = Desk(clock, monotonic=lambda: clock.passed_s)
            began = time.process_time()
            await _all_sent(Dispatcher(stores, [notifier], desk), notifier, clock)
            run.send.append(time.process_time() - began)
            run.simulated.append(clock.passed_s)
            counts = await stores.outbox.counts()
    assert counts.of(RowState.SENT) == notifier.count == DESTINATIONS


async def deliver_live(platform: str, run: Run) -> None:
    """The same by the real clock with answers after 50 to 300 ms: results come one by one, as they do in life."""
    pattern, render, _ = PLATFORMS[platform]
    with tempfile.TemporaryDirectory() as folder:
        async with stores_in(folder) as stores:
            places = [pattern.format(10**17 + i) for i in range(DESTINATIONS)]
            rows = [Outgoing(STREAM, NEW_SIGNAL, to, MESSAGE.payload(), SystemClock().now()) for to in places]
            notifier = NullNotifier(platform, render, slowness=random.Random(1))
            stop, (cpu, wall) = asyncio.Event(), (time.process_time(), time.perf_counter())
            await stores.outbox.add(rows)
            running = asyncio.create_task(Dispatcher(stores, [notifier], Desk(SystemClock())).run(stop))
            await notifier.all_told.wait()
            stop.set()
            await running
            run.write.append(0.0)
            run.send.append(time.process_time() - cpu)
            run.simulated.append(time.perf_counter() - wall)


async def _all_sent(dispatcher: Dispatcher, notifier: NullNotifier, clock: Time) -> None:
    """Rounds as `run` makes them, but that waiting moves the clock."""
    while True:
        before = notifier.count
        wait_s = await dispatcher.round()
        await dispatcher.landed(60.0)
        if notifier.count > before:
            continue
        if notifier.count == DESTINATIONS:
            return
        clock.passed_s += max(wait_s, GATHER_S)


def bare(folder: str) -> float:
    """CPU seconds of the peer."""
    with closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY, key TEXT UNIQUE, payload TEXT, state TEXT)")
        began = time.process_time()
        payload = json.dumps(MESSAGE.payload())
        connection.execute("BEGIN IMMEDIATE")
        rows = ((f"{STREAM}|{i}", payload) for i in range(DESTINATIONS))
        connection.executemany("INSERT INTO outbox (key, payload, state) VALUES (?, ?, 'new')", rows)
        connection.execute("COMMIT")
        for seq in range(1, DESTINATIONS + 1):
            connection.execute("UPDATE outbox SET state = 'sending' WHERE seq = ?", (seq,))
            json.loads(connection.execute("SELECT payload FROM outbox WHERE seq = ?", (seq,)).fetchone()[0])
            connection.execute("UPDATE outbox SET state = 'sent' WHERE seq = ?", (seq,))
        return time.process_time() - began


def main() -> None:
    """Measure, and print what was found."""
    parser = options(__doc__)
    parser.add_argument("--live", action="store_true", help="by the real clock, with answers after 50 to 300 ms")
    asked = parser.parse_args()
    way = deliver_live if asked.live else deliver
    runs = asked.runs or 5
    report: list[dict[str, Any]] = []
    claims: list[Claim] = []
    peer: list[float] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            peer.append(bare(folder) / DESTINATIONS)
    report.append(Timing("peer: bare sqlite3, a message", tuple(peer)).row())
    for platform, (_, _, per_s) in PLATFORMS.items():
        run = Run()
        for _ in range(runs):
            asyncio.run(way(platform, run))
        each = [(w + s) / DESTINATIONS for w, s in zip(run.write, run.send, strict=True)]
        timing = Timing(f"{platform}: CPU of a message, rendered", tuple(each))
        report.append(timing.row() | {"of the peer": round(timing.median / Timing("", tuple(peer)).median, 2)})
        claims.append(Claim(f"CPU of a message to {DESTINATIONS} on {platform}", 1000 * timing.median, 2.0, "ms"))
        fastest_s, took_s = DESTINATIONS / per_s, Timing("", tuple(run.simulated)).median
        report.append({"what": f"{platform}: all told after", "simulated_s": round(took_s, 2), "limit_s": fastest_s})
        what = f"all told on {platform}, of the shortest time that its limit allows"
        claims.append(Claim(what, took_s / fastest_s, 1.3, "times"))
    if asked.json:
        print(json.dumps({"rows": report, "claims": [str(claim) for claim in claims]}))
        return
    for row in report:
        print("  ".join(f"{name}={value}" for name, value in row.items()))
    for claim in claims:
        print(claim)


if __name__ == "__main__":
    main()
