"""A crash loop waits before it logs in, and steady service ends the count."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.checkups.machine import starts
from bot.settings import load
from bot.starts import FILE, PATIENCE, Starts
from signals.clock import SystemClock
from tests.bot.virtual_time import run_virtually
from tests.bot.worlds import NOW

SECOND = timedelta(seconds=1)


def test_the_first_starts_are_free_and_then_the_wait_doubles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    waits = [Starts(tmp_path).begin(NOW + i * SECOND) for i in range(12)]

    assert waits == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 600, 600]
    assert "start 12 without steady service" in caplog.text


def test_a_crash_loop_logs_in_far_less_than_a_thousand_times_a_day(tmp_path: Path) -> None:
    now, log_ins = NOW, 0
    while now < NOW + timedelta(days=1):
        now += timedelta(seconds=Starts(tmp_path).begin(now) + 2)  # it dies two seconds after its log-in
        log_ins += 1

    assert log_ins < 200


def test_steady_service_ends_the_count(tmp_path: Path) -> None:
    for _ in range(9):
        Starts(tmp_path).begin(NOW)

    async def main() -> None:
        settling = asyncio.create_task(Starts(tmp_path).settle(NOW))
        await asyncio.sleep(PATIENCE.steady_s - 1)
        assert Starts(tmp_path).count(NOW) == 9
        await settling

    run_virtually(main)

    assert Starts(tmp_path).begin(NOW) == 0


def test_starts_of_long_ago_and_a_spoilt_file_count_nothing(tmp_path: Path) -> None:
    for _ in range(9):
        Starts(tmp_path).begin(NOW)

    assert Starts(tmp_path).count(NOW + timedelta(hours=2)) == 0
    for spoilt in ("", "{", "[]", json.dumps({"count": "many", "last_ms": 0}), json.dumps({"count": 3})):
        (tmp_path / FILE).write_text(spoilt, encoding="utf-8")
        assert Starts(tmp_path).begin(NOW) == 0


async def test_the_doctor_tells_of_a_crash_loop_and_is_silent_without_one(tmp_path: Path) -> None:
    settings = load(env_file=None, data_dir=tmp_path)
    before = await starts(settings)
    for _ in range(7):
        Starts(tmp_path).begin(SystemClock().now())

    (found,) = await starts(settings)

    assert before == []
    assert found.state == "warn"
    assert found.text == "started 7 times without 10 steady minutes; log-ins wait 60 s"


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert Starts(tmp_path / "nowhere").begin(NOW) == 0
    assert "could not be counted" in caplog.text
