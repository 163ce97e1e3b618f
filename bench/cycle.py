"""The full rules cycle: read, indicators, vote, plan, store; 11 symbols warm, and 1,000 symbols of 500 bars each.

Each run sees one new bar of every series. Claims: 11 symbols at most 0.15 s; 1,000 symbols at most 8 s, and near
linear: at most twice the time per symbol. The peer does the least that such a cycle needs: the same bars read by
sqlite3, the same columns by bare TA-Lib; nothing is decided and nothing stored.
"""

from __future__ import annotations

import measure

measure.one_thread()

import asyncio  # noqa: E402
import sqlite3  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

import indicators  # noqa: E402
import numpy as np  # noqa: E402
import workload  # noqa: E402

from bot.app import App, open_app  # noqa: E402
from signals.clock import FrozenClock, from_ms  # noqa: E402
from signals.model import Timeframe  # noqa: E402
from signals.universe import DEFAULT_SYMBOLS  # noqa: E402

MANY = 1000
WARM_UP = 2


def many(count: int) -> list[str]:
    """Made-up symbols, all of them quoted in USDT."""
    return [f"S{i:04}/USDT" for i in range(count)]


async def cycle(app: App, now_ms: int, series: int) -> None:
    """What the timetable does after a bar has closed; every series must have got the columns of its new bar."""
    bars, _ = await app.cycle.run(FrozenClock(from_ms(now_ms)))
    if bars < series:
        raise SystemExit(f"only {bars} bars of {series} series got their columns: this was no full cycle")


async def cycles(symbols: Sequence[str], runs: int) -> tuple[measure.Timing, measure.Timing]:
    """Our cycles and the peer's readings, alternating, one new bar of every series before each."""
    step = Timeframe.H1.ms
    ours, peer = [], []
    with workload.simulated(symbols) as settings:
        candles = workload.hourly(symbols, workload.BARS + WARM_UP + runs)
        async with open_app(settings) as app:
            await workload.save(app, [c.part(0, workload.BARS) for c in candles])
            for run in range(WARM_UP + runs):
                newest = workload.BARS + run
                await workload.save(app, [c.part(newest, newest + 1) for c in candles])
                start = time.perf_counter()
                await cycle(app, workload.END_MS + (run + 1) * step, len(symbols))
                between = time.perf_counter()
                least(settings.data_dir / "deskmate.db", symbols)
                ours.append(between - start)
                peer.append(time.perf_counter() - between)
    many_runs = f"{len(symbols)} symbols x {workload.BARS} bars"
    return (
        measure.Timing(f"Deskmate: full cycle, {many_runs}", tuple(ours[WARM_UP:])),
        measure.Timing(f"peer: read and TA-Lib, {many_runs}", tuple(peer[WARM_UP:])),
    )


def least(path: Path, symbols: Sequence[str]) -> None:
    """Read the newest bars of each series and compute its columns."""
    query = (
        "SELECT high, low, close FROM candles WHERE exchange = 'simulated' AND symbol = ? AND timeframe = '1h' "
        "ORDER BY open_ms DESC LIMIT ?"
    )
    connection = sqlite3.connect(path)
    for symbol in symbols:
        rows = np.array(connection.execute(query, (symbol, workload.BARS)).fetchall())[::-1]
        indicators.bare(*(np.ascontiguousarray(rows[:, i]) for i in range(3)))
    connection.close()


async def main() -> None:
    """Measure few and many, report."""
    parser = measure.options(__doc__)
    parser.add_argument("--symbols", type=int, default=MANY, help="how many symbols the large run has")
    given = parser.parse_args()
    few, few_peer = await cycles(DEFAULT_SYMBOLS, given.runs or 30)
    large, large_peer = await cycles(many(given.symbols), max(3, given.runs // 10))
    growth = (large.median / given.symbols) / (few.median / len(DEFAULT_SYMBOLS))
    claims = [
        measure.Claim(f"{len(DEFAULT_SYMBOLS)} symbols, warm (median)", few.median, 0.15, "s"),
        measure.Claim(f"{given.symbols:,} symbols x {workload.BARS} bars (median)", large.median, 8.0, "s"),
        measure.Claim("time per symbol, many to few", growth, 2.0, "x"),
    ]
    measure.report("Rules cycle", [(few, few_peer), (large, large_peer)], claims, as_json=given.json)


if __name__ == "__main__":
    asyncio.run(main())
