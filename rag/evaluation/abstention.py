"""`deskmate eval abstention`: questions that have no answer beside those that have one, asked of the adviser itself."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from rag.abstain import Rule
from rag.account import AccountRules
from rag.adviser import Adviser, Question
from rag.board import Board, Watched
from rag.desk import Desk, DeskRules
from rag.evaluation.noise import messy
from rag.evaluation.shares import Judged, ShareReport
from rag.evaluation.spoken import COINS, HABITS, put
from rag.ingest import Ingestor
from rag.recommend import Recommender
from rag.retrieve import Retriever
from signals.clock import FrozenClock
from signals.ensemble import SignalRules
from signals.model import Action, Issued, PlanRules, Series, Signal, Timeframe, Trade
from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores
from storage.values import SHARED, scope_of

FLOOR = 0.95
QUESTIONS, SMALL = 400, 120
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)
OWNER = "eval:u1"
ANSWER = "an answer"
STORED = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "LINK/USDT")  # the others are watched, and nothing is stored about them
NOT_STORED = ("ADA/USDT", "DOT/USDT", "ATOM/USDT")
TRADED = STORED[:2]
FOREIGN = ("DOGE", "XRP", "SHIB", "litecoin", "PEPE", "tesla", "monero", "$WIF", "dogecoin")
HISTORY = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Case:
    """A template, the coins it is about, and the rule that must speak (`ANSWER` where there is an answer)."""

    expected: str
    template: str
    coins: tuple[str, ...]
    typed: bool = True


CASES = (
    Case(Rule.UNKNOWN_ASSET, "should I buy {coin} with $2k?", FOREIGN, typed=False),
    Case(Rule.UNKNOWN_ASSET, "latest signal for {coin}", FOREIGN, typed=False),
    Case(Rule.UNKNOWN_ASSET, "why did you sell {coin} yesterday?", FOREIGN, typed=False),
    Case(Rule.UNKNOWN_ASSET, "how did my last {coin} trades go?", FOREIGN, typed=False),
    Case(Rule.OUTSIDE_HISTORY, "{coin} signals in January", STORED),
    Case(Rule.OUTSIDE_HISTORY, "why did you sell {coin} on 3 february?", STORED),
    Case(Rule.OUTSIDE_HISTORY, "{coin} trades that got stopped out last year", TRADED),
    Case(Rule.OUTSIDE_HISTORY, "any golden cross on {coin} in 2024?", STORED),
    Case(Rule.OUTSIDE_HISTORY, "show my {coin} trades from 12/1", TRADED),
    Case(Rule.NO_ROWS, "latest 4h signal for {coin}", NOT_STORED),
    Case(Rule.NO_ROWS, "show my last {coin} trades", NOT_STORED),
    Case(Rule.NO_ROWS, "macd backtest results for {coin}", STORED + NOT_STORED),
    Case(Rule.NO_ROWS, "news on {coin}", STORED),
    Case(Rule.NO_SUCH_DAY, "{coin} signals on 31 june", STORED),
    Case(Rule.NO_SUCH_DAY, "why did you buy {coin} on 30/2?", STORED),
    Case(Action.NO_DATA, "should I buy {coin} with 500 bucks?", tuple(COINS)),
    Case(Action.NO_DATA, "position size for {coin} with $10k", tuple(COINS)),
    Case(ANSWER, "latest signal for {coin}", STORED),
    Case(ANSWER, "{coin} signals in May", STORED),
    Case(ANSWER, "{coin} signals this month", STORED),
    Case(ANSWER, "show my last {coin} trades", TRADED),
    Case(ANSWER, "my {coin} trades in May", TRADED),
    Case(ANSWER, "the {coin} trade where I {habit}", TRADED),
    Case(ANSWER, "how many {coin} trades did I win?", TRADED),
)


async def run(folder: Path, count: int = QUESTIONS, seed: int = 1) -> ShareReport:
    """Fill a store in `folder` (two months of four markets, no candles) and ask; the cases in turn, a third messy.

    What must abstain and does not is as wrong as what has an answer and gets none; so is the wrong rule. An abstention
    that carries advice counts as wrong whatever it says.
    """
    rng = random.Random(seed)  # noqa: S311 - drawn for a test, not a secret
    url = f"sqlite+aiosqlite:///{folder / 'abstention.db'}"
    await upgrade(url)
    database = await Database.open(url)
    try:
        stores = Stores.of(database)
        await _fill(stores, rng)
        adviser = _adviser(stores)
        judged = [await _judged(adviser, CASES[i % len(CASES)], rng) for i in range(count)]
    finally:
        await database.close()
    return ShareReport("abstention", seed, FLOOR, tuple(judged))


def _adviser(stores: Stores) -> Adviser:
    desk = Desk(stores, DeskRules(("eval",), SignalRules(), PlanRules()))
    retriever = Retriever(stores.documents, None, None)
    watched = Watched(tuple(COINS), (Timeframe.H1, Timeframe.H4))
    recommender = Recommender(stores, desk, retriever, AccountRules(), None)
    return Adviser(stores, recommender, retriever, Board(desk, watched))


async def _judged(adviser: Adviser, case: Case, rng: random.Random) -> Judged:
    coin = rng.choice(case.coins)
    name = rng.choice(COINS[coin]) if coin in COINS else coin
    text = put(case.template, {"coin": name, "habit": rng.choice(HABITS)})
    if case.typed and rng.random() < 1 / 3:
        text = messy(text, rng)
    answer = await adviser.answer(Question(text, OWNER, (SHARED, scope_of(OWNER)), NOW, use_model=False))
    got: str = answer.abstained or ANSWER
    advised = any(one.action.is_advice for one in answer.recommendations)
    if answer.recommendations and not answer.abstained:
        got = answer.recommendations[0].action
    elif case.expected == ANSWER and not (answer.sources or answer.figures):
        got = "nothing"
    return Judged(str(case.expected), text, str(case.expected), "advice" if advised else str(got))


async def _fill(stores: Stores, rng: random.Random) -> None:
    issued, step = [], timedelta(hours=7)
    for symbol in STORED:
        at = NOW - HISTORY
        while at < NOW:
            side = rng.choice((Action.BUY, Action.SELL))
            series = Series("eval", symbol, rng.choice((Timeframe.H1, Timeframe.H4)))
            issued.append(Issued(Signal(series, at, at, side, "generated", price=100.0), None, at, None))
            at += step
    await stores.signals.emit_many(issued)
    for number in range(40):
        await stores.trades.save(_trade(number, rng))
    await Ingestor(stores, None, None, FrozenClock(NOW)).sweep_all()


def _trade(number: int, rng: random.Random) -> Trade:
    closed = NOW - HISTORY * (number + 1) / 42
    return Trade(
        trade_id=f"eval-{number}",
        owner=OWNER,
        symbol=TRADED[number % 2],
        timeframe=Timeframe.H1,
        side="LONG",
        quantity=Decimal(1),
        entry=Decimal(100),
        opened_at=closed - timedelta(hours=4),
        size_usd=Decimal(100),
        exit=Decimal(101),
        closed_at=closed,
        pnl_usd=Decimal(rng.choice((-3, 2, 5))),
        return_pct=1.0,
        exit_reason=rng.choice(("stop_loss", "take_profit", "timeout", "manual")),
        note=f"I {rng.choice(HABITS)} here.",
    )
