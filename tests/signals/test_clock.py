"""The market's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from signals.clock import RunningClock

BEGIN = datetime(2022, 1, 3, 15, 30, tzinfo=UTC)


def test_a_running_clock_stands_until_it_is_started_and_then_goes_at_its_speed() -> None:
    elapsed = [100.0]
    clock = RunningClock(BEGIN, 1800.0, lambda: elapsed[0])

    stood = clock.now()
    elapsed[0] = 160.0
    still = clock.now()
    clock.start()
    elapsed[0] = 162.0

    assert (stood, still) == (BEGIN, BEGIN)
    assert clock.now() == BEGIN + timedelta(hours=1)


def test_a_second_start_sets_nothing_back() -> None:
    elapsed = [0.0]
    clock = RunningClock(BEGIN, 60.0, lambda: elapsed[0])
    clock.start()
    elapsed[0] = 30.0

    clock.start()

    assert clock.now() == BEGIN + timedelta(minutes=30)
