"""From records in a real SQLite to documents in a real Chroma, and what a crash on the way leaves."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from rag.ingest import Ingestor
from signals.model import SignalState, Transition
from storage.stores import Stores
from storage.values import DocumentFilter
from tests.builders import NOW, a_trade, an_issued
from tests.rag import ingest_room as room
from tests.rag.ingest_room import (
    CLOCK,
    EVERYTHING,
    CrashError,
    DyingIndex,
    DyingMarks,
    FakeEmbedder,
    write_everything,
)

stores, index = room.stores, room.index  # fixtures
embedder, ingestor = room.embedder, room.ingestor


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
