"""Recorded candles to an answer: the real entry point, process by process."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from tests.e2e.processes import ROOT, Desk, Ended, write_candles

pytestmark = pytest.mark.may_block(reason="waits for processes")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A folder with two markets, synced once."""
    folder = tmp_path_factory.mktemp("desk")
    write_candles(folder / "candles", "ETHUSDT", seed=3)
    write_candles(folder / "candles", "BTCUSDT", seed=5)
    yield Desk(folder)


@pytest.fixture(scope="module")
def synced(desk: Desk) -> Ended:
    """The first sync."""
    return desk.run("sync", "--json")


def newest_close(folder: Path, name: str) -> float:
    with (folder / "candles" / f"{name}-1h.csv").open(encoding="utf-8") as file:
        return float(list(csv.DictReader(file))[-1]["close"])


def test_sync_tells_of_each_series_and_fills_the_knowledge_base(synced: Ended) -> None:
    assert synced.status == 0
    assert {(s["symbol"], s["status"], s["new_bars"]) for s in synced.json["series"]} == {
        ("ETH/USDT", "ok", 420),
        ("BTC/USDT", "ok", 420),
    }
    assert synced.json["backtests"] == 2
    assert synced.json["documents"] >= 2
    assert "Traceback" not in synced.err


def test_signals_show_the_close_of_the_newest_closed_bar(desk: Desk, synced: Ended) -> None:
    shown = desk.run("signals", "--json")

    assert shown.status == 0
    by_symbol = {row["symbol"]: row for row in shown.json["signals"]}
    assert by_symbol["ETH/USDT"]["price"] == newest_close(desk.folder, "ETHUSDT")
    assert by_symbol["BTC/USDT"]["price"] == newest_close(desk.folder, "BTCUSDT")
    assert by_symbol["ETH/USDT"]["bar_open_at"] == "2022-11-08T11:00:00Z"
    assert by_symbol["ETH/USDT"]["data_age_s"] == 0
    assert len(by_symbol["ETH/USDT"]["indicators"]) == 13


def test_a_question_is_answered_by_the_published_schema_and_within_its_budget(desk: Desk, synced: Ended) -> None:
    answered = desk.run("ask", "should I buy ETH with $2k?", "--balance", "10000", "--json")

    assert answered.status == 0
    (recommendation,) = answered.json["recommendations"]
    schema = json.loads((ROOT / "docs" / "recommendation.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(recommendation, schema)
    assert recommendation["price"] == newest_close(desk.folder, "ETHUSDT")
    assert Decimal(str(recommendation["position_size_usd"])) <= 2000
    assert recommendation["method"] == "rules"
    assert recommendation["fallback_reason"]
    assert recommendation["sources"]


def test_a_conversation_keeps_its_subject_and_refuses_a_megabyte(desk: Desk, synced: Ended) -> None:
    lines = ["should I buy ETH with $1k?", "and with $5k?", "a" * 1_000_000, "/help", "/quit", "never reached"]

    talked = desk.run("chat", "--no-model", stdin="\n".join(lines))

    assert talked.status == 0
    first, second, rest = talked.out.partition("and with $5k?")
    assert "ETH/USDT" in first
    assert second
    assert "ETH/USDT" in rest.partition("Without the model")[0]
    assert "longer than 2,000 characters" in rest
    assert "/quit (or Ctrl-D) ends" in rest
    assert "never reached" not in talked.out
    assert "Traceback" not in talked.err


def test_the_doctor_finds_nothing_that_must_be_mended(desk: Desk, synced: Ended) -> None:
    examined = desk.run("doctor", "--json")

    parts = {part["part"]: part for part in examined.json["parts"]}
    assert examined.status == 0
    assert parts["database"]["state"] == "ok"
    assert parts["candles"]["state"] == "ok"
    assert parts["language model"]["state"] == "warn"
    assert "ollama serve" in parts["language model"]["fix"]


def test_a_data_folder_that_cannot_be_written_is_named_with_its_fix(desk: Desk) -> None:
    (desk.folder / "a-file").write_text("not a folder")
    broken = Desk(desk.folder, {"DATA_DIR": str(desk.folder / "a-file" / "data")})

    examined, asked = broken.run("doctor", "--json"), broken.run("ask", "should I buy ETH?")

    parts = {part["part"]: part for part in examined.json["parts"]}
    assert examined.status == 1
    assert parts["data folder"]["state"] == "fail"
    assert "DATA_DIR" in parts["data folder"]["fix"]
    assert asked.status == 2
    assert asked.err.startswith("error: the data folder")
    assert asked.err.count("\n") == 1


def test_a_corrupt_candle_file_spoils_its_own_market_only(tmp_path: Path) -> None:
    write_candles(tmp_path / "candles", "ETHUSDT")
    (tmp_path / "candles" / "BTCUSDT-1h.csv").write_bytes(b"\x00\xff<html>not candles</html>")

    synced = Desk(tmp_path).run("sync", "--json")

    series = {s["symbol"]: s for s in synced.json["series"]}
    assert synced.status == 0
    assert series["ETH/USDT"]["status"] == "ok"
    assert series["BTC/USDT"]["status"] == "error"
    assert "BTCUSDT-1h.csv" in series["BTC/USDT"]["note"]
    assert series["BTC/USDT"]["new_bars"] == 0


def test_an_empty_desk_answers_plainly_that_there_is_no_data(tmp_path: Path) -> None:
    write_candles(tmp_path / "candles", "ETHUSDT")

    answered = Desk(tmp_path).run("ask", "should I buy ETH with $2k?", "--json")

    (recommendation,) = answered.json["recommendations"]
    assert answered.status == 0
    assert recommendation["action"] == "NO_DATA"
    assert "sync" in recommendation["reason"]
