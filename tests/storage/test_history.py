"""Trades, backtests, parameters and recommendations: whose they are, and when they may be seen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from signals.model import PlanRules, Timeframe, Trade
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW, backtest, recommendation, trade

ME, HER = "terminal:local", "discord:42"


async def _marks(stores: Stores) -> set[tuple[str, str]]:
    found = await stores.marks.pending(1000)
    await stores.marks.done(found)
    return {(mark.type, mark.pk) for mark in found}


OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "return_pct": None, "exit_reason": None}


@pytest.mark.parametrize("one", [trade(), trade(side="SHORT", signal_id=None, note=""), trade(**OPEN)])
async def test_a_trade_comes_back_equal_to_the_last_digit(stores: Stores, one: Trade) -> None:
    await stores.trades.save(one)

    found = await stores.trades.get(one.trade_id)

    assert found == one
    assert found is not None
    assert str(found.quantity) == str(one.quantity)


async def test_a_trade_saved_again_is_replaced_and_marked_with_its_note(stores: Stores) -> None:
    await stores.trades.save(trade(note=""))
    assert await _marks(stores) == {("trade", "t1")}

    await stores.trades.save(trade(note="why"))
    assert await _marks(stores) == {("trade", "t1"), ("trade_note", "t1")}

    await stores.trades.save(trade(note=""))
    assert await _marks(stores) == {("trade", "t1"), ("trade_note", "t1")}
    assert await stores.trades.get("t1") == trade(note="")


async def test_a_trade_cannot_be_taken_over_by_another_owner(stores: Stores) -> None:
    await stores.trades.save(trade())
    await _marks(stores)

    with pytest.raises(ValueError, match="somebody else"):
        await stores.trades.save(trade(owner=HER))

    assert await stores.trades.get("t1") == trade()
    assert await _marks(stores) == set()


async def test_trades_are_those_of_their_owner_only(stores: Stores) -> None:
    mine, hers = trade("t1"), trade("t2", HER)
    await stores.trades.save(mine)
    await stores.trades.save(hers)

    assert await stores.trades.of_owner(ME, NOW) == (mine,)
    assert await stores.trades.of_owner(HER, NOW) == (hers,)
    assert await stores.trades.of_owner("", NOW) == ()
    assert await stores.trades.get("t2", ME) is None
    assert await stores.trades.get("t2", HER) == hers
    assert not await stores.trades.delete("t2", ME)
    assert await stores.trades.get("t2") == hers


async def test_trades_come_newest_first_by_name_and_limit(stores: Stores) -> None:
    made = [trade(f"t{i}", opened_at=NOW - (9 - i) * HOUR, symbol=s) for i, s in enumerate(("A/X", "B/X", "A/X"))]
    for one in made:
        await stores.trades.save(one)

    assert await stores.trades.of_owner(ME, NOW) == (made[2], made[1], made[0])
    assert await stores.trades.of_owner(ME, NOW, limit=1) == (made[2],)
    assert await stores.trades.of_owner(ME, NOW, ["A/X"]) == (made[2], made[0])


async def test_before_its_close_a_trade_is_open_and_before_its_opening_not_there(stores: Stores) -> None:
    await stores.trades.save(trade())

    (then,) = await stores.trades.of_owner(ME, NOW - 2 * HOUR)

    assert then == trade(**OPEN, note="", fees_usd=Decimal(0))
    assert await stores.trades.of_owner(ME, NOW - HOUR) == (trade(),)
    assert await stores.trades.of_owner(ME, NOW - 6 * HOUR) == ()


async def test_a_deleted_trade_is_gone_and_its_documents_are_marked(stores: Stores) -> None:
    await stores.trades.save(trade())
    await _marks(stores)

    assert await stores.trades.delete("t1", ME)

    assert await stores.trades.get("t1") is None
    assert await _marks(stores) == {("trade", "t1"), ("trade_note", "t1")}
    assert not await stores.trades.delete("t1", ME)


async def test_a_backtest_comes_back_equal_and_is_marked(stores: Stores) -> None:
    await stores.backtests.save(backtest())
    await stores.backtests.save(backtest())

    assert await stores.backtests.get("b1") == backtest()
    assert await stores.backtests.get("b2") is None
    assert await _marks(stores) == {("backtest", "b1")}


async def test_backtests_are_known_once_they_finished(stores: Stores) -> None:
    old, new = backtest("old", finished_at=NOW - HOUR), backtest("new", finished_at=NOW)
    other = backtest("other", symbol="BTC/USDT", timeframe=Timeframe.H4)
    for one in (new, old, other):
        await stores.backtests.save(one)

    newest = stores.backtests.newest
    assert await newest(["ETH/USDT"], None, NOW, 5) == (new, old)
    assert await newest(["ETH/USDT"], None, NOW - HOUR, 5) == (old,)
    assert await newest(["ETH/USDT", "BTC/USDT"], Timeframe.H4, NOW) == (other,)
    assert await newest(["ETH/USDT"], None, NOW - 2 * HOUR) == ()


async def test_parameters_are_in_force_from_their_moment_on_and_old_ones_stay(stores: Stores) -> None:
    first, second = PlanRules(sl_atr=1.5), PlanRules(sl_atr=2.5, style="confidence")
    old = await stores.parameters.activate("ETH/USDT", Timeframe.H1, first, NOW - 2 * HOUR, "tuned")
    new = await stores.parameters.activate("ETH/USDT", Timeframe.H1, second, NOW, "tuned again")

    active = stores.parameters.active
    assert await active("ETH/USDT", Timeframe.H1, NOW) == second
    assert await active("ETH/USDT", Timeframe.H1, NOW - timedelta(seconds=1)) == first
    assert await active("ETH/USDT", Timeframe.H1, NOW - 3 * HOUR) is None
    assert await active("ETH/USDT", Timeframe.H4, NOW) is None
    assert await stores.parameters.history(["ETH/USDT"], None, NOW) == (new, old)
    assert await stores.parameters.get(old.parameter_id) == old
    assert await stores.parameters.get("other") is None
    assert await _marks(stores) == {("strategy_params", one.parameter_id) for one in (old, new)}


async def test_a_recommendation_comes_back_equal_and_is_marked(stores: Stores) -> None:
    await stores.recommendations.save(recommendation())

    assert await stores.recommendations.get("r1") == recommendation()
    assert await _marks(stores) == {("recommendation", "r1")}


async def test_recommendations_are_those_of_their_owner_newest_first(stores: Stores) -> None:
    early, late = recommendation("r1", created_at=NOW - HOUR), recommendation("r2")
    hers = recommendation("r3", HER)
    for one in (late, early, hers):
        await stores.recommendations.save(one)

    assert await stores.recommendations.of_owner(ME, 9) == (late, early)
    assert await stores.recommendations.of_owner(ME, 1) == (late,)
    assert await stores.recommendations.get("r3", ME) is None
    assert await stores.recommendations.get("r3", HER) == hers


async def test_a_recommendation_with_a_number_that_is_none_is_refused(stores: Stores) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await stores.recommendations.save(recommendation(payload={"price": float("nan")}))

    assert await stores.recommendations.get("r1") is None
    assert await stores.marks.pending_count() == 0


async def test_many_trades_are_stored_like_one_by_one_and_somebody_elses_stops_them_all(stores: Stores) -> None:
    await stores.trades.save(trade(trade_id="hers", owner=HER))
    await _marks(stores)

    await stores.trades.save_many([trade(trade_id="a", note=""), trade(trade_id="b", note="x"), trade(trade_id="a")])
    marks = await _marks(stores)
    with pytest.raises(ValueError, match="somebody else"):
        await stores.trades.save_many([trade(trade_id="c"), trade(trade_id="hers", owner=ME)])
    found = await stores.trades.get_many(["a", "b", "c", "hers", "none"])

    assert marks >= {("trade", "a"), ("trade", "b"), ("trade_note", "b")}
    assert found == {
        "a": trade(trade_id="a"),
        "b": trade(trade_id="b", note="x"),
        "hers": trade(trade_id="hers", owner=HER),
    }


async def test_many_backtests_are_stored_and_read_in_one_go(stores: Stores) -> None:
    first, second = backtest(backtest_id="a"), backtest(backtest_id="b", trades=3)

    await stores.backtests.save_many([first, second])

    assert await stores.backtests.get_many(["b", "a", "none"]) == {"a": first, "b": second}
    assert await _marks(stores) == {("backtest", "a"), ("backtest", "b")}
