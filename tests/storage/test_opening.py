"""What `Database.open` refuses, and what a database in trouble says."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from signals.errors import TemporaryError, UserError
from storage.database import Database
from storage.dialect import url_of
from storage.migrate import upgrade
from storage.tables import ingest_marks
from tests.recovery import faulty_sqlite
from tests.storage.conftest import sqlite_url

ROOT = Path(__file__).parents[2]


def _row(pk: str) -> dict[str, object]:
    return {"type": "signal", "pk": pk, "revision": 1}


def _change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute(statement)
        conn.commit()


def _spoil(file: Path, *, pages_from_end: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(-4096 * pages_from_end, 2)
        opened.write(b"\x55" * 4096)


async def test_a_missing_file_is_not_made_but_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="deskmate db upgrade"):
        await Database.open(sqlite_url(tmp_path / "none.db"))

    assert not (tmp_path / "none.db").exists()


async def test_a_file_without_our_schema_is_explained(tmp_path: Path) -> None:
    _change(tmp_path / "other.db", "CREATE TABLE other (id INTEGER)")

    with pytest.raises(UserError, match="deskmate db upgrade"):
        await Database.open(sqlite_url(tmp_path / "other.db"))


async def test_a_database_of_a_newer_deskmate_is_refused(sqlite_file: Path) -> None:
    _change(sqlite_file, "UPDATE alembic_version SET version_num = '0999'")

    for attempt in (Database.open, upgrade):
        with pytest.raises(UserError, match=r"newer Deskmate.*0999"):
            await attempt(sqlite_url(sqlite_file))


@pytest.mark.parametrize("damage", ["not a database", "header", "page"])
def test_a_damaged_file_is_refused_with_the_steps_of_a_restore(sqlite_file: Path, damage: str) -> None:
    content = bytearray(sqlite_file.read_bytes())
    if damage == "not a database":
        content = bytearray(b"certainly no database " * 500)
    elif damage == "header":
        content[16:60] = b"\xff" * 44
    else:
        content[8192 : 8192 + 4096] = b"\x55" * 4096
    sqlite_file.write_bytes(content)

    with pytest.raises(UserError, match=r"damaged.*stop Deskmate.*deskmate restore FILE"):
        asyncio.run(Database.open(sqlite_url(sqlite_file)))

    assert sqlite_file.read_bytes() == content


async def test_a_page_that_breaks_later_is_found_by_the_check(sqlite_database: Database, sqlite_file: Path) -> None:
    async with sqlite_database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), [_row(f"{i:050}") for i in range(2000)])
    await sqlite_database.close()
    _spoil(sqlite_file, pages_from_end=3)

    with pytest.raises(UserError, match="damaged"):
        await sqlite_database.check()
    await sqlite_database.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/x", "must begin with"),
        ("nonsense", "must begin with"),
        ("sqlite+aiosqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        url_of(url)


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("postgres://a/b", "postgresql+asyncpg"),
        ("postgresql://a/b", "postgresql+asyncpg"),
    ],
)
def test_an_address_without_a_driver_gets_ours(url: str, driver: str) -> None:
    assert url_of(url).drivername == driver


async def test_closing_leaves_one_file_that_can_be_copied(sqlite_file: Path) -> None:
    database = await Database.open(sqlite_url(sqlite_file))
    async with database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), _row("a"))
    await database.close()

    assert [path.name for path in sqlite_file.parent.iterdir()] == [sqlite_file.name]


async def test_a_password_is_not_shown() -> None:
    database = Database("postgresql+asyncpg://me:hunter2@127.0.0.1:1/x")

    assert "hunter2" not in database.label


async def test_a_full_disk_saves_nothing_and_recovers_with_the_space(sqlite_database: Database) -> None:
    rows = [_row(f"{i:0500}") for i in range(1000)]
    async with sqlite_database.write() as conn:
        pages = await conn.scalar(sa.text("PRAGMA page_count"))
        await conn.execute(sa.text(f"PRAGMA max_page_count = {pages + 5}"))

    with pytest.raises(TemporaryError, match="No space is left"):
        async with sqlite_database.write() as conn:
            await conn.execute(sa.insert(ingest_marks), rows)
    async with sqlite_database.write() as conn:
        before = await conn.scalar(sa.select(sa.func.count()).select_from(ingest_marks))
        await conn.execute(sa.text("PRAGMA max_page_count = 1000000"))
    async with sqlite_database.write() as conn:
        await conn.execute(sa.insert(ingest_marks), rows)

    assert before == 0
    async with sqlite_database.read() as conn:
        assert await conn.scalar(sa.select(sa.func.count()).select_from(ingest_marks)) == 1000


async def test_a_lock_held_by_another_process_is_temporary(sqlite_database: Database, sqlite_file: Path) -> None:
    async with sqlite_database.write() as conn:
        await conn.execute(sa.text("PRAGMA busy_timeout = 1"))

    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TemporaryError, match="locked"):
            async with sqlite_database.write():
                pass

    async with sqlite_database.write():
        pass


AS_NOBODY = """
import asyncio, os, sys
from signals.errors import UserError
from storage.database import Database
from storage.migrate import upgrade

