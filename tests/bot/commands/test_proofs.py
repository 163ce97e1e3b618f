"""Backtests and the look-ahead check on request, over a small simulated market."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.app import App, open_app
from bot.cli import boundary
from bot.commands.backtest import RunBacktest, bars_of
from bot.commands.lookahead import CheckLookahead, lookahead_reply
from bot.settings import load
from signals.errors import DataError, UserError
from signals.model import Candles, Market, Timeframe
from signals.proofs.lookahead import check
from signals.proofs.pipelines import Pipeline
from signals.proofs.recursive import bars_needed
from tests.builders import random_walk

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARKET = {"source": "simulated", "symbols": "ETH/USDT,BTC/USDT", "timeframes": "1h,4h", "history_bars": 600, "now": NOW}
ETH, BTC = (RunBacktest(f"{name}/USDT", Timeframe.H1, 600) for name in ("ETH", "BTC"))


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[App]:
    """A desk with 600 bars of each market."""
    empty = {"model_dir": tmp_path / "no-model-here"}
    own = load(env_file=None, data_dir=tmp_path, market=MARKET, llm={"provider": "none"}, embedding=empty)
    async with open_app(own) as opened:
        await opened.sync_candles.run(opened.clock)
        yield opened


@pytest.mark.parametrize(
    ("period", "bars"), [("90d", 2160), ("12w", 2016), ("6m", 4320), (" 2Y ", 17_520), ("all", 100_000)]
)
def test_a_period_is_so_many_bars(period: str, bars: int) -> None:
    assert bars_of(period, Timeframe.H1) == bars


@pytest.mark.parametrize("period", ["", "90", "d", "-3d", "３d", "1d", "99999d", "1e3d", "90 d"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(UserError, match=r"is not a period|a backtest takes 300 to 100,000"):
        bars_of(period, Timeframe.H1)


async def test_one_market_is_shown_with_every_figure_and_its_picture(parts: App) -> None:
    reply, picture = await parts.backtest().drawn(ETH)

    figures = dict(reply.tables[0].rows)
    assert reply.text.startswith("The rules ")
    assert {"growth a year (CAGR)", "Sortino (annualised)", "random entries as good or better"} <= set(figures)
    assert reply.data is not None
    assert reply.data["ladder_return_pct"] is not None
    assert picture.startswith(b"\x89PNG")


async def test_many_markets_stand_side_by_side(parts: App) -> None:
    seen: list[tuple[int, int, str]] = []

    reply = await parts.backtest().many((ETH, BTC), lambda *done: seen.append(done))

    assert [row[0] for row in reply.tables[0].rows] == ["ETH/USDT", "BTC/USDT"]
    assert seen == [(1, 2, "ETH/USDT"), (2, 2, "BTC/USDT")]
    assert reply.data is not None
    returns = [b["return_pct"] for b in reply.data["backtests"]]
    assert f"lost on {sum(r < 0 for r in returns)}" in reply.text
    for row, made in zip(reply.tables[0].rows, returns, strict=True):
        assert row[-1] == ("won" if made > 0 else "lost" if made < 0 else "nothing")


async def test_only_the_ensemble_is_kept_as_evidence(parts: App) -> None:
    reference = await parts.backtest()(replace(ETH, strategy="sma_atr"))

    kept = await parts.stores.backtests.newest(None, None, NOW, 10)

    assert reference.data is not None
    assert reference.data["strategy"] == "sma_atr"
    assert kept == ()


async def test_markets_without_bars_are_named_and_none_at_all_is_an_error(parts: App) -> None:
    short = replace(ETH, symbol="ETH/USDT", timeframe=Timeframe.D1)

    mixed = await parts.backtest().many((short, BTC))

    assert len(mixed.tables[0].rows) == 1
    assert any("a backtest needs" in note for note in mixed.notes)
    with pytest.raises(DataError, match="run `deskmate sync`"):
        await parts.backtest().many((short,))


async def test_the_real_pipeline_passes_on_request(parts: App) -> None:
    seen: list[tuple[int, int, str]] = []
    markets = (Market("ETH/USDT", Timeframe.H1), Market("ETH/USDT", Timeframe.D1))

    reply = await parts.research.lookahead()(CheckLookahead(markets, 600), lambda *done: seen.append(done))

    assert not reply.error
    assert "none changed" in reply.text
    assert reply.data is not None
    assert reply.data["series"][0]["changes"] == []
    assert any("0 bars" in note for note in reply.notes)
    assert len(reply.tables[1].rows) == 13
    assert seen[-1][:2] == (2, 2)
    with pytest.raises(DataError, match="run `deskmate sync`"):
        await parts.research.lookahead()(CheckLookahead(markets[1:], 600))


def test_a_change_is_named_and_fails() -> None:
    def shifted(candles: Candles) -> dict[str, np.ndarray]:
        return {"tomorrow": np.append(candles.close[1:], np.nan)}

    candles = random_walk(600)

    reply = lookahead_reply([(check(candles, [Pipeline("planted", shifted)]), bars_needed(candles))], [])

    assert reply.error
    assert "look ahead" in reply.text
    assert any("planted: tomorrow of bar" in note for note in reply.notes)


@pytest.mark.may_block(reason="the commands run their own loops, and draw")
def test_the_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    values = {
        "DATA_DIR": tmp_path / "data",
        "MARKET_SOURCE": "simulated",
        "MARKET_SYMBOLS": "ETH/USDT,BTC/USDT",
        "MARKET_TIMEFRAMES": "1h",
        "MARKET_HISTORY_BARS": 500,
        "MARKET_NOW": NOW.isoformat(),
        "LLM_PROVIDER": "none",
        "EMBEDDING_MODEL_DIR": tmp_path / "no-model-here",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    picture = tmp_path / "equity.png"

    said = {}
    for arguments in (
        ["sync", "--json"],
        ["backtest", "--json"],
        ["backtest", "ETH", "--period", "20d", "--chart", str(picture)],
        ["lookahead", "ETH", "--bars", "400", "--json"],
    ):
        assert boundary.run(arguments) == 0, arguments
        said[arguments[0], len(arguments)] = capsys.readouterr().out

    assert len(json.loads(said["backtest", 2])["backtests"]) == 2
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert json.loads(said["lookahead", 5])["series"][0]["changes"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backtest", "ETH", "--period", "soon"], "is not a period"),
        (["backtest", "ETH", "--strategy", "astrology"], "is not a strategy; there are ensemble, sma_atr"),
        (["backtest", "--chart", "x.png"], "--chart draws one market"),
        (["lookahead", "DOGE"], "is not a watched market"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_said() -> None:
    from bot.cli.backtesting import _write

    with pytest.raises(UserError, match="cannot be written"):
        _write("no/such/folder/x.png", b"")
