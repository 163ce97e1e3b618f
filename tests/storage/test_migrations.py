"""The migrations make the schema that the code expects, once, whoever runs them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database
from storage.dialect import FULLTEXT_NAMES
from storage.migrate import alembic_config, current_revision, upgrade
from storage.revisions import HEAD, REVISIONS
from storage.tables import metadata
from tests.storage.conftest import sqlite_url

ROOT = Path(__file__).parents[2]
UPGRADE = "import asyncio, sys; from storage.migrate import upgrade; print(asyncio.run(upgrade(sys.argv[1])))"


def _differences(connection: Connection) -> list[object]:
    def ours(_: object, name: str | None, *__: object) -> bool:
        return name is None or not name.startswith(FULLTEXT_NAMES)

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
    return list(compare_metadata(context, metadata))


async def test_the_migrated_schema_is_the_one_the_code_expects(database: Database) -> None:
    async with database.read() as conn:
        assert await conn.run_sync(_differences) == []


async def test_tables_of_bars_lie_in_the_order_of_their_key(sqlite_database: Database) -> None:
    async with sqlite_database.read() as conn:
        found = await conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'")
        assert {row.name for row in found if not row.name.startswith(FULLTEXT_NAMES)} == {
            "candles",
            "candle_revisions",
            "indicator_values",
        }


def test_the_code_knows_exactly_the_revisions_there_are() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())

    assert scripts.get_current_head() == HEAD
    assert {script.revision for script in scripts.walk_revisions()} == set(REVISIONS)


async def test_an_upgrade_makes_folder_and_file_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "deep" / "er" / "deskmate.db")

    before = await current_revision(url)
    assert not (tmp_path / "deep").exists()
    assert before is None
    assert await upgrade(url)
    assert not await upgrade(url)
    assert await current_revision(url) == HEAD


async def test_a_folder_with_a_percent_sign_and_a_space_works(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "50% of it" / "deskmate.db")

    assert await upgrade(url)
    database = await Database.open(url)
    await database.close()


async def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "deskmate.db")
    database = Database(url)
    async with database.write() as conn:
        await conn.exec_driver_sql("CREATE TABLE job_runs (id INTEGER)")
    await database.close()

    failure = (await asyncio.gather(upgrade(url), return_exceptions=True))[0]

    assert "already exists" in str(failure)
    database = Database(url)
    async with database.read() as conn:
        found = await conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert [row.name for row in found] == ["job_runs"]
    await database.close()


def test_three_processes_that_upgrade_at_once_all_succeed(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "deskmate.db")

    running = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in running]

    assert sorted(said) == ["False", "False", "True"]


def test_opening_a_database_does_not_load_the_migrations() -> None:
    code = "import sys; import storage.stores, storage.migrate; print('alembic' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
