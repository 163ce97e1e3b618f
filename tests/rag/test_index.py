"""The index on a real Chroma: exact scores, scopes, one owner, damage, rebuilding beside."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.index import (
    ChromaIndex,
    IndexEntry,
    IndexInUseError,
    IndexMismatchError,
)
from signals.errors import UserError

MINE = "user:terminal:local"


def entry(doc_id: str, *vector: float, scope: str = "shared", content_hash: str = "h1") -> IndexEntry:
    row = np.array(vector, dtype=np.float32)
    return IndexEntry(doc_id, scope, row / np.linalg.norm(row), f"text of {doc_id}", content_hash, {"type": "signal"})


EAST = entry("signal:a", 1, 0)
NORTH = entry("signal:b", 0, 1)
BETWEEN = entry("trade:c", 1, 1, scope=MINE)


async def batches(*groups: Sequence[IndexEntry]) -> AsyncIterator[Sequence[IndexEntry]]:
    for group in groups:
        yield group


async def opened(folder: Path, *, model: str = "m", dimension: int = 2) -> ChromaIndex:
    return await ChromaIndex.open(folder, model=model, dimension=dimension)


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[ChromaIndex]:
    opened_index = await opened(tmp_path / "index")
    yield opened_index
    await opened_index.close()


async def test_scores_are_exact_cosines_of_the_ids_that_are_there(index: ChromaIndex) -> None:
    await index.upsert([EAST, NORTH, BETWEEN])

    first = await index.scores(["signal:b", "trade:c", "signal:nowhere", "trade:c"], EAST.vector)
    from_memory = await index.scores(["trade:c", "signal:a"], EAST.vector)

    assert first == pytest.approx({"signal:b": 0, "trade:c": 0.5**0.5}, abs=1e-6)
    assert from_memory == pytest.approx({"signal:a": 1, "trade:c": 0.5**0.5}, abs=1e-6)


async def test_nothing_outside_the_scopes_is_looked_at(index: ChromaIndex) -> None:
    await index.upsert([EAST, BETWEEN])

    shared = await index.scores(["signal:a", "trade:c"], EAST.vector, ["shared"])
    other = await index.scores(["trade:c"], EAST.vector, ["shared", "user:discord:1"])
    near = await index.nearest(EAST.vector, 5, ["shared"])

    assert set(shared) == {"signal:a"}
    assert other == {}
    assert [doc_id for doc_id, _ in near] == ["signal:a"]


async def test_the_nearest_come_best_first_over_scopes(index: ChromaIndex) -> None:
    await index.upsert([EAST, NORTH, BETWEEN])

    near = await index.nearest(EAST.vector, 2)

    assert [doc_id for doc_id, _ in near] == ["signal:a", "trade:c"]
    assert near[1][1] == pytest.approx(0.5**0.5, abs=1e-5)


async def test_an_entry_is_replaced_in_place(index: ChromaIndex) -> None:
    await index.upsert([EAST])
    await index.scores(["signal:a"], EAST.vector)

    await index.upsert([entry("signal:a", 0, 1, content_hash="h2")])

    assert await index.count() == 1
    assert await index.scores(["signal:a"], EAST.vector) == pytest.approx({"signal:a": 0}, abs=1e-6)
    assert await index.hashes(["signal:a", "signal:b"]) == {"signal:a": "h2"}


async def test_deleting_removes_the_ids_wherever_they_are(index: ChromaIndex) -> None:
    await index.upsert([EAST, NORTH, BETWEEN])
    await index.scores(["trade:c"], EAST.vector)

    await index.delete(["signal:a", "trade:c", "never:there"])

    assert await index.ids() == {"signal:b"}
    assert await index.scores(["trade:c"], EAST.vector) == {}


async def test_empty_requests_are_answered(index: ChromaIndex) -> None:
    await index.upsert([])
    await index.delete([])

    assert await index.scores([], EAST.vector) == {}
    assert await index.nearest(EAST.vector, 3) == ()
    assert await index.hashes([]) == {}


async def test_a_vector_of_another_length_is_a_bug(index: ChromaIndex) -> None:
    with pytest.raises(ValueError, match="shape"):
        await index.upsert([entry("signal:a", 1, 0, 0)])


async def test_entries_survive_closing(tmp_path: Path) -> None:
    first = await opened(tmp_path)
    await first.upsert([EAST, BETWEEN])
    await first.close()

    second = await opened(tmp_path)
    ids = await second.ids()
    scores = await second.scores(["trade:c"], BETWEEN.vector)
    await second.close()

    assert ids == {"signal:a", "trade:c"}
    assert scores == pytest.approx({"trade:c": 1}, abs=1e-6)


async def test_a_second_owner_is_told_the_pid_of_the_first(index: ChromaIndex, tmp_path: Path) -> None:
    with pytest.raises(IndexInUseError, match=f"process {os.getpid()}"):
        await opened(tmp_path / "index")


async def test_another_process_is_kept_out_too(index: ChromaIndex, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.index.folder import IndexFolder\n"
        "from rag.index import IndexInUseError\n"
        "try: IndexFolder(Path(sys.argv[1]))\n"
        "except IndexInUseError as e: print(e)"
    )

    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(tmp_path / "index")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"process {os.getpid()}" in done.stdout


@pytest.mark.parametrize(("model", "dimension"), [("other", 2), ("m", 3)])
async def test_vectors_of_another_model_ask_for_a_reindex(tmp_path: Path, model: str, dimension: int) -> None:
    first = await opened(tmp_path)
    await first.upsert([EAST])
    await first.close()

    second = await opened(tmp_path, model=model, dimension=dimension)
    with pytest.raises(IndexMismatchError, match="deskmate reindex"):
        await second.scores(["signal:a"], EAST.vector)
    reused = second.vector("shared", "signal:a", "h1")
    written = await second.rebuild(batches([entry("signal:a", *range(1, dimension + 1))]))
    sound = second.fault
    await second.close()

    assert (reused, written, sound) == (None, 1, None)


async def test_a_rebuild_replaces_everything_and_leaves_one_generation(index: ChromaIndex, tmp_path: Path) -> None:
    await index.upsert([EAST])

    written = await index.rebuild(batches([NORTH], [BETWEEN]))

    assert written == 2
    assert await index.ids() == {"signal:b", "trade:c"}
    assert [p.name for p in (tmp_path / "index").glob("index-*")] == ["index-2"]
    assert (tmp_path / "index" / "current").read_text() == "index-2"


async def test_the_live_index_serves_while_another_is_built_and_stays_when_that_fails(
    index: ChromaIndex, tmp_path: Path
) -> None:
    await index.upsert([EAST])
    seen: list[frozenset[str]] = []

    async def failing() -> AsyncIterator[Sequence[IndexEntry]]:
        yield [NORTH]
        seen.append(await index.ids())
        raise RuntimeError("no more records")

    with pytest.raises(RuntimeError, match="no more records"):
        await index.rebuild(failing())

    assert seen == [{"signal:a"}]
    assert await index.ids() == {"signal:a"}
    assert [p.name for p in (tmp_path / "index").glob("index-*")] == ["index-1"]


async def test_what_a_crash_during_a_rebuild_left_is_removed(tmp_path: Path) -> None:
    first = await opened(tmp_path)
    await first.upsert([EAST])
    await first.close()
    (tmp_path / "index-2").mkdir()

    second = await opened(tmp_path)
    ids = await second.ids()
    await second.close()

    assert ids == {"signal:a"}
    assert not (tmp_path / "index-2").exists()


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UserError, match="cannot be written"):
        await opened(tmp_path / "file" / "index")
