"""The daily job that moves old records out: the file first, then the rows."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.jobs.archive import ArchiveOld, Retention
from signals.errors import TemporaryError, UserError
from signals.model import Action
from storage.audit import AuditEntry
from storage.retention import AUDIT, JOBS, OUTBOX, SIGNALS
from storage.stores import Stores
from storage.values import SeriesState
from tests.bot.worlds import NOW, HandClock, stores_in
from tests.storage.builders import ETH, HOUR, issued

YEAR = timedelta(days=365)
DAYS = {SIGNALS: 365, OUTBOX: 90, JOBS: 90, AUDIT: 365}


async def filled(stores: Stores) -> None:
    for i in range(4):
        await stores.signals.emit(issued(NOW - 2 * YEAR + i * HOUR, plan=None, action=Action.HOLD))
        await stores.audit.add(AuditEntry(NOW - 2 * YEAR, "terminal:local", "p", f"act {i} \u201c\u201d", "done"))
    await stores.series.save(SeriesState(ETH.exchange, ETH.symbol, ETH.timeframe, "ok", "", NOW, NOW))


def read(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


async def test_old_records_go_to_files_that_can_be_read_again(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await filled(stores)
        job = ArchiveOld(stores.retention, Retention(DAYS, tmp_path / "archive"), HandClock())

        told = await job.run()
        again = await job.run()

        signals = read(tmp_path / "archive" / "signals-20221108-1.jsonl.gz")
        audit = read(tmp_path / "archive" / "audit-20221108-1.jsonl.gz")
        assert told == "moved out 3 signals, 4 audit"
        assert again == "nothing is old"
        assert signals[0]["known_at"] == "2020-11-08T13:00:00Z"
        assert signals[0]["votes"]
        assert [row["act"] for row in audit] == [f"act {i} \u201c\u201d" for i in range(4)]
        assert len(await stores.signals.latest(NOW, 9)) == 1


async def test_a_second_run_of_a_day_never_writes_over_the_first_file(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        job = ArchiveOld(stores.retention, Retention(DAYS, tmp_path / "archive"), HandClock())
        for _ in range(2):
            await filled(stores)
            await job.run()

        assert len(list((tmp_path / "archive").glob("audit-20221108-*.jsonl.gz"))) == 2


async def test_when_the_archive_cannot_be_written_nothing_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with stores_in(tmp_path) as stores:
        await filled(stores)
        job = ArchiveOld(stores.retention, Retention(DAYS, tmp_path / "file" / "archive"), HandClock())

        with pytest.raises((UserError, TemporaryError), match="Nothing was deleted"):
            await job.run()

        assert len(await stores.signals.latest(NOW, 9)) == 4


async def test_zero_days_keep_for_good_and_a_new_desk_has_nothing_old(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        keep = ArchiveOld(stores.retention, Retention(dict.fromkeys(DAYS, 0), tmp_path / "archive"), HandClock())
        assert await keep.run() == "nothing is old: there are no candles yet"
        await filled(stores)

        assert await keep.run() == "nothing is old"

        assert not (tmp_path / "archive").exists()
