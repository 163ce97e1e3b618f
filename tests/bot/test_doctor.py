"""The doctor names each part that is ill, with its fix."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.checkups import market as market_checkup
from bot.doctor import examine
from bot.settings import Settings, load
from signals.errors import TemporaryError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SMALL = {"source": "simulated", "symbols": "ETH/USDT", "timeframes": "1h", "history_bars": 400, "now": NOW}
NOWHERE = {"host": "http://127.0.0.1:9"}


def settings(folder: Path, **groups: Any) -> Settings:
    given = {"data_dir": folder, "market": SMALL, "llm": {"provider": "none"}} | groups
    return load(env_file=None, **given)


async def looked(settings: Settings) -> dict[str, dict[str, str]]:
    reply = await examine(settings)
    assert reply.data is not None
    assert reply.error == (reply.data["state"] == "fail")
    return {part["part"]: part for part in reply.data["parts"]}


async def test_a_fresh_desk_works_with_hints_only(tmp_path: Path) -> None:
    parts = await looked(settings(tmp_path))

    assert {name for name, part in parts.items() if part["state"] == "fail"} == set()
    assert parts["database"]["fix"] == "run `deskmate sync`"
    assert parts["language model"]["state"] == "ok"
    assert "SET" in parts["Discord"]["fix"].upper()


async def test_a_synced_desk_is_told_by_its_numbers(tmp_path: Path) -> None:
    own = settings(tmp_path, discord={"token": "a-token"})
    async with open_app(own) as desk:
        await (await desk.sync_everything())(lambda *_: None)

    parts = await looked(own)

    assert parts["database"]["state"] == "ok"
    assert parts["market data"]["text"] == "1 of 1 series were fine at the last sync"
    assert parts["Discord"]["state"] == "ok"
    assert "a-token" not in str(parts)


async def test_no_ollama_is_a_hint_with_the_command_that_starts_it(tmp_path: Path) -> None:
    parts = await looked(settings(tmp_path, llm={"provider": "ollama"}, ollama=NOWHERE))

    assert parts["language model"]["state"] == "warn"
    assert "ollama serve" in parts["language model"]["fix"]


async def test_a_missing_embedding_model_names_the_command_that_installs_it(tmp_path: Path) -> None:
    parts = await looked(settings(tmp_path, embedding={"model_dir": tmp_path / "nothing"}))

    assert parts["embedding model"]["state"] == "warn"
    assert "pip install" in parts["embedding model"]["fix"]
    assert parts["vector index"]["state"] == "warn"


async def test_a_folder_that_cannot_be_written_fails_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    parts = await looked(settings(tmp_path / "file" / "data"))

    assert parts["data folder"]["state"] == "fail"
    assert "DATA_DIR" in parts["data folder"]["fix"]


async def test_a_damaged_database_is_told_with_the_way_back(tmp_path: Path) -> None:
    (tmp_path / "deskmate.db").write_bytes(b"this is no database at all" * 400)

    parts = await looked(settings(tmp_path))

    assert parts["database"]["state"] == "fail"
    assert parts["database"]["text"]


async def test_an_empty_replay_folder_fails_and_a_full_one_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "candles"
    folder.mkdir()
    replay = SMALL | {"source": "replay", "replay_dir": folder}

    empty = await looked(settings(tmp_path / "a", market=replay))
    rows = [f"{NOW - timedelta(hours=9 - hour):%Y-%m-%dT%H:%M:%SZ},10,11,9,10,5" for hour in range(4)]
    (folder / "ETHUSDT-1h.csv").write_text("\n".join(("time,open,high,low,close,volume", *rows)))
    full = await looked(settings(tmp_path / "a", market=replay))

    assert empty["candles"]["state"] == "fail"
    assert "MARKET_REPLAY_DIR" in empty["candles"]["fix"]
    assert (full["candles"]["state"], full["candles"]["text"][:13]) == ("ok", "1 of 1 series")


class FakeExchange:
    """An exchange that tells a time, an error, or nothing."""

    simulated = False

    def __init__(self, exchange: str, answer: Any) -> None:
        self.exchange = exchange
        self._answer = answer

    async def now(self) -> datetime:
        if isinstance(self._answer, Exception):
            raise self._answer
        if self._answer is None:
            await asyncio.sleep(60)
        return datetime.now(UTC) + self._answer  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (timedelta(), "ok", "answers"),
        (timedelta(minutes=-5), "fail", "clock differs"),
        (TemporaryError("binance does not answer"), "warn", "does not answer"),
        (None, "warn", "no answer within"),
    ],
)
async def test_an_exchange_is_told_as_it_is(answer: Any, state: str, says: str) -> None:
    found = await market_checkup.look_at(FakeExchange("binance", answer), 0.05)  # type: ignore[arg-type]

    assert found.state == state
    assert says in found.text


def test_when_no_exchange_answers_that_is_a_failure_and_when_one_does_it_is_not() -> None:
    from bot.checkups.finding import Finding

    away = Finding("exchange binance", "warn", "away", "try another")
    here = Finding("exchange kraken", "ok", "answers")

    assert [f.state for f in market_checkup.judged([away, here])] == ["warn", "ok"]
    assert [f.state for f in market_checkup.judged([away, away])] == ["fail", "fail"]
