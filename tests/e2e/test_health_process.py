"""`deskmate run` on a disk that is full for a while: it says so, and goes on by itself."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.e2e.processes import Desk, Ended

pytestmark = [
    pytest.mark.may_block(reason="waits for processes"),
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="another process's limits can be set on Linux only"),
]
LIMIT_S = 120.0
NOTHING_MORE = 0  # bytes that a file may have: every write fails, as on a full disk


def desk_at(folder: Path) -> Desk:
    own = {
        "MARKET_SOURCE": "simulated",
        "MARKET_NOW": "",
        "MARKET_SYMBOLS": "ETH/USDT",
        "MARKET_HISTORY_BARS": "260",
        "LLM_PROVIDER": "none",
        "EMBEDDING_MODEL_DIR": str(folder / "nothing"),
        **{f"SCHEDULE_{job}_S": "3" for job in ("SYNC", "INDICATORS", "SIGNALS", "INGEST")},
    }
    return Desk(folder, own)


@asynccontextmanager
async def running(desk: Desk, said: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=desk.env,
        cwd=desk.folder,
        stderr=asyncio.subprocess.PIPE,  # a file would be full too
    )

    async def listen() -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            said.append(line.decode(errors="replace"))

    listening = asyncio.create_task(listen())
    try:
        yield process
    finally:
        if process.returncode is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (-1, -1))
            process.terminate()
            await process.wait()
        await listening


async def until(desk: Desk, status: int) -> tuple[Ended, float]:
    """Ask for the health until its exit status is this one; with the seconds that took."""
    began = time.monotonic()
    while True:
        ended = await asyncio.to_thread(desk.run, "health", "--json")
        took_s = time.monotonic() - began
        if ended.status == status:
            return ended, took_s
        assert took_s < LIMIT_S, ended.out + ended.err


async def heard(said: list[str], what: str) -> None:
    began = time.monotonic()
    while not any(what in line for line in said):
        assert time.monotonic() - began < LIMIT_S, "".join(said)[-3000:]
        await asyncio.sleep(0.1)


def service_of(ended: Ended) -> str:
    return str(next(part["text"] for part in ended.json["parts"] if part["part"] == "service"))


def done_jobs(desk: Desk) -> int:
    with closing(sqlite3.connect(desk.folder / "data" / "deskmate.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM job_runs WHERE state = 'done'").fetchone()[0])


async def rising(count: Callable[[], int]) -> None:
    before, began = count(), time.monotonic()
    while count() <= before:
        assert time.monotonic() - began < LIMIT_S
        await asyncio.sleep(0.2)


async def test_a_full_disk_is_red_and_green_again_without_a_restart(tmp_path: Path) -> None:
    desk, said = desk_at(tmp_path), []  # type: ignore[var-annotated]
    stopped = await asyncio.to_thread(desk.run, "health", "--json")

    async with running(desk, said) as process:
        healthy, _ = await until(desk, 0)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (NOTHING_MORE, -1))
        red, red_s = await until(desk, 1)
        await heard(said, "health is red: nothing can be saved")
        frozen = done_jobs(desk)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        _, green_s = await until(desk, 0)
        await heard(said, "health is green again")
        await rising(lambda: done_jobs(desk))
        thawed = done_jobs(desk)
        process.kill()
        await process.wait()
        killed = await asyncio.to_thread(desk.run, "health", "--json")

    print(f"red after {red_s:.1f} s, green after {green_s:.1f} s")
    assert (stopped.status, killed.status) == (1, 1)
    assert "at work and saves" in service_of(healthy)
    assert "has saved nothing" in service_of(red)
    assert "has saved nothing" in service_of(killed)
    assert thawed > frozen
    assert "Traceback" not in "".join(said)
    with closing(sqlite3.connect(tmp_path / "data" / "deskmate.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
