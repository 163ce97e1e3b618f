"""`trackrecord` and `tune` as they are typed, over an empty data folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import boundary


def test_a_track_record_of_nothing_is_no_error_and_has_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    status = boundary.run(["trackrecord", "ETH", "--json", "--picture", "record.png"])

    assert status == 0
    assert json.loads(capsys.readouterr().out)["issued"] == 0
    assert Path("record.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["trackrecord", "--picture", "no/such/folder.png"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_tuning_without_candles_says_what_fetches_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["tune", "ETH", "--trials", "5"]) != 0
    assert "deskmate sync" in capsys.readouterr().err
