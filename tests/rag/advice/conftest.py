"""A desk with an empty SQLite store, and the parts of advice over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rag.account import AccountRules
from rag.adviser import Adviser, Question
from rag.board import Board, Watched
from rag.desk import Desk, DeskRules
from rag.explain import Explained, ExplainRequest
from rag.ingest import Ingestor
from rag.llm import ModelError
from rag.recommend import Recommender
from rag.retrieve import Retriever
from signals.clock import FrozenClock
from signals.ensemble import SignalRules
from signals.model import Candles, PlanRules, Timeframe
from storage.database import Database
from storage.stores import Stores
from storage.values import SHARED, SeriesState, scope_of
from tests.builders import NOW
from tests.fresh_files import fresh_database

OWNER = "terminal:local"
WATCHED = Watched(("ETH/USDT", "BTC/USDT", "SOL/USDT", "POL/USDT"), (Timeframe.H1, Timeframe.H4))


@dataclass
class FakeExplainer:
    """Answers every request with `words`, or raises `error`; `asked` keeps the requests."""

    words: Explained | None = None
    error: ModelError | None = None
    asked: list[ExplainRequest] = field(default_factory=list)

    async def explain(self, request: ExplainRequest) -> Explained:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        assert self.words is not None
        return self.words


def some_words(**changes: Any) -> Explained:
    """A confirming answer that cites the first source."""
    values: dict[str, Any] = {
        "stance": "confirm",
        "thesis": "The votes agree with the record [1].",
        "risks": ("The market is lively.",),
        "what_would_change": "",
        "cited": (1,),
        "model": "qwen3:4b-instruct",
        "digest": "d1",
        "prompt_ref": "recommend@1-abc",
        "raw": "{}",
    }
    return Explained(**(values | changes))


@dataclass
class Room:
    """Everything a test of advice needs: put records into `stores`, `ingest` them, `ask`."""

    stores: Stores
    explainer: FakeExplainer | None = None
    rules: AccountRules = field(default_factory=AccountRules)

    @property
    def recommender(self) -> Recommender:
        desk = Desk(self.stores, DeskRules(("replay",), SignalRules(), PlanRules()))
        retriever = Retriever(self.stores.documents, None, None)
        return Recommender(self.stores, desk, retriever, self.rules, self.explainer)  # type: ignore[arg-type]

    @property
    def adviser(self) -> Adviser:
        desk = Desk(self.stores, DeskRules(("replay",), SignalRules(), PlanRules()))
        retriever = Retriever(self.stores.documents, None, None)
        return Adviser(self.stores, self.recommender, retriever, Board(desk, WATCHED))

    async def keep(self, candles: Candles) -> None:
        """Candles as a sync leaves them: stored, with the state of their series."""
        series = candles.series
        await self.stores.candles.save(candles)
        state = SeriesState(series.exchange, series.symbol, series.timeframe, "ok", "", NOW, candles.closed_at())
        await self.stores.series.save(state)

    async def ingest(self) -> None:
        await Ingestor(self.stores, None, None, FrozenClock(NOW)).sweep_all()

    async def ask(self, text: str, **changes: Any):
        values: dict[str, Any] = {"owner": OWNER, "scopes": (SHARED, scope_of(OWNER)), "now": NOW}
        return await self.adviser.answer(Question(text, **(values | changes)))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    database = await Database.open(await fresh_database(tmp_path / "desk.db"))
    yield Room(Stores.of(database))
    await database.close()


@pytest.fixture
def small_account() -> AccountRules:
    return AccountRules(balance=Decimal(1000))
