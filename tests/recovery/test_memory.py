"""Kills, I/O errors and full disks in the middle of writes: what was acknowledged is there, once, and the file sound.

`RECOVERY_KILLS` multiplies the kills of user writes (50 here, 500 with 10), `RECOVERY_FAULTS` is the number of system
calls of a cycle at which something goes wrong (25 here; 200 in full).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from signals.clock import iso, to_ms
from tests.e2e.processes import ROOT
from tests.recovery import faulty_sqlite
from tests.recovery.memory_life import Order, order_line
from tests.storage.builders import HOUR, NOW
from tests.storage.conftest import migrated_file, sqlite_url  # noqa: F401 - a fixture

KILLS = 50 * int(os.environ.get("RECOVERY_KILLS", "1"))
FAULTS = int(os.environ.get("RECOVERY_FAULTS", "25"))
LATEST_S = 0.25
SHARES = ("write", "sync", "write", "read", "size", "write", "sync", "read")  # not as they come: reads are most of them
VALUES = {
    "wish": "SELECT address, json_extract(symbols, '$[0]') FROM preferences",
    "choice": "SELECT name, value FROM choices",
    "role": "SELECT identity, role FROM roles",
    "place": "SELECT address, reason FROM destinations",
    "trade": "SELECT trade_id, note FROM trades WHERE trade_id LIKE 'trade/%'",
    "gone": "SELECT trade_id, note FROM trades WHERE trade_id LIKE 'gone/%'",
    "audit": "SELECT 'audit/' || act, 1 FROM audit_log",
}


class Lives:
    """The fork server of `memory_life`, one life at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def one(self, order: Order, after_s: float | None = None) -> tuple[bool, list[list[Any]]]:
        """Whether it was killed, and what it said. A life that ends in an error fails the test."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order_line(order, after_s).encode())
        told = json.loads(await self._process.stdout.readline())
        assert told["killed"] or told["status"] == 0, f"{order} ended in an error, which is printed above"
        return bool(told["killed"]), told["said"]


@asynccontextmanager
async def fork_server() -> AsyncIterator[Lives]:
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.recovery.memory_server"),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        assert json.loads(await process.stdout.readline()) == {"ready": True}
        yield Lives(process)
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:  # noqa: F811 - the fixture
    return Path(shutil.copy(migrated_file, tmp_path / "deskmate.db"))


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def is_sound(file: Path) -> bool:
    return rows(file, "PRAGMA integrity_check") == [("ok",)] and not rows(file, "PRAGMA foreign_key_check")


async def test_kills_during_a_persons_writes_lose_and_double_nothing(file: Path) -> None:
    chance = random.Random(5)
    expected: dict[str, Any] = {}
    writes = kills = lives = 0
    async with fork_server() as server:
        while kills < KILLS:
            lives += 1
            assert lives < 2 * KILLS + 10
            killed, said = await server.one(Order(sqlite_url(file), "writes", lives), chance.uniform(0, LATEST_S))
            kills += killed
            in_flight: dict[str, Any] = {}
            for word, key, value in said:
                if word == "try":
                    in_flight[key] = value
                if word == "did":
                    expected[key] = None if key.startswith("gone/") else value
                    in_flight.pop(key, None)
                    writes += 1
            now = values_of(file)
            for key, value in expected.items():
                begun = {in_flight[key], None} if key.startswith("gone/") and key in in_flight else set()
                begun |= {in_flight.get(key, value)}  # a trade that goes again is written first and deleted then
                assert now.get(key) in {value} | begun, f"{key} was acknowledged as {value}"
            assert set(now) <= set(expected) | set(in_flight)
            expected |= {key: now.get(key) for key in in_flight}
    print(f"{kills} kills in {lives} lives during {writes} acknowledged writes: none lost, none twice")
    assert is_sound(file)
    assert writes > 2 * KILLS


def values_of(file: Path) -> dict[str, Any]:
    """What a person has written, by key; a key that is there twice fails the test."""
    found = [row for query in VALUES.values() for row in rows(file, query)]
    assert len({key for key, _ in found}) == len(found), "written twice"
    return {key: value == 1 if key.startswith("audit/") else value for key, value in found}


@pytest.mark.skipif(faulty_sqlite.available() is not None, reason=str(faulty_sqlite.available()))
async def test_faults_at_system_calls_of_a_cycle_lose_nothing_and_the_cycle_goes_on(file: Path) -> None:
    told: Counter[str] = Counter()
    at: Counter[str] = Counter()
    aimed: Counter[str] = Counter()
    async with fork_server() as server:
        url = sqlite_url(file)
        await server.one(Order(url, "cycle", 0))
        _, said = await server.one(Order(url, "cycle", 1))
        calls = said[-1][2]
        acknowledged: set[str] = set()
        for i in range(FAULTS):
            number, mode, kind = 2 + i, faulty_sqlite.MODES[i % 5], SHARES[i % len(SHARES)]
            nth = 1 + int(0.95 * calls[kind] * i / FAULTS)
            killed, said = await server.one(Order(url, "cycle", number, nth, mode, kind))
            told[mode] += 1
            hit = killed or bool(said[-1][1])
            at["killed" if killed else said[-1][1] or "none"] += 1
            aimed[kind] += hit
            acknowledged |= {key for word, key, _ in said if word == "did"}
            if killed:
                assert acknowledged <= set(state_of(file)), f"{mode} at call {nth}: lost"
                again, said = await server.one(Order(url, "cycle", number))
                assert not again
                acknowledged |= {key for word, key, _ in said if word == "did"}
            there = state_of(file)
            assert is_sound(file), (mode, nth)
            assert acknowledged <= set(there), f"{mode} at call {nth}: lost {sorted(acknowledged - set(there))[:5]}"
            assert max(there.values()) == 1, f"{mode} at call {nth}: written twice"
        last, _ = await server.one(Order(url, "cycle", 2 + FAULTS))
    done = Counter(key.partition("/")[0] for key in state_of(file))
    issued = [key for key in state_of(file) if key.startswith("signal/replay:")]
    print(f"{dict(told)} of {FAULTS}, by kind {dict(aimed)} (in {dict(at)}) of {calls} system calls of a cycle:")
    print(f"{len(acknowledged)} acknowledged, {dict(done)}")
    assert not last
    assert all(calls[kind] for kind in SHARES)
    assert all(aimed[kind] >= FAULTS // len(SHARES) * SHARES.count(kind) - FAULTS // 10 for kind in SHARES)
    assert at["none"] <= FAULTS // 10
    assert len(issued) == 3 + FAULTS


def state_of(file: Path) -> Counter[str]:
    """Every record that a cycle acknowledges, and how often it is there."""
    found: Counter[str] = Counter()
    queries = {
        "signal": "SELECT signal_id FROM signals",
        "outbox": "SELECT key FROM outbox",
        "sent": "SELECT key FROM outbox WHERE state = 'sent'",
        "trade": "SELECT trade_id FROM trades",
        "document": "SELECT doc_id FROM documents",
    }
    for word, query in queries.items():
        found.update(f"{word}/{row[0]}" for row in rows(file, query))
    times = {to_ms(NOW + n * HOUR): iso(NOW + n * HOUR) for n in range(-300, 300)}
    found.update(f"bar/{times[ms]}" for (ms,) in rows(file, "SELECT open_ms FROM candles"))
    found.update(f"run/{times[ms]}" for (ms,) in rows(file, "SELECT slot FROM job_runs WHERE state = 'done'"))
    return found


async def test_a_write_that_is_never_committed_is_found_out(file: Path) -> None:
    """The comparison itself: an acknowledged row that is taken away is missed."""
    async with fork_server() as server:
        _, said = await server.one(Order(sqlite_url(file), "cycle", 0))
    acknowledged = {key for word, key, _ in said if word == "did"}
    assert acknowledged <= set(state_of(file))

    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)")
        connection.commit()

    assert not acknowledged <= set(state_of(file))
