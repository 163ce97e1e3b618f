"""The second `run` is refused before anything slow is loaded, and before the database is opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.instance import LOCK_FILE, lock_beside, take, take_seat
from bot.settings import load
from signals.errors import UserError
from storage import dialect
from tests.bot.worlds import NOW

ROOT = Path(__file__).parents[2]
SLOW = (
    "sqlalchemy",
    "aiosqlite",
    "alembic",
    "pandas",
    "ccxt",
    "chromadb",
    "discord",
    "telegram",
    "bot.service",
)


def test_the_second_on_a_database_is_told_of_the_first_whatever_way_it_comes(tmp_path: Path) -> None:
    file, way = tmp_path / "shared.db", tmp_path / "way.db"
    way.symlink_to(file)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = take_seat(tmp_path / "one", file, "deskmate run", NOW)

    with pytest.raises(
        UserError, match=f"database is in use by deskmate run, process {os.getpid()} on .* DATABASE_URL"
    ):
        take_seat(tmp_path / "two", way, "deskmate run", NOW)
    with pytest.raises(UserError, match="data folder is in use by deskmate run"):
        take_seat(tmp_path / "one", None, "deskmate run", NOW)
    first.release()
    second = take_seat(tmp_path / "two", way, "deskmate run", NOW)

    assert second.lock == lock_beside(file)
    second.release()


def test_who_is_refused_the_database_gives_its_folder_back(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    held = take(lock_beside(tmp_path / "shared.db"), "deskmate run", NOW)
    assert held is not None

    with pytest.raises(UserError):
        take_seat(tmp_path / "two", tmp_path / "shared.db", "deskmate run", NOW)
    again = take(tmp_path / "two" / LOCK_FILE, "deskmate run", NOW)

    assert again is not None
    again.release()
    held.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match=r"nothing can be written beside the database .*memory\.db"):
        take_seat(tmp_path, tmp_path / "file" / "memory.db", "deskmate run", NOW)
    again = take(tmp_path / LOCK_FILE, "deskmate run", NOW)

    assert again is not None
    again.release()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite+aiosqlite:////var/lib/deskmate/memory.db",
        "sqlite+aiosqlite:///near.db?timeout=3",
        "sqlite+aiosqlite:///a%20b.db",
        "postgresql+asyncpg://desk:pw@db/deskmate",
    ],
)
def test_the_database_s_file_is_the_one_that_will_be_opened(url: str, tmp_path: Path) -> None:
    own = load(env_file=None, data_dir=tmp_path, database_url=url or None)

    assert own.database_file == dialect.file_of(dialect.url_of(own.url))


def test_it_is_refused_with_nothing_slow_loaded(tmp_path: Path) -> None:
    held = take(lock_beside(tmp_path / "deskmate.db"), "deskmate run", NOW)
    assert held is not None
    code = f"""
import sys
from bot.cli.boundary import run
status = run(["run"])
print(status, "loaded:", *sorted(set({SLOW!r}) & set(sys.modules)))
"""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    held.release()

    assert f"in use by deskmate run, process {os.getpid()}" in done.stderr
    assert done.stdout.split() == ["2", "loaded:"]
