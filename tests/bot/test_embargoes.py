"""Pauses that exchanges asked for outlive the process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.embargoes import FILE, EmbargoFile
from signals.errors import TemporaryError
from signals.market.exchange import Embargo
from tests.bot.worlds import HandClock


def test_a_new_process_keeps_to_a_pause_that_stands(tmp_path: Path) -> None:
    clock = HandClock()
    Embargo("binance", lambda: 0.0, EmbargoFile(tmp_path, clock)).pause(600, "asked for a pause (HTTP 429)")
    clock.moment += timedelta(seconds=200)

    later = Embargo("binance", lambda: 5.0, EmbargoFile(tmp_path, clock))

    with pytest.raises(TemporaryError, match=r"binance asked for a pause \(HTTP 429\): no request for 400 s"):
        later.check()
    Embargo("kraken", lambda: 5.0, EmbargoFile(tmp_path, clock)).check()
    clock.moment += timedelta(seconds=400)
    Embargo("binance", lambda: 5.0, EmbargoFile(tmp_path, clock)).check()


def test_pauses_of_two_hosts_are_kept_and_those_that_have_passed_forgotten(tmp_path: Path) -> None:
    clock = HandClock()
    kept = EmbargoFile(tmp_path, clock)
    kept.keep("binance", 10, "a")
    kept.keep("kraken", 600, "b")
    clock.moment += timedelta(seconds=60)

    kept.keep("coinbase", 5, "c")

    assert kept.recall("binance") == (0.0, "")
    assert kept.recall("kraken") == (540.0, "b")
    assert "binance" not in (tmp_path / FILE).read_text(encoding="utf-8")


def test_a_clock_that_was_set_back_makes_no_pause_longer(tmp_path: Path) -> None:
    clock = HandClock()
    EmbargoFile(tmp_path, clock).keep("binance", 30, "a")
    clock.moment -= timedelta(days=3652)

    assert EmbargoFile(tmp_path, clock).recall("binance") == (30.0, "a")


def test_a_host_that_merely_does_not_answer_is_not_remembered(tmp_path: Path) -> None:
    clock = HandClock()
    silent = Embargo("binance", lambda: 0.0, EmbargoFile(tmp_path, clock))

    for _ in range(3):
        silent.failed()

    with pytest.raises(TemporaryError, match="does not answer"):
        silent.check()
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("spoilt", ["", "[]", '{"binance": 3}', '{"binance": {"until_ms": "x"}}'])
def test_a_spoilt_file_holds_no_pause_and_is_written_anew(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / FILE).write_text(spoilt, encoding="utf-8")
    kept = EmbargoFile(tmp_path, HandClock())

    assert kept.recall("binance") == (0.0, "")
    kept.keep("binance", 30, "a")
    assert kept.recall("binance") == (30.0, "a")


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    EmbargoFile(tmp_path / "nowhere", HandClock()).keep("binance", 30, "a")

    assert "could not be noted" in caplog.text
