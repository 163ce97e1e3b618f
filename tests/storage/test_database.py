"""The contract of reads and writes, over both databases; the refusals at the door are in test_opening.py."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from storage import dialect
from storage.database import Database
from storage.tables import ingest_marks, signal_transitions
from tests.storage.builders import NOW


def _row(pk: str, revision: int = 1) -> dict[str, object]:
    return {"type": "signal", "pk": pk, "revision": revision}


async def _pks(database: Database) -> list[str]:
    async with database.read() as conn:
        return list(await conn.scalars(sa.select(ingest_marks.c.pk).order_by(ingest_marks.c.pk)))


async def test_a_write_is_seen_after_it_ended_and_not_before(database: Database) -> None:
    async with database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), _row("a"))
        during = await _pks(database)

    assert during == []
    assert await _pks(database) == ["a"]


async def test_a_read_sees_one_snapshot_whatever_is_written_meanwhile(database: Database) -> None:
    count = sa.select(sa.func.count()).select_from(ingest_marks)
    async with database.read() as conn:
        before = await conn.scalar(count)
        async with database.write() as writing:
            await writing.execute(sa.insert(ingest_marks), _row("a"))
        after = await conn.scalar(count)

    assert (before, after) == (0, 0)


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only|cannot be written"):
        async with database.read() as conn:
            await conn.execute(sa.insert(ingest_marks), _row("a"))

    assert await _pks(database) == []


async def test_an_error_in_a_write_undoes_it_and_the_next_write_works(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.write() as conn:
            await conn.execute(sa.insert(ingest_marks), _row("a"))
            raise LookupError

    async with database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), _row("b"))
    assert await _pks(database) == ["b"]


async def test_a_broken_constraint_stays_a_bug_and_undoes_the_write(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as conn:
            await conn.execute(sa.insert(ingest_marks), _row("a"))
            await conn.execute(sa.insert(ingest_marks), _row("a"))

    assert await _pks(database) == []


async def test_a_statement_that_is_wrong_stays_a_bug(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        async with database.read() as conn:
            await conn.execute(sa.text("SELECT nothing FROM nowhere"))


async def test_a_write_cancelled_between_statements_is_undone(database: Database) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.write() as conn:
            await conn.execute(sa.insert(ingest_marks), _row("a"))
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _pks(database) == []
    async with database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), _row("b"))
    assert await _pks(database) == ["b"]


@pytest.mark.parametrize("delay_s", [0.0, 0.0005, 0.002, 0.005, 0.01])
async def test_a_write_cancelled_at_any_moment_is_whole_or_not_there(database: Database, delay_s: float) -> None:
    rows = [_row(f"{i:05}") for i in range(500)]

    async def write() -> None:
        async with database.write() as conn:
            for row in rows[:5]:
                await conn.execute(sa.insert(ingest_marks), row)
            await conn.execute(sa.insert(ingest_marks), rows[5:])

    task = asyncio.create_task(write())
    await asyncio.sleep(delay_s)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert len(await _pks(database)) in (0, 500)
    async with database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), _row("next"))
    assert "next" in await _pks(database)


async def test_a_commit_that_has_begun_is_finished_when_cancelled_twice(database: Database) -> None:
    async def write() -> None:
        async with database.write() as conn:
            await conn.execute(sa.insert(ingest_marks), _row("a"))
            asyncio.get_running_loop().call_soon(task.cancel)
            asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(task.cancel))

    task = asyncio.create_task(write())

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _pks(database) == ["a"]


async def test_fifty_writers_at_once_lose_nothing(database: Database) -> None:
    async def add_one() -> None:
        async with database.write() as conn:
            now = await conn.scalar(sa.select(ingest_marks.c.revision)) or 0
            await asyncio.sleep(0)
            await conn.execute(dialect.upsert(conn.dialect.name, ingest_marks), _row("a", now + 1))

    await asyncio.gather(*(add_one() for _ in range(50)))

    async with database.read() as conn:
        assert await conn.scalar(sa.select(ingest_marks.c.revision)) == 50


async def test_writers_of_two_connections_take_turns(database: Database, database_url: str) -> None:
    other = await Database.open(database_url)

    async def add_one(through: Database) -> None:
        async with through.write() as conn:
            now = await conn.scalar(sa.select(ingest_marks.c.revision)) or 0
            await asyncio.sleep(0.001)
            await conn.execute(dialect.upsert(conn.dialect.name, ingest_marks), _row("a", now + 1))

    try:
        await asyncio.gather(*(add_one(one) for one in (database, other) * 10))
    finally:
        await other.close()

    async with database.read() as conn:
        assert await conn.scalar(sa.select(ingest_marks.c.revision)) == 20


async def test_more_readers_than_connections_wait_for_their_turn(database: Database) -> None:
    found = await asyncio.gather(*(_pks(database) for _ in range(40)))

    assert found == [[]] * 40


async def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_itself(database: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        async with database.write(), database.write():
            pass


async def test_a_sound_database_passes_its_check_and_closes_twice(database: Database) -> None:
    await database.check()

    await database.close()
    await database.close()


async def test_foreign_keys_are_enforced(database: Database) -> None:
    row = {"signal_id": "nobody's", "state": "entered", "at": NOW, "price": 1.0}

    with pytest.raises(IntegrityError):
        async with database.write() as conn:
            await conn.execute(sa.insert(signal_transitions), row)


async def test_sqlite_is_set_up_for_safety(sqlite_database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}

    for use, query_only in ((sqlite_database.write, 0), (sqlite_database.read, 1)):
        async with use() as conn:
            found = {name: await conn.scalar(sa.text(f"PRAGMA {name}")) for name in wanted}
            assert found == wanted
            assert await conn.scalar(sa.text("PRAGMA query_only")) == query_only
