"""Weeks of the timetable in minutes: sync, indicators, signals, ingest and the daily jobs on a simulated market.

Time goes on by a quarter of an hour a look of the real schedule over the real database; a cycle is one run of one job.
After a warm-up of some days (caches fill once), resident memory may grow by at most 5 %, and the numbers of open files
and of tasks not at all. The weekly jobs (tune, train) are left out: they would be most of the time.

    python bench/soak.py --cycles 10000
"""

from __future__ import annotations

import measure

measure.one_thread()

import asyncio  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402
from datetime import UTC, datetime, timedelta  # noqa: E402
from pathlib import Path  # noqa: E402

from bot.app import App, open_app  # noqa: E402
from bot.schedule import Pace, Schedule  # noqa: E402
from bot.service import timetable  # noqa: E402
from bot.settings import load  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.job_runs import JobRunStore  # noqa: E402
from storage.values import JobRun  # noqa: E402

BEGAN = datetime(2026, 1, 5, 0, 45, tzinfo=UTC)
STEP = timedelta(minutes=15)
WEEKLY = ("tune", "train")
MOST_GROWTH_PCT = 5.0


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.moment = BEGAN

    def now(self) -> datetime:
        """Where the hands stand."""
        return self.moment


class CountedRuns(JobRunStore):
    """The table of job runs, which counts how many of each job ended how: reading it would be most of what grows."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.ended: Counter[str] = Counter()

    async def finish(self, run: JobRun, state: str, detail: str, now: datetime) -> bool:
        """Count, and record the end."""
        self.ended[f"{run.job} {state}"] += 1
        return await super().finish(run, state, detail, now)


@dataclass(frozen=True)
class Footprint:
    """What the process holds after so many cycles."""

    cycles: int
    resident_kb: int
    files: int
    tasks: int


def footprint(cycles: int) -> Footprint:
    """Measured now, after a collection."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return Footprint(
        cycles, int(resident.split()[1]), len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())
    )


async def soaked(app: App, cycles: int, warm_up: int, every: int) -> tuple[list[Footprint], Counter[str]]:
    """Footprints from the end of the warm-up on, and how many runs of each job ended how."""
    clock = Hands()
    app.clock = clock
    rows = [row for row in await timetable(app) if row.job not in WEEKLY]
    runs = CountedRuns(app.stores.database)
    schedule = Schedule(rows, runs, clock, Pace())
    for _ in range(warm_up):
        clock.moment += STEP
        await schedule.catch_up()
    runs.ended.clear()
    seen, due = [footprint(0)], every
    while (done := runs.ended.total()) < cycles or seen[-1].cycles < cycles:
        if done >= min(due, cycles):
            seen.append(footprint(done))
            due = done + every
            continue
        clock.moment += STEP
        await schedule.catch_up()
    return seen, runs.ended


async def main() -> int:
    """Soak, report; 1 when something has grown."""
    parser = measure.options(__doc__)
    parser.add_argument("--cycles", type=int, default=10_000)
    parser.add_argument("--warm-up", type=int, default=400, help="looks before the first measurement")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        market = {"source": "simulated", "symbols": "ETH/USDT,BTC/USDT", "timeframes": "15m"}
        settings = load(
            env_file=None,
            data_dir=Path(folder) / "data",
            market=market | {"history_bars": 400},
            llm={"provider": "none"},
        )
        async with open_app(settings) as app:
            seen, runs = await soaked(app, given.cycles, given.warm_up, max(1, given.cycles // 10))
    first, last = seen[0], seen[-1]
    growth_pct = 100.0 * (last.resident_kb / first.resident_kb - 1)
    claims = [
        measure.Claim("resident memory after the warm-up", growth_pct, MOST_GROWTH_PCT, "% more"),
        measure.Claim("open files", last.files, first.files, ""),
        measure.Claim("tasks", last.tasks, first.tasks, ""),
        measure.Claim("runs that failed", sum(n for what, n in runs.items() if what.endswith("failed")), 0, ""),
    ]
    if given.json:
        verdicts = [asdict(claim) | {"kept": claim.kept} for claim in claims]
        print(json.dumps({"seen": [asdict(one) for one in seen], "runs": runs, "claims": verdicts}))
    else:
        print(f"{last.cycles} cycles in {time.perf_counter() - began:.0f} s, {measure.machine()}")
        print("\n".join(str(one) for one in seen))
        print(", ".join(f"{what} {n}" for what, n in sorted(runs.items())))
        print("\n".join(str(claim) for claim in claims))
    return 0 if all(claim.kept for claim in claims) else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
