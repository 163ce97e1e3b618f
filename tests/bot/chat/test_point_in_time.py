"""Nothing that became known later appears in any answer: the same world twice, once with a later row in every table.

A table without a decision here fails the test.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.reply import Reply
from rag.board import Board, Watched
from rag.desk import Desk
from rag.ingest import Ingestor
from rag.question.parse import parse
from rag.retrieve import Retriever
from rag.track_record import track_record
from signals.model import PlanRules, Series, SignalState, Timeframe, Transition
from signals.universe import DEFAULT_SYMBOLS
from storage.news import NewsItem
from storage.stores import Stores
from storage.tables import metadata
from storage.values import SHARED, scope_of
from tests.bot.chat_world import NOW, OWNER, World, chat_world
from tests.bot.later_rows import (
    HOUR,
    ME,
    NO_TIME,
    PLANTS,
    WORD,
    Plant,
    open_trade,
    signal_months,
    signals,
    the_close_of_a_trade,
    transitions,
)
from tests.bot.worlds import desk_rules
from tests.builders import a_backtest, a_trade, an_issued
from tests.markets import trade_candles

QUESTIONS = (
    "should I buy ETH with $2k?",
    "buy BTC or ETH?",
    "what should I buy now?",
    "how much ETH should I buy with $5,000?",
    "why is ETH a buy?",
    "why did my last ETH trade lose?",
    "latest signals",
    "latest ETH signal",
    "last 5 ETH trades",
    "show my ETH trades that were stopped out",
    "ETH signals this week",
    "ETH signals tomorrow",
    "how did the ETH breakout signals end?",
    "how many ETH trades did I win last week?",
    "what is my win rate?",
    "total pnl this month",
    "total fees this year",
    "my best trade",
    "my worst trade on 1h",
    "worst strategy on 4h",
    "longest losing streak",
    "what is my exposure?",
    "compare BTC and ETH signals",
    "compare BTC and ETH",
    "how many ETH signals hit the target?",
    "ETH backtests",
    "best backtest for ETH",
    "what are the parameters for ETH 1h?",
    "ETH news",
    "any headlines about ethereum?",
    "market summary for ETH",
    "how was the market yesterday?",
    "my notes about breakout",
    f"find {WORD}",
    "what did you recommend for ETH?",
    "stop loss trades",
    "which model is in force?",
    "ETH tuning results",
    "how should I split $10k?",
    "what are today's signals?",
    "lessons for ETH 1h",
    "signals of october 2022",
)
COMMANDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("signal", {"symbol": "eth"}),
    ("why", {}),
    ("signal", {"symbol": "eth", "timeframe": "4h"}),
    ("why", {"signal": "eth"}),
    ("similar", {"symbol": "eth"}),
    ("chart", {"symbol": "eth", "indicators": "sma_50 rsi"}),
    ("indicator", {"name": "rsi", "symbol": "eth"}),
    ("size", {"symbol": "eth", "balance": "5000"}),
    ("news", {"symbol": "eth"}),
    ("backtest", {"symbol": "eth"}),
    ("trackrecord", {}),
    ("trackrecord", {"symbol": "eth"}),
)


async def before(stores: Stores) -> None:
    """What both worlds know at NOW."""
    await stores.candles.save(trade_candles(1))
    await stores.candles.save(replace(trade_candles(-1), series=Series("binance", "BTC/USDT", Timeframe.H1)))
    for days in (20, 9, 1):
        at = NOW - timedelta(days=days)
        await stores.signals.emit(replace(an_issued(known_at=at, bar_open_at=at - HOUR), issued_at=at))
    [first, *_] = (await stores.signals.latest(NOW, 10))[::-1]
    await stores.signals.add_transition(Transition(first.signal_id, SignalState.TARGET, NOW - 24 * HOUR, 1600.0, 1.4))
    await stores.trades.save(a_trade(trade_id="known", owner=ME, note="waited for the breakout"))
    await stores.trades.save(open_trade())
    await stores.backtests.save(a_backtest(backtest_id="known", finished_at=NOW - HOUR))
    await stores.parameters.activate("ETH/USDT", Timeframe.H1, PlanRules(sl_atr=2.5), NOW - 5 * HOUR, "tuned")
    at = NOW - 2 * HOUR
    await stores.news.save([NewsItem("https://example.org/a", "Wire", "ETH falls", "Words.", at, at, ("ETH/USDT",))])
    await Ingestor(stores, None, None, FixedClock()).sweep_all()


class FixedClock:
    """NOW."""

    def now(self) -> Any:
        return NOW


async def told(folder: Path, plants: tuple[Plant, ...]) -> dict[str, str]:
    """Every route's answer at NOW, with these planted."""
    async with chat_world(folder) as world:
        await before(world.stores)
        for plant in plants:
            await plant(world.stores)
        await Ingestor(world.stores, None, None, FixedClock()).sweep_all()
        return await asked_everything(world)


async def asked_everything(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    stores = world.stores
    for name, values in COMMANDS:
        found[f"/{name} {values}"] = masked(await world.run(OWNER, name, **values))
    for question in QUESTIONS:
        fresh = replace(OWNER, channel=question)
        found[question] = masked(await world.ask(fresh, question))
    desk = Desk(stores, desk_rules(("replay", "binance")))
    watched = Watched(("ETH/USDT", "BTC/USDT"), (Timeframe.H1,))
    found["the board"] = str(await Board(desk, watched).rows(Timeframe.H1, NOW))
    found["the record"] = str(await track_record(stores, NOW))
    retriever = Retriever(stores.documents, None, None)
    for question in QUESTIONS:
        parsed = parse(question, NOW, DEFAULT_SYMBOLS)
        for scopes in ((SHARED,), (SHARED, scope_of(ME))):
            documents = (await retriever.find(parsed, scopes, NOW)).documents
            bundle = (await retriever.advice_bundle(parsed, scopes, NOW)).documents
            found[f"retrieved {scopes} {question}"] = str([(d.doc_id, d.text) for d in (*documents, *bundle)])
    return {route: re.sub(r"\b[0-9a-f]{12}\b", "ID", text) for route, text in found.items()}


def masked(reply: Reply) -> str:
    return f"{reply}"


def test_every_table_has_a_decision() -> None:
    assert set(metadata.tables) == set(PLANTS) | set(NO_TIME)
    assert not set(PLANTS) & set(NO_TIME)


async def test_the_future_changes_no_answer(tmp_path: Path) -> None:
    without = await told(tmp_path / "without", ())
    every = [plant for plant in PLANTS.values() if plant is not signal_months]  # it takes documents away: see below
    planted = await told(tmp_path / "planted", tuple(every))

    assert [route for route, text in without.items() if planted[route] != text] == []
    assert [route for route, text in planted.items() if is_of_later(route, text)] == []


async def test_what_became_of_an_open_trade_is_told_by_no_answer(tmp_path: Path) -> None:
    planted = await told(tmp_path, (the_close_of_a_trade,))

    assert [route for route, text in planted.items() if is_of_later(route, text)] == []


async def test_a_month_that_was_summed_up_later_tells_nothing_of_what_was_later(tmp_path: Path) -> None:
    planted = await told(tmp_path, (signals, transitions, signal_months))

    assert [route for route, text in planted.items() if is_of_later(route, text) or "signal_month" in text] == []


def is_of_later(route: str, text: str) -> bool:
    return any(mark in text for mark in ("98765.4", "4321.09", "-9.75 R")) or (WORD in text and WORD not in route)
