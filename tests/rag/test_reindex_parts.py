"""Reindexing a part: only its documents are rendered and embedded anew, and the whole index is sound afterwards."""

import pytest

from bot.commands.reindex import ReindexKnowledge, part_of
from rag.ingest import Ingestor
from rag.ingest_parts import Part
from signals.errors import UserError
from storage.stores import Stores
from tests.builders import a_backtest, a_trade
from tests.rag import ingest_room as room
from tests.rag.ingest_room import EVERYTHING, DyingIndex, FakeEmbedder, write_everything

stores, index = room.stores, room.index  # fixtures
embedder, ingestor = room.embedder, room.ingestor


@pytest.mark.parametrize(
    ("scope", "symbols", "embedded"),
    [
        ("all", (), 7),
        ("shared", (), 4),
        ("mine", (), 3),
        ("trade", (), 1),
        ("shared", ("ETH/USDT",), 4),
        ("all", ("BTC/USDT",), 0),
    ],
)
async def test_only_the_part_is_embedded_anew(
    ingestor: Ingestor, stores: Stores, index: DyingIndex, embedder: FakeEmbedder, scope: str, symbols: tuple[str, ...],
    embedded: int,
) -> None:  # fmt: skip
    await write_everything(stores)
    await ingestor.sweep()
    embedder.embedded.clear()

    report = await ingestor.reindex(part=part_of(scope, symbols, "u1"))

    assert len(embedder.embedded) == embedded
    assert (report.documents, report.vectors) == (7, 7)
    assert await index.ids() == await stores.documents.all_ids() == EVERYTHING


async def test_a_part_loses_what_has_no_record_and_leaves_the_rest(ingestor: Ingestor, stores: Stores) -> None:
    await stores.trades.save(a_trade())
    await stores.backtests.save(a_backtest())
    await ingestor.sweep()
    async with stores.database.write() as conn:
        await conn.exec_driver_sql("DELETE FROM trades")
        await conn.exec_driver_sql("DELETE FROM backtests")

    await ingestor.reindex(part=Part(types=("trade",)))

    assert await stores.documents.all_ids() == {"backtest:b-1"}


async def test_the_reply_says_which_part_it_was(ingestor: Ingestor, stores: Stores) -> None:
    await write_everything(stores)
    await ingestor.sweep()

    reply = await ReindexKnowledge(ingestor)(lambda *_: None, Part(types=("trade_note",)))

    assert "all trade note documents" in reply.text
    assert "same ids as SQL" in reply.text
    assert not reply.error


def test_a_scope_that_is_none_names_those_there_are() -> None:
    with pytest.raises(UserError, match="changes, all, shared, mine, signal"):
        part_of("everything", (), "u1")
