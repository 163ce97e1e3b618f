"""Kills a delivering deskmate again and again, and compares in the end what was said with what the peer shows."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.delivery_values import stream_of
from tests.e2e.processes import ROOT
from tests.recovery.life import POINTS, Order

LATEST_S = 0.12


@dataclass
class Figures:
    """What a run of kills came to. `ambiguous`: sends (not edits) that were cut between claim and mark."""

    kills: int = 0
    sending: int = 0
    lives: int = 0
    ambiguous: set[int] = field(default_factory=set)
    points: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share of kills that left a row in `sending`."""
        return self.sending / self.kills


class Lives:
    """The fork server, and one life at a time in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def one(self, order: Order, after_s: float | None) -> bool:
        """Live; True when it was killed. A life that fails by itself fails the test."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write((json.dumps(vars(order) | {"after_s": after_s}) + "\n").encode())
        told = json.loads(await self._process.stdout.readline())
        assert told["killed"] or told["status"] == 0, "a life ended in an error, which is printed above"
        return bool(told["killed"])


@asynccontextmanager
async def fork_server() -> AsyncIterator[Lives]:
    """A warm process that forks lives."""
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.recovery.fork_server",
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None and process.stdin is not None
        assert json.loads(await process.stdout.readline()) == {"ready": True}
        yield Lives(process)
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def kill_often(lives: Lives, make: Callable[[int], Order], file: Path, wanted: int, seed: int) -> Figures:
    """Lives until so many were killed, half at named points and half at random moments; then one to the end."""
    chance, figures = random.Random(seed), Figures()
    while figures.kills < wanted:
        order, after_s = make(figures.lives), None
        figures.lives += 1
        assert figures.lives < 4 * wanted + 20, "most lives end before they are killed"
        if chance.random() < 0.6:
            point = POINTS[figures.lives % len(POINTS)]
            nth = 1 if point.endswith(("look", "recovery")) else chance.randint(1, 3)
            looks = order.looks or (order.is_guarded and point.endswith("look"))
            order = Order(**(vars(order) | {"point": point, "nth": nth, "looks": looks}))
        else:
            after_s = chance.uniform(0, LATEST_S)
        if await lives.one(order, after_s):
            figures.kills += 1
            figures.points[order.point or "at random"] += 1
            cut = rows_of(file, "state = 'sending'")
            figures.sending += bool(cut)
            figures.ambiguous |= {row["seq"] for row in cut if not row["edits"]}
    assert not await lives.one(make(figures.lives), None)
    return figures


def rows_of(file: Path, where: str = "1") -> list[dict[str, Any]]:
    """Rows of the outbox as they lie in the file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM outbox WHERE {where} ORDER BY seq")]


def issued_streams(file: Path) -> set[str]:
    """The streams of every signal that was stored."""
    with closing(sqlite3.connect(file)) as connection:
        return {stream_of(row[0]) for row in connection.execute("SELECT signal_id FROM signals")}
