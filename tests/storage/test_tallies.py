"""Counts and sums over records, on both databases: exact money, one owner, one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from signals.model import Action, Series, SignalState, Timeframe, Transition
from storage.shared_tallies import RecordFilter
from storage.stores import Stores
from storage.tallies import TradeFilter
from storage.values import LoggedRecommendation
from tests.builders import NOW, a_backtest, a_trade, an_issued

DAY = timedelta(days=1)
MINE = TradeFilter("u1", NOW)


async def keep(stores: Stores, *results: str | None, **changes: object) -> None:
    """Closed trades of `u1` with these results, an hour apart, the last a day ago; None: closed without one."""
    for i, pnl in enumerate(results):
        closed_at = NOW - DAY - timedelta(hours=len(results) - i)
        name = f"{changes.get('owner', 'u1')}-{changes.get('symbol', 'ETH/USDT')}-{i}"
        made = a_trade(trade_id=name, closed_at=closed_at, pnl_usd=None if pnl is None else Decimal(pnl))
        await stores.trades.save(replace(made, **changes))  # type: ignore[arg-type]


async def test_counts_by_sign_and_only_the_owner_s(stores: Stores) -> None:
    await keep(stores, "0.00000001", "-0.00000001", "0.00", "5", None)
    await keep(stores, "900", owner="u2")

    (count,) = await stores.trade_tallies.counts(MINE)

    assert (count.closed, count.won, count.lost, count.even, count.unpriced) == (4, 2, 1, 1, 1)


async def test_money_keeps_every_digit(stores: Stores) -> None:
    await keep(stores, "12345678901234567.12345678", "0.00000001")

    money = await stores.trade_tallies.money(MINE)

    assert sorted(one.pnl for one in money) == [Decimal("0.00000001"), Decimal("12345678901234567.12345678")]


async def test_the_old_name_is_the_same_market(stores: Stores) -> None:
    await keep(stores, "1", symbol="MATIC/USDT")
    await keep(stores, "2", "3", symbol="POL/USDT")

    groups = await stores.trade_tallies.counts(MINE, "symbol")
    only = await stores.trade_tallies.counts(replace(MINE, symbols=("POL/USDT",)))

    assert [(g.key, g.closed) for g in groups] == [("POL/USDT", 3)]
    assert only[0].closed == 3


async def test_what_happened_later_is_not_known(stores: Stores) -> None:
    await keep(stores, "7", "8")
    before = replace(MINE, as_of=NOW - DAY - timedelta(minutes=90))

    assert (await stores.trade_tallies.counts(before))[0].closed == 1
    assert await stores.trade_tallies.open_count(before) == 1
    assert (await stores.trade_tallies.open(before))[0].pnl_usd is None
    assert await stores.trade_tallies.counts(replace(MINE, as_of=NOW - 3 * DAY)) == ()


async def test_windows_are_half_open_and_newest_keeps_the_last_closed(stores: Stores) -> None:
    await keep(stores, "1", "2", "3")
    second = NOW - DAY - timedelta(hours=2)

    upto = await stores.trade_tallies.money(replace(MINE, until=second))
    since = await stores.trade_tallies.money(replace(MINE, since=second))
    newest = await stores.trade_tallies.money(replace(MINE, newest=2))

    assert [one.pnl for one in upto] == [1]
    assert sorted(one.pnl for one in since) == [2, 3]
    assert sorted(one.pnl for one in newest) == [2, 3]


@pytest.mark.parametrize("by", ["", "symbol", "strategy", "timeframe", "exit_reason", "side", "setup", "day"])
async def test_every_grouping_works_on_both_databases(stores: Stores, by: str) -> None:
    issued = an_issued()
    await stores.signals.emit(issued)
    await keep(stores, "1", "-2", signal_id=issued.signal_id)

    groups = await stores.trade_tallies.counts(MINE, by)
    money = await stores.trade_tallies.money(MINE, by)

    assert sum(g.closed for g in groups) == 2
    assert {one.key for one in money} == {g.key for g in groups}
    assert (await stores.trade_tallies.held(MINE)).n == 2
    risked = await stores.trade_tallies.risked(MINE)
    assert [one.risk for one in risked] == [Decimal("20.00"), Decimal("20.00")]  # 0.5 of ETH, 40 to the plan's stop


async def test_filters_on_setups_strategies_and_results(stores: Stores) -> None:
    issued = an_issued()
    await stores.signals.emit(issued)
    await keep(stores, "1", "-2", signal_id=issued.signal_id)
    await keep(stores, "5", symbol="SOL/USDT", strategy="RSI_MR")

    async def count(**changes: object) -> int:
        found = await stores.trade_tallies.counts(replace(MINE, **changes))  # type: ignore[arg-type]
        return found[0].closed if found else 0

    assert await count(setups=("trend",)) == 2
    assert await count(strategies=("ENSEMBLE",)) == 2
    assert await count(strategies=("RSI_MR",), sides=("LONG",), timeframes=("1h",)) == 1
    assert await count(outcomes=("loss", "even")) == 1
    assert await count(exit_reasons=("stop_loss",)) == 0


async def test_signals_count_only_outcomes_that_were_known(stores: Stores) -> None:
    issued = [
        an_issued(series=Series("replay", symbol, Timeframe.H4), known_at=NOW - 2 * DAY, action=action)
        for symbol, action in (("SOL/USDT", Action.BUY), ("ETH/USDT", Action.SELL), ("POL/USDT", Action.HOLD))
    ]
    await stores.signals.emit_many(issued)
    await stores.signals.add_transition(Transition(issued[0].signal_id, SignalState.TARGET, NOW - DAY, 1.0, 1.5))

    (now,) = await stores.shared_tallies.signals(RecordFilter(None, NOW))
    (before,) = await stores.shared_tallies.signals(RecordFilter(None, NOW - DAY - timedelta(hours=1)))
    sides = await stores.shared_tallies.signals(RecordFilter(None, NOW), "side")

    assert (now.issued, now.planned, now.ended, now.reached, now.with_r, now.sum_r) == (3, 2, 1, 1, 1, 1.5)
    assert (before.issued, before.ended, before.reached) == (3, 0, 0)
    assert [(s.key, s.issued) for s in sides] == [("BUY", 1), ("HOLD", 1), ("SELL", 1)]
    assert await stores.shared_tallies.signals(RecordFilter(None, NOW - 3 * DAY)) == ()
    assert await stores.shared_tallies.newest_signal(RecordFilter(None, NOW)) == NOW - 2 * DAY


@pytest.mark.parametrize("by", ["symbol", "timeframe", "action", "setup", "strategy"])
async def test_signals_are_grouped_on_both_databases(stores: Stores, by: str) -> None:
    await stores.signals.emit(an_issued())

    (group,) = await stores.shared_tallies.signals(RecordFilter(None, NOW), by)

    assert group.issued == 1


async def test_backtests_rank_by_a_figure_and_leave_out_those_without(stores: Stores) -> None:
    for number, (sharpe, days) in enumerate(((0.5, 3), (2.0, 2), (None, 1))):
        made = a_backtest(backtest_id=f"b{number}", sharpe=sharpe, finished_at=NOW - days * DAY)
        await stores.backtests.save(made)
    everything = RecordFilter(None, NOW)

    ranked = await stores.shared_tallies.ranked_backtests(everything, "sharpe", 5, highest=True)
    (mean,) = await stores.shared_tallies.backtests(everything, "sharpe", "symbol")

    assert [one.backtest_id for one in ranked] == ["b1", "b0"]
    assert (mean.key, mean.n, mean.mean, mean.low, mean.high) == ("ETH/USDT", 2, 1.25, 0.5, 2.0)
    assert await stores.shared_tallies.backtest_count(everything) == 3
    assert await stores.shared_tallies.backtest_count(replace(everything, as_of=NOW - 2 * DAY)) == 2


async def test_recommendations_are_the_owner_s_and_followed_when_taken(stores: Stores) -> None:
    for name, owner in (("a1", "u1"), ("a2", "u1"), ("a3", "u2")):
        made = LoggedRecommendation(
            name, owner, "q", NOW - DAY, NOW - DAY, "ETH/USDT", "BUY", "rules", None, None, None
        )
        await stores.recommendations.save(made)
    await stores.trades.save(a_trade(trade_id="take-a1-xyz", opened_at=NOW - DAY))
    await stores.trades.save(a_trade(trade_id="take-a2-xyz", opened_at=NOW - DAY, owner="u2"))

    (mine,) = await stores.shared_tallies.recommendations(RecordFilter("u1", NOW), "method")

    assert (mine.key, mine.given, mine.followed) == ("rules", 2, 1)
    assert await stores.shared_tallies.recommendations(RecordFilter("u1", NOW - 2 * DAY)) == ()
    with pytest.raises(ValueError, match="belong to a person"):
        await stores.shared_tallies.recommendations(RecordFilter(None, NOW))


def test_owner_and_moment_have_no_default() -> None:
    with pytest.raises(TypeError):
        TradeFilter(owner="u1")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        RecordFilter(as_of=NOW)  # type: ignore[call-arg]
