"""The newest 500 bars of a series among ten million, by the store and by SQLite's own driver, in the same run.

    python bench/newest_bars.py [--bars 10000000] [--runs 200] [--file kept.db] [--json]

The store hands each statement to a thread, so that on a busy machine the time that passes says more of the load than of
the store; the processor time is told too. The peer reads the same rows by one prepared statement of `sqlite3` and makes
the same arrays of them.
"""

from __future__ import annotations

import measure

measure.one_thread()

import asyncio  # noqa: E402
import sqlite3  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from contextlib import closing  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from signals.model import Series, Timeframe  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.migrate import upgrade  # noqa: E402
from storage.stores import Stores  # noqa: E402

NEWEST = 500
SERIES = 33
LIMIT = 3.0
QUERY = (
    "SELECT open_ms, open, high, low, close, volume FROM candles WHERE exchange = ? AND symbol = ? AND timeframe = ?"
    " AND open_ms <= ? ORDER BY open_ms DESC LIMIT ?"
)


def series(number: int) -> Series:
    """One of the series, each with as many bars."""
    return Series("binance", f"C{number:02}/USDT", Timeframe.H1)


def fill(file: Path, bars: int) -> None:
    """Write the bars without the store, which would take its time over ten million."""
    each = bars // SERIES
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for number in range(SERIES):
            one = series(number)
            key = (one.exchange, one.symbol, one.timeframe.value)
            rows = ((*key, 3_600_000 * i, 100.0 + i % 7, 109.0, 95.0, 101.0 + i % 5, 10.5) for i in range(each))
            connection.executemany("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.commit()


def raw(connection: sqlite3.Connection, one: Series) -> list[Any]:
    """The same bars by the driver alone, as arrays, oldest first."""
    key = (one.exchange, one.symbol, one.timeframe.value, 2**62, NEWEST)
    open_ms, *prices = zip(*connection.execute(QUERY, key).fetchall()[::-1], strict=True)
    return [np.array(open_ms, dtype=np.int64), *(np.array(column, dtype=np.float64) for column in prices)]


async def compare(file: Path, runs: int) -> tuple[measure.Timing, measure.Timing, float]:
    """Both in turn, each time another series; and the ratio of the processor time they took."""
    database = await Database.open(f"sqlite+aiosqlite:///{file}")
    stores = Stores.of(database)
    ours: list[float] = []
    peers: list[float] = []
    spent = [0.0, 0.0]
    with closing(sqlite3.connect(file)) as connection:
        for run in range(-10, runs):
            one = series(run % SERIES)
            began, busy = time.perf_counter(), time.process_time()
            found = await stores.candles.newest(one, NEWEST)
            middle, then = time.perf_counter(), time.process_time()
            expected = raw(connection, one)
            ended, last = time.perf_counter(), time.process_time()
            assert np.array_equal(found.open_ms, expected[0])
            assert np.array_equal(found.close, expected[4])
            if run >= 0:
                ours.append(middle - began)
                peers.append(ended - middle)
                spent = [spent[0] + then - busy, spent[1] + last - then]
    await database.close()
    timings = measure.Timing(f"store: newest {NEWEST} bars", tuple(ours)), measure.Timing("sqlite3", tuple(peers))
    return *timings, spent[0] / spent[1]


def main() -> None:
    """Make the database, compare, report."""
    parser = measure.options(__doc__)
    parser.add_argument("--bars", type=int, default=10_000_000, help="bars in the database")
    parser.add_argument("--file", type=Path, default=None, help="keep the database here, or use the one that is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "bars.db"
        if not file.exists():
            asyncio.run(upgrade(f"sqlite+aiosqlite:///{file}"))
            fill(file, given.bars)
        ours, peer, processor = asyncio.run(compare(file, given.runs or 300))
        size = file.stat().st_size / 1e6
    claims = (
        measure.Claim("the store beside raw SQLite, time that passed", ours.median / peer.median, LIMIT, "times"),
        measure.Claim("the store beside raw SQLite, processor time", processor, LIMIT, "times"),
    )
    title = f"The newest {NEWEST} bars among {given.bars:,} in {size:,.0f} MB"
    measure.report(title, [(ours, peer)], claims, as_json=given.json)
    sys.exit(0 if all(claim.kept for claim in claims) else 1)


if __name__ == "__main__":
    main()
