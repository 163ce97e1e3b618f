"""An index that was damaged, absent or outdated, and what checking and reindexing make of it."""

import asyncio

import pytest

from rag.index import IndexBrokenError, IndexEntry
from rag.ingest import NO_INDEX, NO_MODEL, Ingestor
from storage.stores import Stores
from tests.builders import NOW, a_backtest, a_trade
from tests.rag import ingest_room as room
from tests.rag.ingest_room import CLOCK, EVERYTHING, DyingIndex, FakeEmbedder, write_everything

stores, index = room.stores, room.index  # fixtures
embedder, ingestor = room.embedder, room.ingestor


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
