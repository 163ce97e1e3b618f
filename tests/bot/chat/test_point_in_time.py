"""Nothing that became known later appears in any answer: the same world twice, once with a later row in every table.

A table without a decision here fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from bot.reply import Reply
from rag.board import Board, Watched
from rag.desk import Desk
from rag.ingest import Ingestor
from rag.question.parse import parse
from rag.retrieve import Retriever
from rag.track_record import track_record
from signals.calibration_fit import Calibration, Part
from signals.logistic import Logistic
from signals.model import PlanRules, Series, SignalState, Timeframe, Transition
from signals.universe import DEFAULT_SYMBOLS
from storage.market_days import MarketDay
from storage.news import NewsItem
from storage.stores import Stores
from storage.tables import metadata
from storage.values import SHARED, Document, LoggedRecommendation, SeriesState, scope_of
from tests.bot.chat_world import NOW, OWNER, World, chat_world
from tests.bot.worlds import desk_rules
from tests.builders import ETH_1H, a_backtest, a_trade, an_issued
from tests.markets import trade_candles
from tests.storage.test_models import a_version
from tests.storage.test_proofs import CASE, TUNING

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=2)
WORD = "zyxomancy"  # in everything planted that has words; and the price of everything that has one:
PRICE = 98765.4321
ME = OWNER.owner
Plant = Callable[[Stores], Awaitable[None]]

NO_TIME = {
    "candle_revisions": "what bars said before an exchange changed them; no answer reads it",
    "market_rules": "an exchange's tick and lot sizes: the present ones hold for every time",
    "roles": "who may do what now",
    "identities": "whose accounts are one person's now",
    "link_codes": "codes that join accounts",
    "audit_log": "what admins did, for admins",
    "inbound": "which events were seen, so that none is answered twice",
    "universe": "what is watched now",
    "choices": "the model in use now",
    "cards": "which card a button belongs to",
    "job_runs": "when jobs ran",
    "ingest_marks": "what awaits ingestion",
}


async def candles(stores: Stores) -> None:
    """Hours after NOW, ten times the price."""
    bars = trade_candles(1)
    step = Timeframe.H1.ms
    later = bars.open_ms[-1] + step * np.arange(1, len(bars) + 1)
    wild = {name: np.full(len(bars), PRICE) for name in ("open", "high", "low", "close", "volume")}
    await stores.candles.save(replace(bars, open_ms=later, **wild))


async def indicators(stores: Stores) -> None:
    bars = await stores.candles.newest(ETH_1H, 10)
    later = bars.open_ms + 400 * Timeframe.H1.ms
    await stores.indicators.save(ETH_1H, later, {"rsi_14": np.full(len(bars), 1.2345)})


async def signals(stores: Stores) -> None:
    await stores.signals.emit(later_signal())


def later_signal() -> Any:
    issued = an_issued(known_at=LATER, bar_open_at=LATER - HOUR, price=PRICE, reason=WORD)
    return replace(issued, issued_at=LATER)


async def transitions(stores: Stores) -> None:
    """How signals ended that were open at NOW; and one of the later signal."""
    ended = [one for one in await stores.signals.latest(LATER, 100) if one.plan is not None]
    await stores.signals.add_transitions(
        [Transition(one.signal_id, SignalState.STOPPED, LATER + HOUR, PRICE, -9.75) for one in ended]
    )


async def trades(stores: Stores) -> None:
    """One that was opened later."""
    opened = {"trade_id": "later", "opened_at": LATER - HOUR, "entry": Decimal(str(PRICE))}
    await stores.trades.save(replace(a_trade(owner=ME), **(LOST | opened)))


async def the_close_of_a_trade(stores: Stores) -> None:
    """The end, and a note, of a trade that was open at NOW."""
    await stores.trades.save(replace(open_trade(), **LOST))


LOST: dict[str, Any] = {
    "closed_at": LATER,
    "exit": Decimal(str(PRICE)),
    "pnl_usd": Decimal("-4321.09"),
    "return_pct": -43.21,
    "exit_reason": "stop_loss",
    "fees_usd": Decimal("12.34"),
    "note": WORD,
}


def open_trade() -> Any:
    opened = {"trade_id": "open", "opened_at": NOW - 3 * HOUR, "closed_at": None, "exit": None, "pnl_usd": None}
    return a_trade(owner=ME, return_pct=None, exit_reason=None, fees_usd=Decimal(0), note="", **opened)


async def backtests(stores: Stores) -> None:
    at = {"started_at": NOW - 90 * 24 * HOUR, "ended_at": LATER - HOUR, "finished_at": LATER}
    await stores.backtests.save(a_backtest(backtest_id="later", return_pct=98.7654, strategy=WORD, **at))


async def parameters(stores: Stores) -> None:
    for timeframe in (Timeframe.H1, Timeframe.H4):
        await stores.parameters.activate("ETH/USDT", timeframe, PlanRules(sl_atr=7.77), LATER, WORD)


async def models(stores: Stores) -> None:
    version = a_version(400, "active", "ffffffff")
    await stores.models.save(replace(version, reason=WORD))


async def recommendations(stores: Stores) -> None:
    payload = {"timeframe": "1h", "price": PRICE, "reasoning": WORD}
    await stores.recommendations.save(
        LoggedRecommendation(
            "feedfeedfeed", ME, f"buy ETH? {WORD}", LATER, LATER, "ETH/USDT", "BUY", "rules", None, None, None, payload
        )
    )


async def documents(stores: Stores) -> None:
    """Of every type and scope, said to be of long ago, known only later."""
    types = ("signal", "outcome", "trade", "trade_note", "backtest", "news", "market_summary", "recommendation")
    made = [
        Document(
            f"{kind}:planted-{scope}", kind, f"{WORD} stop loss breakout target {PRICE}.", NOW - HOUR, LATER, scope,
            "ETH/USDT", "1h", "BUY", outcome="loss", exit_reason="stop_loss",
        )
        for kind in types
        for scope in (SHARED, scope_of(ME))
    ]  # fmt: skip
    await stores.documents.upsert(made)


async def series_states(stores: Stores) -> None:
    await stores.series.save(SeriesState("replay", "ETH/USDT", "1h", "quarantined", WORD, LATER, LATER))
    await stores.series.save(SeriesState("binance", "ETH/USDT", "1h", "ok", "", LATER, LATER + HOUR))


async def tunings(stores: Stores) -> None:
    await stores.tunings.save(replace(TUNING, finished_at=LATER, data_to=LATER, reason=WORD, won=True))


async def seeds(stores: Stores) -> None:
    cases = [replace(CASE, known_at=NOW - i * HOUR, resolved_at=LATER, reached=True, direction=1) for i in range(1, 80)]
    await stores.seeds.replace(ETH_1H, cases)


async def calibrations(stores: Stores) -> None:
    await stores.calibrations.save(Calibration(Timeframe.H1, LATER, 99, 9, (Part(1.0, (), Logistic(3.0)),)))


async def market_days(stores: Stores) -> None:
    day = LATER.replace(hour=0, minute=0, second=0, microsecond=0)
    today = NOW.replace(hour=0, minute=0, second=0, microsecond=0)  # not over at NOW
    values = (PRICE, PRICE, PRICE, PRICE, 1.0)
    await stores.market_days.save([MarketDay("ETH/USDT", one, "replay", Timeframe.H1, *values) for one in (today, day)])


async def news_items(stores: Stores) -> None:
    """Published before NOW, fetched later."""
    item = NewsItem("https://example.org/later", "Wire", f"ETH {WORD}", WORD, NOW - HOUR, LATER, ("ETH/USDT",), -1.0)
    await stores.news.save([item])


async def signal_months(stores: Stores) -> None:
    """A month whose last signal ended later, and so is summed up later: its single signals stay answerable."""
    assert await stores.signal_months.roll_up(LATER + timedelta(days=300)) > 0


PLANTS: dict[str, Plant] = {
    "candles": candles,
    "indicator_values": indicators,
    "signals": signals,
    "signal_transitions": transitions,
    "trades": trades,
    "backtests": backtests,
    "strategy_parameters": parameters,
    "model_versions": models,
    "recommendations": recommendations,
    "documents": documents,
    "series_states": series_states,
    "tunings": tunings,
    "seeded_cases": seeds,
    "calibrations": calibrations,
    "market_days": market_days,
    "news_items": news_items,
    "signal_months": signal_months,
}
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
