"""Bad input is one clear line, exit status 2, and nothing is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import boundary
from signals.errors import DataError, TemporaryError


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "hi", "--balance", "-5"], "--balance '-5' is not an amount"),
        (["ask", "hi", "--balance", "１００"], "is not an amount"),
        (["ask", "hi", "--balance", "1e400"], "is not an amount"),
        (["ask", "hi", "--balance", "0"], "out of range"),
        (["ask", "hi", "--symbol", "BTC'; DROP"], "is not a watched market"),
        (["ask", "hi", "--timeframe", "7h"], "is not a watched timeframe"),
        (["ask", "x" * 2001], "longer than 2,000 characters"),
        (["ask", "   "], "the question is empty"),
        (["signals", "BTC'; DROP"], "is not a watched market"),
        (["signals", "--timeframe", "7h"], "'7h' is not a watched timeframe; watched: 1h, 4h, 1d"),
        (["signals", "--min-confidence", "101"], "out of range"),
        (["backtest", "DOGE"], "is not a watched market"),
        (["backtest", "ETH", "--bars", "5"], "--bars"),
        (["chat", "--balance", "NaN"], "is not an amount"),
        (["tune", "DOGE"], "is not a watched market"),
        (["tune", "--timeframe", "7h"], "is not a watched timeframe"),
        (["tune", "--trials", "1"], "--trials"),
        (["trackrecord", "DOGE"], "is not a watched market"),
        (["nonsense"], "No such command"),
        (["ask"], "Missing argument"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = boundary.run(arguments)

    shown = capsys.readouterr()
    assert status == 2
    assert says in shown.err
    assert shown.err.startswith("error: ")
    assert shown.err.count("\n") == 1
    assert shown.out == ""
    assert list(Path().iterdir()) == []


def test_with_json_the_refusal_is_an_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    status = boundary.run(["signals", "--timeframe", "7h", "--json"])

    shown = capsys.readouterr()
    assert status == 2
    assert json.loads(shown.out)["error"]["kind"] == "user"
    assert shown.err == ""


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MARKET_TIMEFRAMES", "7h")

    status = boundary.run(["signals"])

    assert status == 2
    assert capsys.readouterr().err.startswith("error: MARKET_TIMEFRAMES=7h: must be among 15m, 1h, 4h, 1d")


@pytest.mark.parametrize("error", [DataError("no bars"), TemporaryError("away")])
def test_a_failure_that_is_nobodys_input_ends_with_one(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        raise error

    assert boundary.guarded(failing, as_json=False) == 1
    assert capsys.readouterr().err == f"error: {error}\n"


def test_a_bug_shows_an_id_and_logs_its_traceback(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    status = boundary.guarded(broken, as_json=False)

    shown = capsys.readouterr().err
    assert status == 1
    assert "secret detail" not in shown.splitlines()[-1]
    assert "(error " in shown
    assert "ZeroDivisionError" in caplog.text


def test_ctrl_c_ends_quietly() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert boundary.guarded(interrupted, as_json=False) == 130


def test_help_lists_the_commands_without_loading_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run([]) == 0

    shown = capsys.readouterr().out
    for command in ("demo", "chat", "ask", "sync", "signals", "run", "reindex", "doctor", "backtest", "db"):
        assert command in shown


@pytest.mark.may_block(reason="waits for a process")
def test_help_loads_none_of_the_slow_libraries() -> None:
    code = (
        "import sys; from bot.cli.boundary import run; run(['--help']);"
        "slow = {'numpy', 'pandas', 'sqlalchemy', 'chromadb', 'ccxt', 'talib', 'langchain_core', 'onnxruntime',"
        " 'pydantic', 'matplotlib', 'apscheduler', 'structlog'} & set(sys.modules);"
        " sys.exit(f'loaded: {slow}' if slow else 0)"
    )
    root = Path(boundary.__file__).parents[2]

    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.returncode == 0


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("deskmate ")
