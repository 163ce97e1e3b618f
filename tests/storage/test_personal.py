"""The registry of what tables hold of people: complete, in order, and obeyed by removal and export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from signals.accounting import PaperAccount
from storage.audit import AuditEntry
from storage.backup import backup
from storage.database import Database
from storage.forgetting import forgot_line
from storage.people import RoleRow
from storage.personal import DECISIONS, Decision, tables
from storage.stores import Stores
from storage.tables import metadata
from tests.builders import NOW, a_trade

ME, PHONE, OTHER = "discord:3", "telegram:30", "discord:30"
NAMING = re.compile(r"owner|identity|person|scope|address|destination|(set|changed)_by|user.*")
LINE = forgot_line(ME, NOW, {})


async def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table as text."""
    async with database.read() as conn:
        return {name: [str(row) for row in await conn.execute(sa.select(t))] for name, t in metadata.tables.items()}


async def fill(stores: Stores) -> None:
    """Rows of two accounts of one person, and of somebody whose id begins alike."""
    for owner in (ME, OTHER):
        await stores.accounts.save(PaperAccount(owner, style="atr"))
        await stores.trades.save(a_trade(trade_id=f"t-{owner}", owner=owner, note=f"mine of {owner}"))
        await stores.audit.add(AuditEntry(NOW, owner, owner, "reindex", "denied"))
    await stores.audit.add(AuditEntry(NOW, "discord:1", "discord:1", f"role set {ME} trader", "done", f"for {OTHER}"))
    for account, role in ((ME, "trader"), (PHONE, "stranger"), (OTHER, "trader")):
        await stores.people.set_role(RoleRow(account, role, ME, NOW))
    await stores.choices.save("model", "some:1b", ME, NOW)
    await stores.people.keep_code(PHONE, "hash", NOW)


def test_every_table_has_a_decision_and_every_naming_column_is_decided() -> None:
    decided = {table.name: decision for table, decision in tables()}

    assert set(decided) == set(metadata.tables)
    for table, d in tables():
        considered = {*d.own, d.scope, *d.signed, *(column for column, _, _ in d.through)}
        naming = {column.name for column in table.columns if NAMING.fullmatch(column.name)}
        assert naming <= considered, f"{table.name}: say in storage.personal whose {naming - considered} is"
        assert d.what


def test_a_table_without_a_decision_is_refused() -> None:
    table = sa.Table("diaries", metadata, sa.Column("owner", sa.Text))
    try:
        with pytest.raises(KeyError, match="diaries"):
            tables()
    finally:
        metadata.remove(table)


def test_children_are_removed_before_the_rows_that_lead_to_them() -> None:
    order = list(DECISIONS)

    for name, decision in DECISIONS.items():
        for _, other, _ in decision.through:
            assert order.index(name) < order.index(other)
            assert DECISIONS[other].own
    for table, _ in tables():
        for key in table.foreign_keys:
            assert order.index(table.name) <= order.index(key.column.table.name)


async def test_a_person_is_removed_and_nobody_else(stores: Stores) -> None:
    await fill(stores)
    former = await everything(stores.database)

    counts = await stores.personal.counts((ME, PHONE))
    gone = await stores.personal.remove((ME, PHONE), LINE)
    await stores.personal.finish(NOW)

    now = await everything(stores.database)
    assert gone == counts
    assert gone["trades"] == gone["paper_accounts"] == gone["roles"] == gone["link_codes"] == gone["audit_log"] == 1
    left = [
        row for name, found in now.items() if name != "audit_log" for row in found if re.search(r"discord:3\b", row)
    ]
    assert left == []
    assert [row for row in now["roles"] if PHONE in row] == [f"('{PHONE}', 'stranger', 'forgotten', {NOW!r})"]
    assert [row for row in now["trades"] if OTHER in row] == [row for row in former["trades"] if OTHER in row]
    assert await stores.choices.get("model") == "some:1b"
    lines = await stores.audit.newest(10)
    assert [(e.act, e.detail) for e in lines if e.identity == "discord:1"] == [
        ("role set forgotten trader", f"for {OTHER}")
    ]
    assert [e.act for e in lines if e.identity == ME] == ["forgotten"]
    assert not await stores.personal.unfinished()


async def test_a_removal_is_unfinished_until_it_is_carried_to_the_end(stores: Stores) -> None:
    await stores.personal.remove((ME,), LINE)
    await stores.personal.remove((OTHER,), LINE)

    assert await stores.personal.unfinished() == (ME, OTHER)
    await stores.personal.finish(NOW)
    assert await stores.personal.unfinished() == ()


async def test_all_rows_are_handed_out_but_for_secrets(stores: Stores) -> None:
    await fill(stores)

    rows = await stores.personal.rows((ME, PHONE))

    assert [row["note"] for row in rows["trades"]] == [f"mine of {ME}"]
    assert {row["identity"] for row in rows["roles"]} == {ME, PHONE}
    assert "code_hash" not in rows["link_codes"][0]
    assert OTHER not in str(rows).replace(f"for {OTHER}", "")
    assert {name for name, found in rows.items() if found} >= {"trades", "paper_accounts", "audit_log", "ingest_marks"}


async def test_copies_are_rewritten_and_unreadable_ones_removed(sqlite_database: Database, tmp_path: Path) -> None:
    stores = Stores.of(sqlite_database)
    await fill(stores)
    copy = await backup(sqlite_database, tmp_path / "backups" / "deskmate-1.db")
    broken = tmp_path / "backups" / "deskmate-0.db"
    broken.write_bytes(b"not a database" * 100)

    rewritten = await stores.personal.rewrite((broken, copy), (ME, PHONE))

    assert rewritten == 1
    assert [path.name for path in copy.parent.iterdir()] == ["deskmate-1.db"]
    assert b"mine of discord:3\0" not in copy.read_bytes()
    assert copy.read_bytes().count(b"mine of discord:30") > 0
    assert not re.search(rb"mine of discord:3(?!0)", copy.read_bytes())
    reopened = await Database.open(f"sqlite+aiosqlite:///{copy}")
    found = await everything(reopened)
    await reopened.close()
    assert [row for row in found["trades"] if "discord:3'" in row] == []


async def test_the_file_and_its_log_hold_no_byte_of_what_was_removed(sqlite_database: Database) -> None:
    stores = Stores.of(sqlite_database)
    await stores.trades.save(a_trade(owner=ME, note="kanarienvogel in the mine"))
    assert sqlite_database.file is not None
    files = [path for path in sqlite_database.file.parent.iterdir() if path.name.startswith("deskmate")]
    assert any(b"kanarienvogel" in path.read_bytes() for path in files)

    await stores.personal.remove((ME,), LINE)
    await stores.personal.finish(NOW)

    assert not any(b"kanarienvogel" in path.read_bytes() for path in files if path.exists())


def test_a_decision_about_nobody_holds_nothing() -> None:
    assert not Decision("prices").is_personal
