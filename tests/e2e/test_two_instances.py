"""Two instances on one database, from two data folders: the second is out, and takes over after a kill.

`DESKMATE_INSTANCES=20` runs twenty rounds; the suite runs two. Every other round the lock beside the database's file is
taken away, as if the two were on different machines: only the lease is left then. The times are printed (`-s`).
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from signals.clock import SystemClock
from storage.database import Database
from storage.stores import Stores
from tests.e2e.processes import Desk

pytestmark = pytest.mark.may_block(reason="waits for processes")
ROUNDS = int(os.environ.get("DESKMATE_INSTANCES", "2"))
LIMIT_S = 90.0
DONE = re.compile(r"\] (\w+) (\S+Z) done: ")
READY = "the timetable runs"
FAST = {f"SCHEDULE_{job}_S": "2" for job in ("SYNC", "INDICATORS", "SIGNALS", "INGEST")} | {
    "SCHEDULE_PICKUP_S": "1",
    "SCHEDULE_LEASE_S": "3",
    "SCHEDULE_TUNE_S": "604800",
    "MARKET_SOURCE": "simulated",
    "MARKET_NOW": "",
    "MARKET_SYMBOLS": "ETH/USDT",
    "MARKET_HISTORY_BARS": "300",
    "LLM_PROVIDER": "none",
}


@dataclass
class Instance:
    """`deskmate run` on a data folder of its own, and what it logs."""

    desk: Desk
    log: Path
    process: asyncio.subprocess.Process | None = None
    ended: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, name: str) -> Instance:
        own = folder / name
        own.mkdir()
        url = f"sqlite+aiosqlite:///{folder / 'shared.db'}"
        return cls(Desk(own, FAST | {"DATABASE_URL": url}), folder / f"{name}.log")

    async def start(self) -> None:
        with self.log.open("ab") as file:
            command = (sys.executable, "-m", "bot", "run")
            self.process = await asyncio.create_subprocess_exec(
                *command, env=self.desk.env, cwd=self.desk.folder, stdout=file, stderr=file
            )

    def told(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    async def until(self, what: Callable[[], bool]) -> float:
        """Seconds until it is so."""
        began = time.monotonic()
        while not what():
            if time.monotonic() - began > LIMIT_S:
                pytest.fail(f"not within {LIMIT_S:.0f} s:\n{self.told()[-3000:]}")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def end(self, number: int) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), LIMIT_S)

    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid


async def test_the_second_is_out_and_takes_over_when_the_first_is_killed(tmp_path: Path) -> None:
    serving, waiting = Instance.at(tmp_path, "one"), Instance.at(tmp_path, "two")
    rng = random.Random(5)
    took: list[tuple[str, float, float]] = []
    await serving.start()
    try:
        await serving.until(lambda: READY in serving.told())
        for number in range(ROUNDS):
            by_lease = number % 2 == 1
            if by_lease:
                (tmp_path / "shared.db.lock").unlink()
            out_s = await refused(waiting, serving)
            await asyncio.sleep(rng.uniform(0, 4))  # somewhere in its work
            await serving.end(signal.SIGKILL)
            took.append(("lease" if by_lease else "lock", round(out_s, 1), round(await taken_over(waiting), 1)))
            serving, waiting = waiting, serving
        await serving.until(lambda: len(DONE.findall(serving.told())) > len(took))
        began = time.monotonic()
        status = await serving.end(signal.SIGTERM)
        stopped_s = time.monotonic() - began
    finally:
        for one in (serving, waiting):
            if one.process is not None and one.process.returncode is None:
                await one.end(signal.SIGKILL)

    late = sum(out_s > 10 or over_s > 30 for _, out_s, over_s in took)
    load = os.getloadavg()[0]
    print(f"(out, taken over) in seconds: {took}; {late} late; stopped in {stopped_s:.1f} s; load {load:.1f}")
    done = Counter(DONE.findall(serving.told() + waiting.told()))
    assert [key for key, n in done.items() if n > 1] == []
    assert status == 0
    assert "Traceback" not in serving.told() + waiting.told()
    assert await left_running(tmp_path) == 0


async def refused(second: Instance, first: Instance) -> float:
    """Start the second; it ends, naming the first. Seconds that took."""
    told = len(second.told())
    began = time.monotonic()
    await second.start()
    assert second.process is not None
    status = await asyncio.wait_for(second.process.wait(), LIMIT_S)
    assert status == 2
    assert f"this database is in use by deskmate run, process {first.pid()} on " in second.told()[told:]
    assert first.process is not None
    assert first.process.returncode is None
    return time.monotonic() - began


async def taken_over(second: Instance) -> float:
    """Start the second and wait until it serves. Seconds that took."""
    ready = second.told().count(READY)
    await second.start()
    return await second.until(lambda: second.told().count(READY) > ready)


async def left_running(folder: Path) -> int:
    """Slots that nobody may take up although everybody has gone in order."""
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'shared.db'}")
    try:
        stores = Stores.of(database)
        lease = await stores.leases.look("run")
        assert lease is not None
        assert lease.holder == ""
        now = SystemClock().now()
        runs = await stores.job_runs.newest(None, 200)
        return sum(run.state == "running" and run.lease_until > now for run in runs)
    finally:
        await database.close()
