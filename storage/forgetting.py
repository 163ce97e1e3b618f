"""Everything of one person: read for them, or removed for good from the database and from copies of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.errors import DeskmateError, TemporaryError
from storage import dialect, sqlite_file
from storage.audit import AuditEntry
from storage.backup import PARTIAL
from storage.database import Database
from storage.people_tables import audit_log, choices
from storage.personal import FORGOTTEN, tables, theirs, to_remove
from storage.rows import as_row

LINE = "forgotten"  # the act of the line that stays
UNFINISHED = "forget.unfinished"  # the choice that says that bytes of removed rows may be left


class PersonalStore:
    """What the registry `storage.personal` says is a person's; `accounts` are all accounts of the person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, accounts: Sequence[str]) -> dict[str, int]:
        """How many rows would be removed, by table; tables without any are left out."""
        found = {}
        async with self._database.read() as conn:
            for table, decision in tables():
                if decision.is_personal:
                    query = sa.select(sa.func.count()).select_from(table).where(to_remove(table, decision, accounts))
                    found[table.name] = int(await conn.scalar(query) or 0)
        return {name: n for name, n in found.items() if n}

    async def rows(self, accounts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Every row of the person by table, without secret columns, by primary key; empty tables too."""
        found = {}
        async with self._database.read() as conn:
            for table, decision in tables():
                if not decision.is_personal:
                    continue
                shown = [column for column in table.columns if column.name not in decision.secret]
                query = sa.select(*shown).where(theirs(table, decision, accounts)).order_by(*table.primary_key.columns)
                found[table.name] = [dict(row._mapping) for row in await conn.execute(query)]
        return found

    async def remove(self, accounts: Sequence[str], line: AuditEntry) -> dict[str, int]:
        """Remove every row of the person in one transaction that leaves this one line; how many went, by table.

        The full text is built anew in it. What may be left of the bytes is noted until `finished`.
        """
        async with self._database.write() as conn:
            gone = await _erase(conn, accounts)
            await conn.execute(sa.insert(audit_log), as_row(line))
            await _note_unfinished(conn, {*accounts, *await _unfinished(conn)}, line.at)
        return gone

    async def unfinished(self) -> tuple[str, ...]:
        """Accounts of those whose bytes may be left somewhere; empty when nothing is."""
        async with self._database.read() as conn:
            return await _unfinished(conn)

    async def scrub(self) -> None:
        """Write the file anew without the bytes of removed rows, its log emptied. A server does that by itself.

        TemporaryError when others read for too long.
        """
        await self._database.scrub()

    async def finish(self, now: datetime) -> None:
        """Nothing is left anywhere but in the database's own file: write that anew, and note that all is done.

        TemporaryError as `scrub`; it stays unfinished then.
        """
        accounts = await self.unfinished()
        async with self._database.write() as conn:
            await conn.execute(sa.delete(choices).where(choices.c.name == UNFINISHED))
        try:
            await self.scrub()
        except BaseException:
            async with self._database.write() as conn:
                await _note_unfinished(conn, accounts, now)
            raise

    async def rewrite(self, copies: Sequence[Path], accounts: Sequence[str]) -> int:
        """Remove the person from copies of the database, each replaced at once; how many were rewritten.

        A copy that cannot be read is removed: nothing can be restored from it. TemporaryError when the disk is full.
        """
        return sum([await _rewritten(path, accounts) for path in copies])


async def _unfinished(conn: AsyncConnection) -> tuple[str, ...]:
    value = await conn.scalar(sa.select(choices.c.value).where(choices.c.name == UNFINISHED))
    return tuple(value.split()) if value else ()


async def _note_unfinished(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
    row = {"name": UNFINISHED, "value": " ".join(sorted(accounts)), "set_by": FORGOTTEN, "set_at": now}
    await conn.execute(dialect.upsert(conn.dialect.name, choices), row)


async def _erase(conn: AsyncConnection, accounts: Sequence[str]) -> dict[str, int]:
    """Remove the rows; tables that an older copy lacks are passed over."""
    there = await conn.run_sync(lambda sync: frozenset(sa.inspect(sync).get_table_names()))
    gone = {}
    for table, decision in tables():
        if table.name not in there or not there.issuperset(name for _, name, _ in decision.through):
            continue
        if decision.is_personal:
            gone[table.name] = (
                await conn.execute(sa.delete(table).where(to_remove(table, decision, accounts)))
            ).rowcount
        for name in decision.signed:
            column = table.c[name]
            await conn.execute(sa.update(table).where(column.in_(accounts)).values({column: FORGOTTEN}))
        if decision.told:
            await _unname(conn, table, decision.told, accounts)
    rebuild = dialect.fulltext_rebuild(conn.dialect.name)
    if rebuild is not None:
        await conn.execute(sa.text(rebuild))
    return {name: n for name, n in gone.items() if n}


async def _unname(conn: AsyncConnection, table: sa.Table, columns: Sequence[str], accounts: Sequence[str]) -> None:
    named = re.compile("|".join(rf"(?<![\w:]){re.escape(account)}(?!\w)" for account in accounts))
    key = list(table.primary_key.columns)
    said = [table.c[name].contains(account, autoescape=True) for name in columns for account in accounts]
    for row in (await conn.execute(sa.select(*key, *(table.c[n] for n in columns)).where(sa.or_(*said)))).all():
        here = sa.and_(*(column == row._mapping[column.name] for column in key))
        values = {name: named.sub(FORGOTTEN, row._mapping[name]) for name in columns}
        await conn.execute(sa.update(table).where(here).values(values))


async def _rewritten(path: Path, accounts: Sequence[str]) -> int:
    work, fresh = (path.with_name(f"{path.name}{end}{PARTIAL}") for end in (".work", ""))
    try:
        await asyncio.to_thread(shutil.copyfile, path, work)
        copy = Database(f"sqlite+aiosqlite:///{work}")
        try:
            async with copy.write() as conn:
                await _erase(conn, accounts)
        finally:
            await copy.close()
        await asyncio.to_thread(fresh.unlink, missing_ok=True)
        await asyncio.to_thread(sqlite_file.copy_into, work, fresh)
        await asyncio.to_thread(fresh.replace, path)
    except OSError as e:
        raise TemporaryError(f"The copy {path} cannot be written: {e.strerror}.") from e
    except DeskmateError:
        if await asyncio.to_thread(sqlite_file.faults_of, path) is None:
            raise
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return 0
    finally:
        await asyncio.to_thread(_remove, (*sqlite_file.companions(work), fresh))
    return 1


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def forgot_line(identity: str, at: datetime, counts: Mapping[str, int]) -> AuditEntry:
    """The one line that stays: who asked, when, and how many rows went; nothing of what they held."""
    told = f"{sum(counts.values())} rows removed"
    return AuditEntry(at, identity, identity, LINE, "done", told)
