"""An ingestor over a real SQLite and a real Chroma that can be made to die; a test names the fixtures it uses."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.embedder import VectorArray
from rag.index import ChromaIndex, IndexEntry
from rag.ingest import Ingestor
from signals.clock import FrozenClock
from signals.model import PlanRules, SignalState, Timeframe, Transition
from storage.database import Database
from storage.marks import MarkStore
from storage.stores import Stores
from storage.values import LoggedRecommendation, Mark
from tests.builders import NOW, a_backtest, a_trade, an_issued
from tests.fresh_files import fresh_database

CLOCK = FrozenClock(NOW)
EVERYTHING = {
    "signal:replay:ETH/USDT:1h:2022-11-08T11:00:00Z",
    "outcome:replay:ETH/USDT:1h:2022-11-08T11:00:00Z",
    "trade:t-1",
    "trade_note:t-1",
    "backtest:b-1",
    "recommendation:r-1",
    f"strategy_params:ETH/USDT:1h:{int(NOW.timestamp() * 1000)}",
}


class FakeEmbedder:
    """Unit vectors drawn from the text's hash; counts what it was asked to embed."""

    model = "fake"
    dimension = 8

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> VectorArray:
        self.embedded += texts
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) for text in texts]
        rows = np.stack([np.random.default_rng(seed).normal(size=8) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class CrashError(Exception):
    """The process dies here."""


class DyingIndex(ChromaIndex):
    """Dies, or finds itself broken, at the next upsert."""

    error: Exception | None = None

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        await super().upsert(entries)


class DyingMarks(MarkStore):
    """Dies before taking the marks away."""

    async def done(self, marks: Sequence[Mark]) -> None:
        raise CrashError


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    database = await Database.open(await fresh_database(tmp_path / "deskmate.db"))
    yield Stores.of(database)
    await database.close()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[DyingIndex]:
    opened = await DyingIndex.open(tmp_path / "index", model="fake", dimension=8)
    assert isinstance(opened, DyingIndex)
    yield opened
    await opened.close()


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def ingestor(stores: Stores, index: DyingIndex, embedder: FakeEmbedder) -> Ingestor:
    return Ingestor(stores, index, embedder, CLOCK)


async def write_everything(stores: Stores) -> None:
    issued = an_issued()
    await stores.signals.emit(issued)
    end = Transition(issued.signal_id, SignalState.TARGET, NOW + timedelta(hours=5), 1560.0, 1.4)
    await stores.signals.add_transition(end)
    await stores.trades.save(a_trade(note="chased it"))
    await stores.backtests.save(a_backtest())
    await stores.parameters.activate("ETH/USDT", Timeframe.H1, PlanRules(), NOW, "tuned")
    await stores.recommendations.save(
        LoggedRecommendation("r-1", "u1", "buy ETH?", NOW, NOW, "ETH/USDT", "BUY", "rules", None, None, None)
    )
