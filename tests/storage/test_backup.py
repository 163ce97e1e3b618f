"""Backup and the restore drill."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from signals.errors import TemporaryError, UserError
from storage import dialect
from storage import sqlite_file as as_file
from storage.backup import backup, restore
from storage.database import Database
from storage.delivery_values import NEW_SIGNAL, Outgoing
from storage.leases import Lease
from storage.migrate import upgrade
from storage.restored import MAY_HAVE_BEEN_SENT
from storage.stores import Stores
from tests.storage.builders import NOW, document, issued, looking, trade
from tests.storage.conftest import sqlite_url


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _outgoing(destination: str) -> Outgoing:
    return Outgoing("signal:a", NEW_SIGNAL, destination, {"title": "BUY"}, NOW)


def _spoil(file: Path) -> None:
    file.write_bytes(b"\xff" * 20_000)


async def test_the_drill_a_damaged_database_is_restored_from_its_backup(sqlite_file: Path, tmp_path: Path) -> None:
    url = sqlite_url(sqlite_file)
    database = await Database.open(url)
    stores = Stores.of(database)
    await stores.signals.emit(issued())
    await stores.documents.upsert([document()])
    copy = await backup(database, tmp_path / "backups" / "today.db")
    await stores.trades.save(trade())
    await database.close()
    _spoil(sqlite_file)
    with pytest.raises(UserError, match="damaged"):
        await Database.open(url)

    aside = await restore(copy, url, NOW)

    database = await Database.open(url)
    await database.check()
    stores = Stores.of(database)
    assert await stores.signals.get(issued().signal_id) == issued()
    assert len(await stores.documents.search(looking(), ["eth"], 5)) == 1
    assert await stores.trades.get("t1") is None
    await database.close()
    assert [Path(path).name for path in aside] == ["deskmate.db.former-1"]
    assert _names(tmp_path / "backups") == ["today.db"]


async def test_a_backup_is_taken_while_others_write(sqlite_database: Database, tmp_path: Path) -> None:
    stores = Stores.of(sqlite_database)
    await stores.trades.save(trade("before"))

    async with sqlite_database.write():
        copy = await backup(sqlite_database, tmp_path / "copy.db")

    found = await Database.open(sqlite_url(copy))
    assert await Stores.of(found).trades.get("before") is not None
    await found.close()


async def test_a_second_backup_takes_the_place_of_the_first(sqlite_database: Database, tmp_path: Path) -> None:
    await backup(sqlite_database, tmp_path / "copy.db")
    await Stores.of(sqlite_database).trades.save(trade())

    copy = await backup(sqlite_database, tmp_path / "copy.db")

    found = await Database.open(sqlite_url(copy))
    assert await Stores.of(found).trades.get("t1") == trade()
    await found.close()


async def test_a_backup_that_cannot_be_written_says_so_and_leaves_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")

    with pytest.raises(UserError, match="cannot be written"):
        await backup(sqlite_database, tmp_path / "a file" / "copy.db")

    assert "copy" not in " ".join(_names(tmp_path))


def test_a_damaged_source_is_not_copied(tmp_path: Path) -> None:
    _spoil(tmp_path / "broken.db")

    with pytest.raises(UserError, match="damaged"):
        as_file.copy_into(tmp_path / "broken.db", tmp_path / "copy.db")


async def test_a_missing_or_damaged_backup_is_refused_and_nothing_moved(sqlite_file: Path, tmp_path: Path) -> None:
    before = sqlite_file.read_bytes()
    _spoil(tmp_path / "broken.db")

    with pytest.raises(UserError, match="no backup"):
        await restore(tmp_path / "none.db", sqlite_url(sqlite_file), NOW)
    with pytest.raises(UserError, match="use an older one"):
        await restore(tmp_path / "broken.db", sqlite_url(sqlite_file), NOW)

    assert sqlite_file.read_bytes() == before


async def test_former_files_are_all_kept(sqlite_file: Path, migrated_file: Path) -> None:
    sqlite_file.with_name("deskmate.db-wal").write_bytes(b"left over")

    first = await restore(migrated_file, sqlite_url(sqlite_file), NOW)
    second = await restore(migrated_file, sqlite_url(sqlite_file), NOW)

    assert [Path(path).name for path in first] == ["deskmate.db.former-1", "deskmate.db-wal.former-1"]
    assert [Path(path).name for path in second] == ["deskmate.db.former-2"]
    assert as_file.faults_of(sqlite_file) is None
    assert not [name for name in _names(sqlite_file.parent) if "partial" in name]


async def test_a_restore_into_a_folder_that_cannot_be_is_explained(migrated_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")

    with pytest.raises(UserError, match="could not be copied"):
        await restore(migrated_file, sqlite_url(tmp_path / "a file" / "deskmate.db"), NOW)


async def test_a_backup_of_a_newer_version_or_of_something_else_is_refused(
    sqlite_file: Path, migrated_file: Path, tmp_path: Path
) -> None:
    before = sqlite_file.read_bytes()
    newer, other = tmp_path / "newer.db", tmp_path / "other.db"
    shutil.copy(migrated_file, newer)
    for file, statement in ((newer, "UPDATE alembic_version SET version_num = '0999'"), (other, "CREATE TABLE a (b)")):
        with closing(sqlite3.connect(file)) as conn:
            conn.execute(statement)
            conn.commit()

    with pytest.raises(UserError, match=r"newer Deskmate.*0999"):
        await restore(newer, sqlite_url(sqlite_file), NOW)
    with pytest.raises(UserError, match="something else"):
        await restore(other, sqlite_url(sqlite_file), NOW)

    assert sqlite_file.read_bytes() == before


async def test_what_waited_when_the_backup_was_made_is_held_and_leases_bind_nobody(
    sqlite_file: Path, tmp_path: Path
) -> None:
    url = sqlite_url(sqlite_file)
    database = await Database.open(url)
    stores = Stores.of(database)
    await stores.outbox.add([_outgoing("discord:channel:1"), _outgoing("discord:channel:2")])
    (claimed,) = await stores.outbox.claim([1], "host:1", NOW)
    await stores.leases.take(Lease("run", "me", "host", 7, "here", NOW), None)
    await stores.job_runs.claim("sync", NOW, "host:1", 3600, NOW)
    await stores.documents.upsert([document()])
    copy = await backup(database, tmp_path / "copy.db")
    assert await stores.outbox.sent(claimed, "m1", NOW)
    await database.close()

    await restore(copy, url, NOW, {"signal"})

    database = await Database.open(url)
    stores = Stores.of(database)
    held = await stores.outbox.held()
    lease = await stores.leases.look("run")
    assert [row.note for row in held] == [MAY_HAVE_BEEN_SENT] * 2
    assert await stores.outbox.due(NOW) == ()
    assert lease is not None
    assert lease.holder == ""
    assert await stores.job_runs.claim("sync", NOW, "host:2", 60, NOW) is not None
    assert [f"{mark.type}:{mark.pk}" for mark in await stores.marks.pending(10)] == [document().doc_id]
    await database.close()


async def test_without_the_servers_tools_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    server = Database("postgresql+asyncpg://me@127.0.0.1:1/x")
    (tmp_path / "copy.dump").write_text("x")

    with pytest.raises(UserError, match=r"pg_dump is not installed.*operations"):
        await backup(server, tmp_path / "new.dump")
    with pytest.raises(UserError, match="pg_restore is not installed"):
        await restore(tmp_path / "copy.dump", "postgresql+asyncpg://me@127.0.0.1:1/x", NOW)


@pytest.mark.may_block(reason="waits for the server's tools")
async def test_a_server_is_backed_up_and_restored_by_its_own_tools(postgres_server: str, tmp_path: Path) -> None:
    if not shutil.which("pg_dump") or not shutil.which("pg_restore"):
        pytest.skip("no pg_dump and pg_restore are installed here")
    first = Database(f"{postgres_server}/postgres")
    async with first._writer.connect() as conn:
        await (await conn.execution_options(isolation_level="AUTOCOMMIT")).execute(sa.text("CREATE DATABASE copied"))
    await first.close()
    url = f"{postgres_server}/copied"
    await upgrade(url)
    database = await Database.open(url)
    await Stores.of(database).trades.save(trade("before"))
    copy = await backup(database, tmp_path / "copy.dump")
    await Stores.of(database).trades.save(trade("after"))
    broken = tmp_path / "broken.dump"
    broken.write_bytes(copy.read_bytes()[: copy.stat().st_size * 2 // 3])

    with pytest.raises(UserError, match="pg_restore could not do it"):
        await restore(broken, url, NOW)
    assert await Stores.of(database).trades.get("after") is not None
    aside = await restore(copy, url, NOW)

    assert aside == ("schema former_1 of the same database",)
    await database.close()
    database = await Database.open(url)
    found = Stores.of(database).trades
    assert (await found.get("before"), await found.get("after")) == (trade("before"), None)
    async with database.read() as conn:
        assert await conn.scalar(sa.text("SELECT count(*) FROM former_1.trades")) == 2
    assert (await Stores.of(database).documents.upsert([document()])) == 1
    assert len(await Stores.of(database).documents.search(looking(), ["eth"], 5)) == 1
    await database.close()


def test_a_copy_that_meets_a_lock_is_temporary(sqlite_file: Path, tmp_path: Path) -> None:
    assert dialect.translate(TimeoutError(), "x") is None
    assert isinstance(dialect.translate(dialect.PoolTimeoutError(), "x"), TemporaryError)
