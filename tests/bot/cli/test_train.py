"""`deskmate train` from the command line."""

from __future__ import annotations

import json

import pytest

from bot.cli import boundary

ENVIRONMENT = {
    "MARKET_SOURCE": "simulated",
    "MARKET_SYMBOLS": "ETH/USDT,BTC/USDT",
    "MARKET_TIMEFRAMES": "1h",
    "MARKET_HISTORY_BARS": "2200",
    "MARKET_NOW": "2026-11-20T12:00:00Z",
    "LLM_PROVIDER": "none",
}


def test_training_without_candles_names_the_sync(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    status = boundary.run(["train", "--json"])

    assert status == 1
    assert "deskmate sync" in json.loads(capsys.readouterr().out)["error"]["text"]


def test_a_timeframe_that_is_not_watched_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    assert boundary.run(["train", "--timeframe", "7h"]) == 2
    assert "1h" in capsys.readouterr().err


def test_noise_is_trained_on_and_honestly_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert boundary.run(["sync"]) == 0
    capsys.readouterr()

    status = boundary.run(["train", "--timeframe", "1h", "--json"])

    told = json.loads(capsys.readouterr().out)
    model = told["data"]["models"][0] if "data" in told else told["models"][0]
    assert status == 0
    assert model["state"] in ("rejected", "active")
    assert len(model["manifest"]["folds"]) == 5
