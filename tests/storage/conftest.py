"""One body of tests over both databases: `database` is SQLite, then PostgreSQL where a server is installed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores
from storage.tables import metadata
from tests.fresh_files import empty_file
from tests.storage import postgres


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def migrated_file() -> Path:
    """A SQLite file with the schema and nothing else, to copy."""
    return empty_file()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of an empty server; skips where none is installed."""
    folder = postgres.tools()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed here")
    with postgres.server(folder) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> str:
    """The address of a migrated database."""
    url = f"{postgres_server}/postgres"
    asyncio.run(upgrade(url))
    return url


@pytest.fixture
def sqlite_file(migrated_file: Path, tmp_path: Path) -> Path:
    """A fresh, migrated SQLite file."""
    return Path(shutil.copy(migrated_file, tmp_path / "deskmate.db"))


@pytest.fixture
async def sqlite_database(sqlite_file: Path) -> AsyncIterator[Database]:
    """A fresh SQLite database."""
    database = await Database.open(sqlite_url(sqlite_file))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of either kind."""
    if request.param == "sqlite":
        return sqlite_url(request.getfixturevalue("sqlite_file"))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database of either kind."""
    database = await Database.open(database_url)
    if database.file is None:
        async with database.write() as conn:
            await conn.execute(sa.text("TRUNCATE " + ", ".join(metadata.tables)))
    yield database
    await database.close()


@pytest.fixture
def stores(database: Database) -> Stores:
    """Every store over the empty database."""
    return Stores.of(database)
