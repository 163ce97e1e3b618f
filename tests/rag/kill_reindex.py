"""Kills reindexes with SIGKILL and looks what is left: `kill_reindex.py FOLDER DOCUMENTS KILLS [SEED]`.

The parent imports everything and forks a child for each reindex, so that the kills land inside the work: most of them
between the beginning of the new index and its swap, some at the swap itself, some while documents are rendered. Before
and after each kill it asks a question. Prints a line of JSON.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rag.index import ChromaIndex
from rag.index.folder import IndexFolder
from rag.ingest import Ingestor
from rag.ingest_parts import EVERYTHING, Part
from rag.question.parse import parse
from rag.retrieve import Retriever
from signals.model import Timeframe
from signals.universe import DEFAULT_SYMBOLS
from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores
from tests.builders import NOW, an_issued
from tests.rag.ingest_room import CLOCK, FakeEmbedder

NOTHING_RENDERED = Part(types=("model_card",))
QUESTION = "find eth signals about the breakout"


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'deskmate.db'}"


async def opened(folder: Path) -> tuple[Database, ChromaIndex]:
    database = await Database.open(url(folder))
    return database, await ChromaIndex.open(folder / "index", model="fake", dimension=8)


async def fill(folder: Path, documents: int) -> None:
    await upgrade(url(folder))
    database, index = await opened(folder)
    stores = Stores.of(database)
    first = an_issued()
    bars = [first.signal.known_at - timedelta(hours=i) for i in range(documents)]
    await stores.signals.emit_many(
        [
            replace(first, signal=replace(first.signal, known_at=at, bar_open_at=at - Timeframe.H1.duration))
            for at in bars
        ]
    )
    await Ingestor(stores, index, FakeEmbedder(), CLOCK).sweep_all(1_000)
    await index.close()
    await database.close()


async def reindex(folder: Path, part: Part) -> None:
    database, index = await opened(folder)
    await Ingestor(Stores.of(database), index, FakeEmbedder(), CLOCK).reindex(part=part)
    await index.close()
    await database.close()


async def answers(folder: Path, *, with_index: bool) -> str:
    """What is wrong, empty when a question finds its documents."""
    database = await Database.open(url(folder))
    documents = Stores.of(database).documents
    index = await ChromaIndex.open(folder / "index", model="fake", dimension=8) if with_index else None
    try:
        asked = parse(QUESTION, NOW + timedelta(days=1), DEFAULT_SYMBOLS)
        found = await Retriever(documents, index, FakeEmbedder()).find(asked, ("shared",), NOW + timedelta(days=1))
        if len(found.documents) != 7:
            return f"{len(found.documents)} documents"
        return "; ".join(found.notes)
    finally:
        if index is not None:
            await index.close()
        await database.close()


def die_at(point: str) -> None:
    """Kill this process just before or after the pointer to the live index is written."""
    point_to = IndexFolder.point_to

    def dying(self: IndexFolder, generation: Path) -> None:
        if point == "swapped":
            point_to(self, generation)
        os.kill(os.getpid(), signal.SIGKILL)

    IndexFolder.point_to = dying  # type: ignore[method-assign]


def child(work: Coroutine[Any, Any, None], point: str = "") -> int:
    """Fork a process that does the work; the parent itself never opens Chroma, whose threads would not survive it."""
    pid = os.fork()
    if pid:
        work.close()
        return pid
    if point:
        die_at(point)
    code = 1
    try:
        asyncio.run(work)
        code = 0
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """The status of a child that ends by itself."""
    status: list[int] = []

    def is_over() -> bool:
        found, code = os.waitpid(pid, os.WNOHANG)
        if found:
            status.append(code)
        return bool(found)

    try:
        until(is_over)
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
        raise
    return status[0]


def building(folder: Path) -> int:
    return len(list((folder / "index").glob("index-*")))


def until(condition: Callable[[], bool], limit_s: float = 120.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the child does not get on")
        time.sleep(0.002)


def one_kill(folder: Path, chance: random.Random, takes_s: float, how: str) -> str:
    """Where the kill landed."""
    part = EVERYTHING if how == "rendering" else NOTHING_RENDERED
    pid = child(reindex(folder, part), how if how in ("swapping", "swapped") else "")
    done = lambda: os.waitpid(pid, os.WNOHANG)[0] != 0  # noqa: E731
    if how in ("swapping", "swapped"):
        assert ended(pid) == signal.SIGKILL
        return how
    if how == "rendering":
        time.sleep(chance.uniform(0.05, 0.8))
    else:
        before = building(folder)
        until(lambda: building(folder) > before)
        time.sleep(chance.uniform(0, 1.1 * takes_s))
    if done():
        return "finished"
    os.kill(pid, signal.SIGKILL)
    where = "building" if building(folder) > 1 else how
    os.waitpid(pid, 0)
    return where


def main() -> None:
    folder, documents, kills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    assert ended(child(fill(folder, documents))) == 0
    begin = time.monotonic()
    pid = child(reindex(folder, NOTHING_RENDERED))
    before = building(folder)
    until(lambda: building(folder) > before)
    started = time.monotonic()
    assert ended(pid) == 0
    takes_s = time.monotonic() - started
    landed: Counter[str] = Counter()
    wrong: list[str] = []
    while sum(landed.values()) - landed["finished"] < kills and landed["finished"] < kills + 20:
        how = chance.choices(("building", "rendering", "swapping", "swapped"), (80, 8, 6, 6))[0]
        landed[one_kill(folder, chance, takes_s, how)] += 1
        said = asyncio.run(answers(folder, with_index=False)) or asyncio.run(answers(folder, with_index=True))
        if said:
            wrong.append(said)
        print(json.dumps({"so far": landed, "wrong": wrong}), file=sys.stderr, flush=True)
    assert ended(child(reindex(folder, EVERYTHING))) == 0
    print(json.dumps({"landed": landed, "wrong": wrong, "seconds": round(time.monotonic() - begin, 1)} | rest(folder)))


def rest(folder: Path) -> dict[str, object]:
    async def looked() -> dict[str, object]:
        database, index = await opened(folder)
        stores = Stores.of(database)
        portions = stores.signals.keys()
        signals = {f"signal:{key}" async for keys in portions for key in keys}
        documents, entries = await stores.documents.all_ids(), await index.ids()
        graph = await index.nearest(FakeEmbedder().embed(["x"])[0], 3)
        why = await index.look(thorough=True)
        await index.close()
        await database.close()
        equal = signals == documents == entries
        return {"equal": equal, "documents": len(documents), "nearest": len(graph), "fault": why}

    return asyncio.run(looked())


if __name__ == "__main__":
    main()
