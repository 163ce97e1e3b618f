"""Fresh databases: migrated once for each process of tests and copied from then on."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from storage.migrate import upgrade


@cache
def empty_file() -> Path:
    """A SQLite file with the schema and nothing else, to copy; the first call blocks for a second."""
    folder = Path(tempfile.mkdtemp(prefix="deskmate-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.db"
    with ThreadPoolExecutor(1) as pool:  # a loop of its own, whoever calls
        pool.submit(lambda: asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))).result()
    return path


async def fresh_database(path: Path) -> str:
    """The address of a database in this file: as it was left, or a new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        shutil.copyfile(await asyncio.to_thread(empty_file), path)
    return f"sqlite+aiosqlite:///{path}"
