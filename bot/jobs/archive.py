"""Old records leave the database: what may be wanted again goes to compressed files first, the rest is dropped."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.settings import Settings
from signals.clock import Clock, iso
from signals.errors import UserError
from storage.personal import FORGOTTEN
from storage.retention import AUDIT, JOBS, OUTBOX, PORTION, SIGNALS, RetentionStore
from storage.stores import Stores

FOLDER = "archive"
ARCHIVED = (SIGNALS, AUDIT)
DROPPED = (OUTBOX, JOBS)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which each kind of record leaves the database; 0: never."""

    days: Mapping[str, int]
    folder: Path


def archive_of(settings: Settings, stores: Stores, clock: Clock) -> ArchiveOld:
    """The job as the settings want it. `clock` is the market's."""
    kept = settings.retention
    days = {SIGNALS: kept.signals_days, OUTBOX: kept.outbox_days, JOBS: kept.jobs_days, AUDIT: kept.audit_days}
    return ArchiveOld(stores.retention, Retention(days, settings.data_dir / FOLDER), clock)


class ArchiveOld:
    """The daily job. A file is complete and on the disk before its rows are deleted; a crash between the two repeats
    rows in the next file, and never loses one.
    """

    def __init__(self, store: RetentionStore, rules: Retention, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    async def run(self) -> str:
        """Move what is old; one line on what was done. UserError when the archive cannot be written."""
        now = self._clock.now()
        today = await self._store.today(now)
        if today is None:
            return "nothing is old: there are no candles yet"
        done = {kind: await self._move(kind, today, now) for kind in (*ARCHIVED, *DROPPED)}
        told = [f"{count} {kind}" for kind, count in done.items() if count]
        return f"moved out {', '.join(told)}" if told else "nothing is old"

    async def _move(self, kind: str, today: datetime, now: datetime) -> int:
        days = self._rules.days[kind]
        if not days:
            return 0
        before, moved = today - timedelta(days=days), 0
        while rows := await self._store.old(kind, before, PORTION):
            if kind in ARCHIVED:
                await asyncio.to_thread(_write, self._rules.folder, f"{kind}-{now:%Y%m%d}", rows)
            moved += await self._store.drop(kind, rows)
        return moved


def unname(folder: Path, accounts: Sequence[str]) -> int:
    """Take people out of the archived audit: their own lines go, elsewhere their names; how many files changed. Blocks.

    UserError when a file cannot be written.
    """
    named = re.compile("|".join(rf"(?<![\w:]){re.escape(account)}(?!\w)" for account in accounts))
    changed = 0
    for path in sorted(folder.glob(f"{AUDIT}-*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        kept = [row for row in rows if row["identity"] not in accounts and row["person"] not in accounts]
        told = [{k: named.sub(FORGOTTEN, v) if isinstance(v, str) else v for k, v in row.items()} for row in kept]
        if told != rows:
            _replace(path, told)
            changed += 1
    return changed


def _write(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while (path := folder / f"{name}-{number}.jsonl.gz").exists():
            number += 1
    except OSError as e:
        raise _unwritable(folder, e) from e
    _replace(path, rows)


def _replace(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    fresh = path.with_name(path.name + ".partial")
    try:
        with fresh.open("wb") as file:
            with gzip.open(file, "wt", encoding="utf-8") as lines:
                lines.writelines(json.dumps(dict(row), default=_plain, ensure_ascii=False) + "\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as e:
        raise _unwritable(path.parent, e) from e


def _unwritable(folder: Path, e: OSError) -> UserError:
    return UserError(f"The archive {folder} cannot be written: {e.strerror}. Nothing was deleted.")


def _plain(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else repr(value)
