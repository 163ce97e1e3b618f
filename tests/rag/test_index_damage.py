"""What can happen to the index's files, and that it is found, told, rebuilt, and never changes a score."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from rag.index import ChromaIndex, IndexBrokenError
from rag.ingest import Ingestor
from storage.database import Database
from storage.stores import Stores
from tests.builders import a_trade
from tests.fresh_files import empty_file
from tests.rag import ingest_room as room
from tests.rag.ingest_room import CLOCK, FakeEmbedder

stores = room.stores  # a fixture

TRADES = 1_100  # beyond the 1,000 at which Chroma writes its graph to files
IDS = frozenset(f"trade:t-{i}" for i in range(TRADES))
NOISE = np.random.default_rng(5).bytes(50_000)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of 1,100 trades and an index of them, settled and closed."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(empty_file(), folder / "deskmate.db")
    asyncio.run(fill(folder))
    return folder


async def fill(folder: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'deskmate.db'}")
    stores = Stores.of(database)
    await stores.trades.save_many([a_trade(trade_id=f"t-{i}") for i in range(TRADES)])
    index = await opened(folder / "index")
    await Ingestor(stores, index, FakeEmbedder(), CLOCK).sweep_all(2_000)
    await index.close()
    await database.close()


@pytest.fixture
async def desk(filled: Path, tmp_path: Path) -> AsyncIterator[tuple[Stores, Path]]:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'deskmate.db'}")
    yield Stores.of(database), tmp_path / "index"
    await database.close()


async def opened(folder: Path) -> ChromaIndex:
    return await ChromaIndex.open(folder, model="fake", dimension=8)


def files(folder: Path, name: str) -> list[Path]:
    found = list(folder.rglob(name))
    assert found, name
    return found


def noise_in(folder: Path, name: str) -> None:
    for path in files(folder, name):
        size = path.stat().st_size
        path.write_bytes(NOISE[: max(size, 100)])


def half_of(folder: Path, name: str) -> None:
    for path in files(folder, name):
        os.truncate(path, path.stat().st_size // 2)


def a_flipped_byte(folder: Path, name: str) -> None:
    for path in files(folder, name):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x40
        path.write_bytes(data)


def gone(folder: Path, name: str) -> None:
    for path in files(folder, name):
        path.unlink()


OF_CHROMA = (
    ("chroma.sqlite3", noise_in),
    ("data_level0.bin", half_of),
    ("header.bin", noise_in),
    ("length.bin", gone),
    ("index_metadata.pickle", noise_in),
    ("link_lists.bin", noise_in),
)


@pytest.mark.parametrize(("name", "damage"), OF_CHROMA)
async def test_damage_to_chromas_files_changes_no_answer_and_is_rebuilt_without_embedding(
    desk: tuple[Stores, Path], name: str, damage: Callable[[Path, str], None]
) -> None:
    stores, folder = desk
    damage(folder, name)
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    before = await index.scores(["trade:t-7"], embedder.embed(["x"])[0])
    embedder.embedded.clear()

    why = await ingestor.mend()
    near = await index.nearest(FakeEmbedder().embed(["x"])[0], 7)
    again = await ingestor.mend()
    ids, found = await index.ids(), await ingestor.check()
    await index.close()

    assert set(before) == {"trade:t-7"}
    assert "not as they were left" in why
    assert again == ""
    assert embedder.embedded == []
    assert len(near) == 7
    assert ids == IDS
    assert (found.equal, found.repaired, found.note) == (True, 0, "")


@pytest.mark.parametrize("damage", [noise_in, half_of, a_flipped_byte, gone])
async def test_damage_to_the_vectors_is_told_and_rebuilt(
    desk: tuple[Stores, Path], damage: Callable[[Path, str], None]
) -> None:
    stores, folder = desk
    damage(folder, "vectors.bin")
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    if damage is half_of:  # cut at a record it is a shorter index, which only the documents can tell
        assert await index.count() < TRADES
        index.distrust("The vector index holds some of the documents.")

    with pytest.raises(IndexBrokenError):
        await index.scores(["trade:t-7"], embedder.embed(["x"])[0])
    said = ingestor.note
    why = await ingestor.mend()
    scores = await index.scores(sorted(IDS), embedder.embed(["x"])[0])
    ids = await index.ids()
    await index.close()

    assert said == why != ""
    assert ids == scores.keys() == IDS


async def test_an_index_that_vanishes_while_it_is_open_is_noticed_and_rebuilt_from_memory(
    desk: tuple[Stores, Path],
) -> None:
    stores, folder = desk
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    shutil.rmtree(folder)
    await stores.trades.save(a_trade(trade_id="later"))

    await ingestor.sweep()
    said = ingestor.note
    why = await ingestor.mend()
    embedded = list(embedder.embedded)
    ids = await index.ids()
    await index.close()
    reopened = await opened(folder)
    kept = await reopened.ids()
    await reopened.close()

    assert "has lost its vectors" in said
    assert said == why
    assert len(embedded) == 2  # once for the sweep, once for the rebuild: the others were in memory
    assert ids == kept == IDS | {"trade:later"}


@pytest.mark.parametrize("damage", [a_flipped_byte, gone])
async def test_the_daily_check_finds_what_changed_under_an_open_index(
    desk: tuple[Stores, Path], damage: Callable[[Path, str], None]
) -> None:
    stores, folder = desk
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    damage(folder, "vectors.bin")

    first = await ingestor.check()
    second = await ingestor.check()
    ids = await index.ids()
    await index.close()

    assert "vector index" in first.note
    assert (second.equal, second.note, second.repaired) == (True, "", 0)
    assert ids == IDS


async def test_garbage_written_while_chroma_is_put_away_is_never_opened(desk: tuple[Stores, Path]) -> None:
    stores, folder = desk
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    noise_in(folder, "link_lists.bin")
    await stores.trades.save(a_trade(trade_id="later"))

    await ingestor.sweep()
    why = await ingestor.mend()
    near = await index.nearest(embedder.embed(["x"])[0], 3)
    ids = await index.ids()
    await index.close()

    assert "not as they were left" in why
    assert len(near) == 3
    assert ids == IDS | {"trade:later"}


async def test_entries_that_chroma_lost_behind_its_seal_are_found_by_the_daily_check(
    desk: tuple[Stores, Path],
) -> None:
    stores, folder = desk
    index, embedder = await opened(folder), FakeEmbedder()
    ingestor = Ingestor(stores, index, embedder, CLOCK)
    await stores.trades.save(a_trade(trade_id="later"))
    await ingestor.sweep()  # opens Chroma
    [database] = files(folder, "chroma.sqlite3")
    connection = sqlite3.connect(database, timeout=30)
    connection.execute("DELETE FROM embeddings WHERE embedding_id = 'trade:t-3'")
    connection.commit()
    connection.close()

    await ingestor.check()
    why = await index.look(thorough=True)
    ids = await index.ids()
    await index.close()

    assert why == ""
    assert ids == IDS | {"trade:later"}


async def test_the_index_of_an_earlier_version_is_built_anew_without_a_warning_of_damage(
    desk: tuple[Stores, Path], caplog: pytest.LogCaptureFixture
) -> None:
    stores, folder = desk
    for name in ("vectors.bin", "seal.json"):  # which it did not have
        gone(folder, name)
    index = await opened(folder)
    ingestor = Ingestor(stores, index, FakeEmbedder(), CLOCK)
    said = [r.message for r in caplog.records if r.levelname == "WARNING"]

    why = await ingestor.mend()
    again = await ingestor.mend()
    ids = await index.ids()
    await index.close()

    assert said == []
    assert "earlier version" in why
    assert (again, ids) == ("", IDS)