async def everything_is_imported(url):
    await upgrade(url)
    await (await Database.open(url)).close()

asyncio.run(everything_is_imported(sys.argv[3]))
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    asyncio.run({"open": Database.open, "upgrade": upgrade}[sys.argv[1]](sys.argv[2]))
except UserError as e:
    print(e)
"""


@pytest.mark.parametrize(
    ("call", "what"),
    [("open", "file"), ("open", "folder"), ("upgrade", "file"), ("upgrade", "folder"), ("upgrade", "no folder")],
)
def test_what_cannot_be_written_is_named_with_the_fix(
    migrated_file: Path, tmp_path: Path, call: str, what: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / ("deeper/deskmate.db" if what == "no folder" else "deskmate.db")
        if what != "no folder":
            shutil.copy(migrated_file, target)
            target.chmod(0o444)
        folder.chmod(0o755 if what == "file" else 0o555)

        command = [sys.executable, "-c", AS_NOBODY, call, sqlite_url(target), sqlite_url(tmp_path / "warm.db")]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        folder.chmod(0o755)

    assert run.returncode == 0, run.stderr
    assert re.search(r"writable|cannot be made", run.stdout)


async def test_a_server_that_is_away_is_temporary(postgres_server: str) -> None:
    port = int(postgres_server.rpartition(":")[2])

    with pytest.raises(TemporaryError, match="not available"):
        await Database.open(postgres_server.replace(str(port), "1") + "/postgres")


async def test_a_server_without_the_database_names_the_setting(postgres_server: str) -> None:
    with pytest.raises(UserError, match="DATABASE_URL"):
        await Database.open(f"{postgres_server}/nowhere")


async def test_a_server_connection_that_breaks_is_temporary_and_then_mended(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    try:
        with pytest.raises(TemporaryError):
            async with database.write() as conn:
                mine = await conn.scalar(sa.text("SELECT pg_backend_pid()"))
                async with database.read() as other:
                    await other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
                await asyncio.sleep(0.05)
                await conn.execute(sa.text("SELECT 1"))

        async with database.write() as conn:
            assert await conn.scalar(sa.text("SELECT 1")) == 1
    finally:
        await database.close()


@pytest.mark.skipif(faulty_sqlite.available() is not None, reason=str(faulty_sqlite.available()))
@pytest.mark.may_block(reason="waits for a process")
def test_a_connection_that_could_once_not_be_opened_for_writing_is_not_kept(sqlite_file: Path) -> None:
    """SQLite then opens for reading only; a pool that kept that connection would refuse every write from then on."""
    code = (
        "import asyncio, sys\n"
        "from storage.database import Database\n"
        "from storage.stores import Stores\n"
        "from signals.errors import UserError\n"
        "from tests.recovery.faulty_sqlite import Faults\n"
        "from tests.storage.builders import trade\n"
        "async def main():\n"
        "    faults = Faults(1, 'io error', 'read'); faults.install()\n"
        "    stores = Stores.of(Database(sys.argv[1]))\n"
        "    try:\n"
        "        await stores.trades.save(trade())\n"
        "    except UserError as e:\n"
        "        print('refused', 'cannot be written' in str(e))\n"
        "    await stores.trades.save(trade())\n"
        "    print(faults.hit, (await stores.trades.get('t1')).trade_id)\n"
        "    await stores.database.close()\n"
        "asyncio.run(main())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_url(sqlite_file)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["refused", "True", "open", "t1"], done.stderr
