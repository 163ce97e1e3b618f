"""Backup and the restore drill."""

from __future__ import annotations

from pathlib import Path

import pytest

from signals.errors import TemporaryError, UserError
from storage import dialect
from storage.backup import backup, restore
from storage.database import Database
from storage.stores import Stores
from tests.storage.builders import document, issued, looking, trade
from tests.storage.conftest import sqlite_url


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


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

    aside = restore(copy, url)

    database = await Database.open(url)
    await database.check()
    stores = Stores.of(database)
    assert await stores.signals.get(issued().signal_id) == issued()
    assert len(await stores.documents.search(looking(), ["eth"], 5)) == 1
    assert await stores.trades.get("t1") is None
    await database.close()
    assert [path.name for path in aside] == ["deskmate.db.former-1"]
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
        dialect.copy_into(tmp_path / "broken.db", tmp_path / "copy.db")


def test_a_missing_or_damaged_backup_is_refused_and_nothing_moved(sqlite_file: Path, tmp_path: Path) -> None:
    before = sqlite_file.read_bytes()
    _spoil(tmp_path / "broken.db")

    with pytest.raises(UserError, match="no backup"):
        restore(tmp_path / "none.db", sqlite_url(sqlite_file))
    with pytest.raises(UserError, match="use an older one"):
        restore(tmp_path / "broken.db", sqlite_url(sqlite_file))

    assert sqlite_file.read_bytes() == before


def test_former_files_are_all_kept(sqlite_file: Path, migrated_file: Path) -> None:
    sqlite_file.with_name("deskmate.db-wal").write_bytes(b"left over")

    first = restore(migrated_file, sqlite_url(sqlite_file))
    second = restore(migrated_file, sqlite_url(sqlite_file))

    assert [path.name for path in first] == ["deskmate.db.former-1", "deskmate.db-wal.former-1"]
    assert [path.name for path in second] == ["deskmate.db.former-2"]
    assert dialect.faults_of(sqlite_file) is None


def test_a_restore_into_a_folder_that_cannot_be_is_explained(migrated_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")

    with pytest.raises(UserError, match="could not be copied"):
        restore(migrated_file, sqlite_url(tmp_path / "a file" / "deskmate.db"))


async def test_a_server_is_backed_up_by_its_own_tools(tmp_path: Path) -> None:
    server = Database("postgresql+asyncpg://me@127.0.0.1:1/x")

    with pytest.raises(UserError, match="pg_dump"):
        await backup(server, tmp_path / "copy.db")
    with pytest.raises(UserError, match="pg_restore"):
        restore(tmp_path / "copy.db", "postgresql+asyncpg://me@127.0.0.1:1/x")


def test_a_copy_that_meets_a_lock_is_temporary(sqlite_file: Path, tmp_path: Path) -> None:
    assert dialect.translate(TimeoutError(), "x") is None
    assert isinstance(dialect.translate(dialect.PoolTimeoutError(), "x"), TemporaryError)
