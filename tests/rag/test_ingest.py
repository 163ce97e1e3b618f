"""From records in a real SQLite to documents in a real Chroma, and what a crash or damage on the way leaves."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from rag.embedder import VectorArray
from rag.index import ChromaIndex, IndexBrokenError, IndexEntry
from rag.ingest import NO_INDEX, NO_MODEL, Ingestor
from signals.clock import FrozenClock
from signals.model import PlanRules, SignalState, Timeframe, Transition
from storage.database import Database
from storage.marks import MarkStore
from storage.migrate import upgrade
from storage.stores import Stores
from storage.values import DocumentFilter, LoggedRecommendation, Mark
from tests.builders import NOW, a_backtest, a_trade, an_issued

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


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ingest") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def stores(empty_database: Path, tmp_path: Path) -> AsyncIterator[Stores]:
    path = shutil.copy(empty_database, tmp_path / "deskmate.db")
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
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


async def test_every_kind_of_record_reaches_documents_full_text_and_index(
    ingestor: Ingestor, stores: Stores, index: DyingIndex
) -> None:
    await write_everything(stores)

    taken = await ingestor.sweep()

    assert taken == 7
    assert await stores.documents.all_ids() == EVERYTHING
    assert await index.ids() == EVERYTHING
    assert await stores.marks.pending_count() == 0
    mine = DocumentFilter(scopes=("user:u1",), as_of=NOW)
    assert [doc_id for doc_id, _ in await stores.documents.search(mine, ["chased"], 5)] == ["trade_note:t-1"]
    assert ingestor.note == ""


async def test_a_second_sweep_has_nothing_to_do_and_an_unchanged_record_is_not_embedded_again(
    ingestor: Ingestor, stores: Stores, embedder: FakeEmbedder
) -> None:
    await write_everything(stores)
    await ingestor.sweep()
    embedder.embedded.clear()

    nothing = await ingestor.sweep()
    await stores.trades.save(a_trade(note="chased it"))
    again = await ingestor.sweep()

    assert (nothing, again) == (0, 2)
    assert embedder.embedded == []


async def test_a_changed_record_replaces_its_document_and_its_vector(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await stores.trades.save(a_trade(note="chased it"))
    await ingestor.sweep()

    await stores.trades.save(a_trade(note="was patient"))
    await ingestor.sweep()

    [note] = await stores.documents.get(["trade_note:t-1"])
    vector = embedder.embed([note.text])[0]
    assert "patient" in note.text
    assert await index.scores(["trade_note:t-1"], vector) == pytest.approx({"trade_note:t-1": 1}, abs=1e-6)
    assert await index.count() == 2


async def test_a_deleted_trade_and_its_note_are_removed_everywhere(
    ingestor: Ingestor, stores: Stores, index: DyingIndex
) -> None:
    await stores.trades.save(a_trade(note="chased it"))
    await ingestor.sweep()

    await stores.trades.delete("t-1", "u1")
    await ingestor.sweep()

    assert await stores.documents.all_ids() == frozenset()
    assert await index.ids() == frozenset()


async def test_a_note_that_was_emptied_is_removed(ingestor: Ingestor, stores: Stores, index: DyingIndex) -> None:
    await stores.trades.save(a_trade(note="chased it"))
    await ingestor.sweep()

    await stores.trades.save(a_trade(note=""))
    await ingestor.sweep()

    assert await index.ids() == {"trade:t-1"}


async def test_sweeping_all_goes_on_until_nothing_is_pending(ingestor: Ingestor, stores: Stores) -> None:
    await write_everything(stores)

    taken = await ingestor.sweep_all(limit=3)

    assert taken == 7
    assert await stores.documents.all_ids() == EVERYTHING


async def test_a_crash_between_documents_and_index_is_mended_by_the_next_sweep(
    ingestor: Ingestor, stores: Stores, index: DyingIndex
) -> None:
    await stores.trades.save(a_trade())
    index.error = CrashError()
    with pytest.raises(CrashError):
        await ingestor.sweep()
    between = await stores.documents.all_ids(), await index.ids()

    await ingestor.sweep()

    assert between == ({"trade:t-1"}, frozenset())
    assert await index.ids() == {"trade:t-1"}
    assert await stores.marks.pending_count() == 0


async def test_a_crash_before_the_marks_are_removed_repeats_without_harm(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await stores.trades.save(a_trade())
    dying = Ingestor(replace(stores, marks=DyingMarks(stores.database)), index, embedder, CLOCK)
    with pytest.raises(CrashError):
        await dying.sweep()

    taken = await ingestor.sweep()

    assert taken == 1
    assert len(embedder.embedded) == 1
    assert await index.ids() == {"trade:t-1"}


async def test_words_that_change_their_scope_leave_the_old_one(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await stores.trades.save(a_trade())
    await ingestor.sweep()
    [document] = await stores.documents.get(["trade:t-1"])
    await stores.trades.delete("t-1", "u1")
    await stores.trades.save(a_trade(owner="u2"))

    await ingestor.sweep()

    vector = embedder.embed([document.text])[0]
    assert await index.scores(["trade:t-1"], vector, ["user:u1"]) == {}
    assert set(await index.scores(["trade:t-1"], vector, ["user:u2"])) == {"trade:t-1"}


async def test_a_broken_index_does_not_hold_the_full_text_up_and_a_check_fills_it(
    ingestor: Ingestor, stores: Stores, index: DyingIndex
) -> None:
    await stores.trades.save(a_trade())
    index.error = IndexBrokenError("the index is damaged")
    await ingestor.sweep()
    await stores.backtests.save(a_backtest())
    await ingestor.sweep()
    note = ingestor.note

    found = await ingestor.check()

    assert note == "the index is damaged"
    assert found.missing == ("backtest:b-1", "trade:t-1")
    assert (found.equal, found.repaired, found.stale, found.pending) == (False, 2, 0, 0)
    assert await index.ids() == await stores.documents.all_ids()
    assert ingestor.note == ""


@pytest.mark.parametrize("without", ["index", "embedder"])
async def test_full_text_works_alone_and_says_so(
    stores: Stores, index: DyingIndex, embedder: FakeEmbedder, without: str
) -> None:
    alone = Ingestor(stores, None, embedder, CLOCK) if without == "index" else Ingestor(stores, index, None, CLOCK)
    await write_everything(stores)

    await alone.sweep()
    report = await alone.reindex()
    found = await alone.check()

    assert await stores.documents.all_ids() == EVERYTHING
    assert (report.documents, report.vectors) == (7, 0)
    assert alone.note == report.note == found.note == (NO_INDEX if without == "index" else NO_MODEL)
    assert await index.count() == 0


async def test_an_embedder_that_appears_later_is_caught_up_by_the_check(
    stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await write_everything(stores)
    await Ingestor(stores, index, None, CLOCK).sweep()

    found = await Ingestor(stores, index, embedder, CLOCK).check()

    assert found.repaired == 7
    assert await index.ids() == EVERYTHING


async def test_a_check_finds_nothing_to_do_where_all_is_well(ingestor: Ingestor, stores: Stores) -> None:
    await write_everything(stores)
    await ingestor.sweep()

    found = await ingestor.check()

    assert found.equal
    assert (found.documents, found.indexed, found.repaired, found.stale) == (7, 7, 0, 0)
    assert found.checked_at == NOW


async def test_a_check_removes_surplus_and_refreshes_stale_entries(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await stores.trades.save(a_trade())
    await ingestor.sweep()
    vector = embedder.embed(["x"])[0]
    await index.upsert([IndexEntry("trade:t-1", "user:u1", vector, "old words", "old")])
    await index.upsert([IndexEntry("signal:ghost", "shared", vector, "gone", "h")])

    found = await ingestor.check()

    assert found.surplus == ("signal:ghost",)
    assert (found.stale, found.repaired) == (1, 1)
    assert await index.ids() == {"trade:t-1"}


async def test_a_reindex_rebuilds_everything_from_the_records_alone(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder
) -> None:
    await write_everything(stores)
    await ingestor.sweep()
    await stores.documents.delete(sorted(EVERYTHING))
    ghost = IndexEntry("signal:ghost", "shared", embedder.embed(["x"])[0], "gone", "h")
    await index.upsert([ghost])
    seen: list[tuple[int, int]] = []

    report = await ingestor.reindex(lambda done, total: seen.append((done, total)))

    assert (report.documents, report.vectors, report.note) == (7, 7, "")
    assert await stores.documents.all_ids() == EVERYTHING
    assert await index.ids() == EVERYTHING
    assert seen == [(7, 7)]
    assert (await ingestor.check()).repaired == 0


async def test_a_reindex_of_nothing_leaves_an_empty_index(ingestor: Ingestor, index: DyingIndex) -> None:
    report = await ingestor.reindex()

    assert (report.documents, report.vectors) == (0, 0)
    assert await index.count() == 0


async def test_sweeping_and_reindexing_at_once_lose_nothing(
    ingestor: Ingestor, stores: Stores, index: DyingIndex
) -> None:
    await write_everything(stores)

    await asyncio.gather(
        ingestor.reindex(), ingestor.sweep(), stores.trades.save(a_trade(trade_id="t-2")), ingestor.check()
    )
    await ingestor.sweep_all()

    assert await index.ids() == EVERYTHING | {"trade:t-2"}
    assert await stores.documents.all_ids() == EVERYTHING | {"trade:t-2"}


async def test_signals_of_a_losing_trade_know_nothing_of_it(ingestor: Ingestor, stores: Stores) -> None:
    issued = an_issued()
    await stores.signals.emit(issued)
    await ingestor.sweep()
    before = await stores.documents.get([f"signal:{issued.signal_id}"])

    await stores.trades.save(a_trade(signal_id=issued.signal_id, pnl_usd=Decimal(-50)))
    await stores.signals.add_transition(
        Transition(issued.signal_id, SignalState.STOPPED, NOW + timedelta(hours=1), 1460.0, -1.1)
    )
    await ingestor.reindex()

    assert await stores.documents.get([f"signal:{issued.signal_id}"]) == before
    known_then = DocumentFilter(scopes=("shared",), as_of=NOW)
    assert await stores.documents.ids(known_then) == (f"signal:{issued.signal_id}",)
