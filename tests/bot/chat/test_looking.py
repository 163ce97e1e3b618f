"""Commands that look: why, similar, chart, indicator, size, news, backtest, status and help, in words and numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.reply import Reply
from tests.bot.chat_world import ADMIN, NOW, OWNER, STRANGER, TRADER, VIEWER, World, chat_world, in_channel
from tests.builders import an_issued
from tests.markets import hold_candles
from tests.paper import book
from tests.storage.builders import series_state, trade

PNG = b"\x89PNG\r\n"


def table(reply: Reply, title: str) -> dict[str, tuple[str, ...]]:
    (found,) = [t for t in reply.tables if t.title == title]
    return {row[0]: row[1:] for row in found.rows}


async def test_a_signal_comes_with_its_chart_and_its_buttons(world: World) -> None:
    reply = await world.run(VIEWER, "signal", symbol="eth", timeframe="1h")

    assert [button.label for button in reply.buttons] == ["Take", "Why", "Chart", "Backtest", "Similar", "Refresh"]
    assert reply.pictures[0].png.startswith(PNG)
    assert "entry" in reply.pictures[0].alt
    assert not reply.error


async def test_why_shows_each_vote_and_what_changed_since_the_signal_before(world: World) -> None:
    before = an_issued(known_at=NOW - timedelta(hours=5), bar_open_at=NOW - timedelta(hours=6))
    await world.stores.signals.emit(before)
    card = await world.run(VIEWER, "signal", symbol="eth")

    by_button = await world.press(VIEWER, f"why:{card.recommendations[0].recommendation_id}")
    by_name = await world.run(VIEWER, "why")
    by_id = await world.run(VIEWER, "why", signal=before.signal_id)
    by_market = await world.run(VIEWER, "why", signal="eth")

    assert by_button.tables[0].columns == ("vote", "score", "before", "weight", "because")
    assert [row[0] for row in by_button.tables[0].rows] == [v.voter for v in card.recommendations[0].votes]
    assert "The signal before, of 2022-11-08 07:00 UTC" in by_button.notes[0]
    assert by_name.text == by_button.text
    assert "07:00 UTC: BUY" in by_id.text
    assert by_id.notes == ("There is no earlier signal of this market to compare with.",)
    assert by_market.text == by_id.text


async def test_why_without_anything_to_explain_says_what_to_name(world: World) -> None:
    nothing, market = await world.run(VIEWER, "why"), await world.run(VIEWER, "why", signal="btc")

    assert "name a market" in nothing.text
    assert "/signal BTC/USDT" in market.text
    assert "not a watched market" in (await world.run(VIEWER, "why", signal="dogecoin")).text


async def test_a_private_card_is_explained_in_a_channel_to_its_asker_only(world: World) -> None:
    card = await world.run(VIEWER, "signal", symbol="eth")
    known = card.recommendations[0].recommendation_id

    own, other = await world.run(in_channel(VIEWER), "why"), await world.run(in_channel(OWNER), "why", signal=known)

    assert own.private
    assert other.error


@pytest.mark.parametrize("name", ["why", "chart", "backtest", "similar", "refresh", "sources", "take"])
async def test_no_button_of_another_s_private_card_works(world: World, name: str) -> None:
    known = (await world.run(OWNER, "signal", symbol="eth")).recommendations[0].recommendation_id

    reply = await world.press(TRADER, f"{name}:{known}")

    assert reply.error
    assert "only the one who asked" in reply.text


@pytest.mark.parametrize("name", ["why", "chart", "backtest", "similar", "refresh", "sources"])
async def test_every_button_of_a_card_in_a_channel_works_for_everyone_there(world: World, name: str) -> None:
    known = (await world.run(in_channel(OWNER), "signal", symbol="eth")).recommendations[0].recommendation_id

    reply = await world.press(in_channel(VIEWER), f"{name}:{known}")

    assert not reply.error, reply.text
    assert not reply.private


async def test_similar_names_n_and_how_each_case_ended(world: World) -> None:
    reply = await world.run(VIEWER, "similar", symbol="eth")

    cases = reply.tables[0].rows
    assert f"n = {len(cases)}" in reply.text
    assert len(cases) > 3
    assert [float(row[2]) for row in cases] == sorted(float(row[2]) for row in cases)
    assert {row[3] for row in cases} <= {"target", "stop", "time"}


async def test_a_chart_takes_overlays_by_name_and_names_those_it_has(world: World) -> None:
    drawn = await world.run(VIEWER, "chart", symbol="eth", indicators="sma_50, rsi")
    refused = await world.run(VIEWER, "chart", symbol="eth", indicators="ichimoku")

    assert drawn.pictures[0].png.startswith(PNG)
    assert "possible: bollinger" in refused.text


async def test_an_indicator_that_looks_ahead_says_so(world: World) -> None:
    plain = await world.run(VIEWER, "indicator", name="rsi", symbol="eth")
    ahead = await world.run(VIEWER, "indicator", name="ichimoku", symbol="eth")
    unknown = await world.run(VIEWER, "indicator", name="rsii", symbol="eth")

    assert plain.notes == ()
    assert len(plain.tables[0].rows) == 5
    assert "looks ahead" in ahead.notes[0]
    assert "did you mean rsi" in unknown.text


async def test_size_tells_risk_distance_lot_minimum_and_the_bound(world: World) -> None:
    reply = await world.run(VIEWER, "size", symbol="eth", balance="5000", risk="1")

    figures = table(reply, "Size")
    assert Decimal(figures["at risk"][0].split()[0].replace(",", "")) <= Decimal(50)
    assert {"stop distance", "lot step", "smallest order", "bound by"} <= set(figures)
    assert figures["bound by"][0] in table(reply, "Every bound, in coins")
    assert (await world.run(VIEWER, "size", symbol="eth", risk="50")).error


async def test_without_a_plan_size_says_what_would_change_it(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        await world.stores.candles.save(hold_candles())
        reply = await world.run(VIEWER, "size", symbol="eth")

    assert "No position" in reply.text
    assert "What would change it" in reply.text


async def test_no_data_is_said_and_is_no_advice(world: World) -> None:
    for name in ("similar", "chart", "backtest"):
        assert (await world.run(VIEWER, name, symbol="btc")).error
    card = await world.run(VIEWER, "signal", symbol="btc")

    assert card.recommendations[0].action == "NO_DATA"
    assert "Take" not in [b.label for b in card.buttons]
    assert not card.pictures


async def test_news_says_that_none_is_stored(world: World) -> None:
    assert "No news is stored about ETH/USDT" in (await world.run(VIEWER, "news", symbol="eth")).text


async def test_a_backtest_comes_with_its_equity(world: World) -> None:
    reply = await world.run(VIEWER, "backtest", symbol="eth", period="30d")

    assert reply.pictures[0].png.startswith(PNG)
    assert "Equity" in reply.pictures[0].alt
    assert reply.tables


async def test_status_shows_how_fresh_each_timeframe_is(world: World) -> None:
    await world.stores.series.save(series_state(newest_at=NOW))
    await world.run(ADMIN, "runjob", name="sync")

    reply = await world.run(VIEWER, "status")

    assert table(reply, "Candles")["1h"] == ("1", "1", "2022-11-08 12:00 UTC", "0 s")
    assert table(reply, "Candles")["4h"][2] == "never"
    assert "sync" in table(reply, "Last runs")
    assert "first:1b" in reply.notes[0]
    assert reply.notes[-1] == "Outbox: 0 to be sent, 0 held."


async def test_help_shows_each_role_its_own_commands(world: World) -> None:
    seen = {}
    for caller in (STRANGER, VIEWER, ADMIN):
        rows = (await world.run(caller, "help")).tables[0].rows
        seen[caller.user_id] = {row[0].split()[0].removeprefix("/") for row in rows}
    assert seen[STRANGER.user_id] == {"help", "export", "forget"}
    assert {"ask", "account"} <= seen[VIEWER.user_id]
    assert not {"trade", "jobs"} & seen[VIEWER.user_id]
    assert seen[ADMIN.user_id] == {command.name for command in world.commands.all}
    assert "Asks for a confirmation: set" in (await world.run(ADMIN, "help", command="/role")).text
    assert (await world.run(VIEWER, "help", command="role")).error


async def test_in_a_channel_nobody_s_own_trades_are_counted_or_told(world: World) -> None:
    await book(
        world.stores,
        trade("t1", VIEWER.identity, closed_at=None, exit=None, pnl_usd=None, return_pct=None, exit_reason=None),
    )

    alone, among = (
        await world.run(VIEWER, "size", symbol="eth"),
        await world.run(in_channel(VIEWER), "size", symbol="eth"),
    )
    card = await world.run(in_channel(VIEWER), "signal", symbol="eth")
    asked = await world.ask(in_channel(VIEWER), "how many of my trades won?")

    assert any("paper trade" in note for note in alone.notes)
    assert not any("paper trade" in note for note in among.notes)
    assert not any("paper trade" in warning for warning in card.recommendations[0].warnings)
    assert "private" in asked.text, asked.text


async def test_health_and_the_board_are_passed_on(world: World) -> None:
    assert (await world.run(ADMIN, "health")).text == "Everything works."
    assert (await world.run(VIEWER, "signals", min_confidence="70")).text == "the board"


async def test_suggestions_need_no_store(world: World) -> None:
    suggest = world.commands.autocomplete

    assert suggest("signal", "symbol", "e") == ("ETH/USDT",)
    assert suggest("chart", "timeframe", "") == ("1h", "4h")
    assert suggest("runjob", "name", "back") == ("backtests", "backup")
    assert suggest("help", "command", "sign") == ("signal", "signals")
    assert suggest("ask", "question", "x") == ()
    assert "rsi" in suggest("indicator", "name", "rs")
