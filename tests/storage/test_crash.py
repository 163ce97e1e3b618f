"""A process killed in the middle of its writes: what was acknowledged is there, and the file is sound."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from storage.database import Database
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW
from tests.storage.conftest import sqlite_url

ROOT = Path(__file__).parents[2]
ACKNOWLEDGED = 25

WRITER = """
import asyncio, sys
from storage.database import Database
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW, candles, document, issued, trade

async def write(url):
    stores = Stores.of(await Database.open(url))
    for i in range(100_000):
        await stores.signals.emit(issued(NOW - i * HOUR))
        await stores.trades.save(trade(str(i)))
        await stores.documents.upsert([document(str(i))])
        await stores.candles.save(candles(bars=20 + i))
        print(i, flush=True)

asyncio.run(write(sys.argv[1]))
"""


def _kill_in_the_middle(url: str) -> int:
    """The last number that the writer acknowledged before it was killed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) == ACKNOWLEDGED:
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
    return int(rest[-1]) if rest else ACKNOWLEDGED


async def test_after_a_kill_all_that_was_acknowledged_is_there(sqlite_file: Path) -> None:
    last = await asyncio.to_thread(_kill_in_the_middle, sqlite_url(sqlite_file))

    database = await Database.open(sqlite_url(sqlite_file))
    stores = Stores.of(database)
    try:
        await database.check()
        emitted = await stores.signals.latest(NOW + HOUR, 10**6)
        trades = await stores.trades.of_owner("terminal:local", NOW)
        marks = {(mark.type, mark.pk) for mark in await stores.marks.pending(10**6)}
        assert last + 1 <= len(emitted) <= last + 2
        assert {str(i) for i in range(last + 1)} <= {trade.trade_id for trade in trades}
        assert {f"signal:{i}" for i in range(last + 1)} <= await stores.documents.all_ids()
        assert {("signal", one.signal_id) for one in emitted} | {("trade", t.trade_id) for t in trades} <= marks
        assert ("signal", emitted[0].signal_id) in marks
    finally:
        await database.close()
