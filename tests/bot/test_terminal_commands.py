"""The demo, the chat and the service as they run in this process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.admission import serve
from bot.cli import boundary
from bot.cli.talk import Talk
from bot.instance import LOCK_FILE, holder_of, take, take_or_refuse
from bot.settings import Settings, load
from bot.showcase import show_all
from signals.errors import UserError
from storage.database import Database
from storage.stores import Stores

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SMALL = {"source": "simulated", "symbols": "ETH/USDT,BTC/USDT", "timeframes": "1h", "history_bars": 400, "now": NOW}


def settings(folder: Path, **groups: Any) -> Settings:
    given = {
        "data_dir": folder,
        "market": SMALL,
        "llm": {"provider": "none"},
        "embedding": {"model_dir": folder / "no-model-here"},
    }
    return load(env_file=None, **given | groups)


async def test_the_demo_goes_from_candles_to_a_labelled_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await show_all(settings(tmp_path))

    shown = capsys.readouterr().out
    assert status == 0
    for part in (
        "SIMULATED",
        "800 new bars in 2 of 2 series",
        "2, over",
        "you> should I buy ETH with $2k?",
        "rules only",
    ):
        assert part in shown
    assert "deskmate chat" in shown
    assert (tmp_path / "demo" / "deskmate.db").exists()


async def test_a_piped_conversation_answers_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("should I buy ETH?", "", "/help", "x" * 5000, "and BTC?")
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines)))

    status = await Talk(settings(tmp_path), Decimal(5000), use_model=False).run()

    shown = capsys.readouterr().out
    assert status == 0
    assert "NO DATA ETH/USDT" in shown
    assert "longer than 2,000 characters" in shown
    assert "NO DATA BTC/USDT" in shown
    assert "Ctrl-D" in shown


async def test_quit_ends_a_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("/quit\nshould I buy ETH?\n"))

    assert await Talk(settings(tmp_path), None, use_model=False).run() == 0

    assert "ETH/USDT" not in capsys.readouterr().out


async def test_the_service_runs_its_slots_until_it_is_told_to_stop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    own = settings(tmp_path, schedule={"sync_s": 1, "indicators_s": 1, "signals_s": 1, "ingest_s": 1, "pickup_s": 0.5})
    serving = asyncio.create_task(serve(own))
    async with asyncio.timeout(30):
        while "signals " not in caplog.text:
            await asyncio.sleep(0.05)

    with pytest.raises(UserError, match=f"process {os.getpid()}"):
        take_or_refuse(tmp_path / LOCK_FILE, "deskmate run", NOW)
    os.kill(os.getpid(), signal.SIGTERM)
    status = await asyncio.wait_for(serving, 60)

    assert status == 0
    assert "set DISCORD_TOKEN to start it" in caplog.text
    assert "stopped" in caplog.text
    database = await Database.open(own.url)
    runs = await Stores.of(database).job_runs.newest(None, 50)
    await database.close()
    assert {"sync", "indicators", "signals"} <= {run.job for run in runs if run.state == "done"}


def test_a_lock_names_its_holder_and_is_free_after_release(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    hold = take(path, "deskmate run", NOW)
    assert hold is not None

    refused = take(path, "deskmate run", NOW)
    named = holder_of(path)
    hold.release()
    hold.release()
    again = take(path, "deskmate run", NOW)

    assert refused is None
    assert named.startswith(f"deskmate run, process {os.getpid()} on ")
    assert again is not None
    again.release()


def test_a_silent_lock_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("{}")

    assert holder_of(tmp_path / "a.lock") == "another process"
    assert holder_of(tmp_path / "missing") == "another process"


@pytest.fixture
def small_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small simulated market by environment variables."""
    values = {
        "DATA_DIR": tmp_path / "data",
        "MARKET_SOURCE": "simulated",
        "MARKET_SYMBOLS": "ETH/USDT",
        "MARKET_TIMEFRAMES": "1h",
        "MARKET_HISTORY_BARS": 400,
        "MARKET_NOW": NOW.isoformat(),
        "LLM_PROVIDER": "none",
        "EMBEDDING_MODEL_DIR": tmp_path / "no-model-here",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))


@pytest.mark.may_block(reason="the commands run their own loops, and print")
def test_the_commands_work_one_after_the_other(small_desk: None, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for arguments in (
        ["db", "upgrade", "--json"],
        ["sync", "--json"],
        ["signals", "--json"],
        ["signals", "ETH", "--timeframe", "1h"],
        ["ask", "should I buy?", "--symbol", "ETH", "--timeframe", "1h", "--json"],
        ["ask", "should I buy ETH with $2k?"],
        ["backtest", "ETH", "--bars", "400", "--json"],
        ["reindex", "--json"],
        ["doctor", "--json"],
    ):
        status = boundary.run(arguments)
        told[" ".join(arguments)] = capsys.readouterr().out
        assert status == 0, arguments

    as_json = {name: json.loads(text) for name, text in told.items() if name.endswith("--json")}
    assert as_json["db upgrade --json"] == {"changed": True}
    assert as_json["sync --json"]["series"][0]["status"] == "ok"
    assert as_json["signals --json"]["signals"][0]["symbol"] == "ETH/USDT"
    (asked,) = as_json["ask should I buy? --symbol ETH --timeframe 1h --json"]["recommendations"]
    assert (asked["symbol"], asked["timeframe"]) == ("ETH/USDT", "1h")
    assert as_json["reindex --json"]["check"]["equal"]
    assert "SIMULATED MARKET" in told["ask should I buy ETH with $2k?"]


def test_a_question_is_read_from_standard_input(
    small_desk: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a" * 1_000_000))

    assert boundary.run(["ask", "-"]) == 2
    assert "longer than 2,000 characters" in capsys.readouterr().err
