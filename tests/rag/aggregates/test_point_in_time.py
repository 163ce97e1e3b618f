"""With a moment in the past, nothing later is counted, in any tool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from rag import aggregates
from rag.question.parse import parse
from signals.model import SignalState, Transition
from signals.universe import DEFAULT_SYMBOLS
from storage.stores import Stores
from storage.values import LoggedRecommendation
from tests.bot.worlds import stores_in
from tests.builders import NOW, a_backtest, a_trade, an_issued

DAY = timedelta(days=1)
QUESTIONS = (
    "my stats",
    "pnl",
    "fees",
    "how many trades did i win",
    "win rate",
    "whats my streak",
    "max drawdown of my trades",
    "best trade ever of mine",
    "my worst trade",
    "my exposure",
    "average holding time",
    "expectancy",
    "worst strategy",
    "pnl per month",
    "this week vs last week pnl",
    "how many signals",
    "hit rate of signals by setup",
    "best backtest",
    "average return of the backtests",
    "how many recommendations did you give me",
    "how many of your recommendations did i follow",
)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """A little of everything known three days ago."""
    async with stores_in(tmp_path) as made:
        await made.trades.save(a_trade(opened_at=NOW - 6 * DAY, closed_at=NOW - 5 * DAY))
        await made.trades.save(
            a_trade(
                trade_id="open", opened_at=NOW - 4 * DAY, closed_at=None, pnl_usd=None, exit=None, fees_usd=Decimal(0)
            )
        )
        issued = an_issued(known_at=NOW - 5 * DAY, bar_open_at=NOW - 5 * DAY)
        await made.signals.emit(issued)
        await made.backtests.save(a_backtest(finished_at=NOW - 5 * DAY))
        await made.recommendations.save(recommended("r1", -5))
        yield made


def recommended(name: str, days: int) -> LoggedRecommendation:
    at = NOW + days * DAY
    return LoggedRecommendation(name, "u1", "q", at, at, "ETH/USDT", "BUY", "rules", None, None, None)


async def plant(stores: Stores) -> None:
    """Later rows in every table that is counted, and later ends of what was open."""
    closed = replace(a_trade(trade_id="open", opened_at=NOW - 4 * DAY), closed_at=NOW - DAY, pnl_usd=Decimal(777))
    await stores.trades.save(closed)
    await stores.trades.save(
        a_trade(trade_id="later", opened_at=NOW - 2 * DAY, closed_at=NOW - DAY, pnl_usd=Decimal(-999))
    )
    await stores.trades.save(a_trade(trade_id="take-r1-x", opened_at=NOW - 2 * DAY))
    (issued,) = await stores.signals.latest(NOW, 1)
    await stores.signals.add_transition(Transition(issued.signal_id, SignalState.TARGET, NOW - 2 * DAY, 1.0, 1.4))
    await stores.signals.emit(an_issued(known_at=NOW - DAY, bar_open_at=NOW - DAY))
    await stores.backtests.save(a_backtest(backtest_id="later", finished_at=NOW - DAY, return_pct=400.0))
    await stores.recommendations.save(recommended("r2", -1))


async def test_what_was_planted_later_changes_no_answer(stores: Stores) -> None:
    as_of = NOW - 3 * DAY
    asked = [parse(text, as_of, DEFAULT_SYMBOLS) for text in QUESTIONS]
    before = [await aggregates.count(stores, parsed, "u1", as_of) for parsed in asked]
    present = [await aggregates.count(stores, parsed, "u1", NOW) for parsed in asked]

    await plant(stores)

    assert [await aggregates.count(stores, parsed, "u1", as_of) for parsed in asked] == before
    now = [await aggregates.count(stores, parsed, "u1", NOW) for parsed in asked]
    unmoved = [q for q, then, today in zip(QUESTIONS, present, now, strict=True) if then == today]
    assert unmoved == []  # what was planted does count once it is known
