"""/trade import and export: strict, all or nothing, once, and back to the same trades."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.commands.caller import LOCAL
from bot.terminal_commands import TypedCommands
from signals.accounting import CASH, money_in
from tests.bot.chat_world import ADMIN, NOW, TRADER, World
from tests.bot.paper_talk import PRICE, importing, rows, trading

CSV = """market,side,quantity,entry,opened_at,exit,closed_at,fees,notes
ETH/USDT,long,1,1500,2022-10-01T00:00:00Z,1600,2022-10-02T00:00:00Z,3.1,bought the dip
BTC,short,0.05,20000,2022-10-03T12:30:00Z,,,,
"""


async def test_an_import_is_all_or_nothing_and_names_every_bad_line(world: World) -> None:
    before = await rows(world)
    bad = CSV + "DOGE,long,1,1,2022-10-01T00:00:00Z,,,,\nETH,long,1_0,1,2022-10-01T00:00:00Z,,,,\nETH,long,1,2\n"

    reply = await trading(world, "import", bad)

    assert reply.error
    assert all(f"line {number}:" in reply.text for number in (4, 5, 6))
    assert "3 of 5 line(s) are bad" in reply.text
    assert await rows(world) == before


BAD_CELLS = [
    ("side", "up", "possible: long, short"),
    ("quantity", "-1", "plain number"),
    ("quantity", "NaN", "plain number"),
    ("entry", "１５００", "plain number"),
    ("entry", "", "plain number"),
    ("opened_at", "yesterday", "is not a time"),
    ("opened_at", "2022-13-01T00:00:00Z", "is not a time"),
    ("opened_at", "2022-10-01 00:00", "is not a time"),
    ("opened_at", "2023-10-01T00:00:00Z", "lies in the future"),
    ("closed_at", "2022-09-01T00:00:00Z", "before opened_at"),
    ("closed_at", "", "go together"),
    ("fees", "-1", "plain number"),
    ("fees", "99999999", "more than everything"),
    ("market", "=cmd()", "not a watched market"),
]


@pytest.mark.parametrize(("column", "cell", "told"), BAD_CELLS)
async def test_a_bad_cell_is_named(world: World, column: str, cell: str, told: str) -> None:
    heading, line = CSV.splitlines()[:2]
    cells = dict(zip(heading.split(","), line.split(","), strict=True)) | {column: cell}

    reply = await trading(world, "import", f"{heading}\n{','.join(cells.values())}")

    assert reply.error
    assert "line 2:" in reply.text
    assert told in reply.text
    assert (await rows(world))["trades"] == []


async def test_an_import_again_changes_nothing_but_a_like_trade_is_its_own(world: World) -> None:
    first = await trading(world, "import", CSV)
    before = await rows(world)
    again = await trading(world, "import", CSV)
    unchanged = await rows(world)
    twice = await trading(world, "import", CSV + CSV.splitlines()[1])

    assert "2 trade(s) imported: #t1 to #t2" in first.text
    assert "All 2 line(s) are known already" in again.text
    assert unchanged == before
    assert "1 trade(s) imported: #t3" in twice.text
    booked = {b.plan.number: b for b in await world.stores.book.of_owner(TRADER.identity)}
    assert booked[1].trade.pnl_usd == Decimal("96.9")
    assert booked[1].trade.note == "bought the dip"
    assert booked[2].left == Decimal("0.05")


async def test_an_import_beyond_the_cash_puts_in_what_is_missing(world: World) -> None:
    reply = await trading(world, "import", CSV.replace("ETH/USDT,long,1,", "ETH/USDT,long,10,"))

    assert "5,000.00 USDT were put in" in reply.text
    at = NOW - timedelta(days=38, hours=12)
    assert money_in(await world.stores.ledger.balances(TRADER.identity, at), CASH) == 0


async def test_semicolons_stand_for_line_breaks_where_a_chat_has_none(world: World) -> None:
    assert "2 trade(s) imported" in (await trading(world, "import", "; ".join(CSV.splitlines()))).text


async def test_an_export_imports_again_to_the_same_trades(world: World) -> None:
    await trading(world, "open eth long 0.3 -", f"{PRICE * Decimal('0.9'):.2f}", f"{PRICE * Decimal('1.5'):.2f}")
    await trading(world, "close 1 0.1")
    await trading(world, 'note 1 first, with "quotes" and a comma')
    await trading(world, "open eth short 0.2")
    await trading(world, "close 2 0.1")
    await trading(world, "close 2 all")
    await trading(world, "import", CSV)
    file = (await trading(world, "export")).files[0]

    again = await trading(world, "import", file.content.decode())
    other = await trading(world, "import", file.content.decode(), caller=ADMIN)

    assert file.name == "trades.csv"
    assert "All 4 line(s) are known" in again.text
    assert "4 trade(s) imported" in other.text
    assert await state(world, ADMIN.identity) == await state(world, TRADER.identity)
    assert (await trading(world, "export", caller=ADMIN)).files[0].content.count(b"\n") == file.content.count(b"\n")


async def state(world: World, owner: str) -> list[Any]:
    found = []
    for b in await world.stores.book.of_owner(owner):
        fills = [replace(fill, trade_id="", owner="") for fill in b.fills]
        notes = [(n.at, n.text) for n in await world.stores.book.notes(b.trade.trade_id, owner, NOW)]
        plan = replace(b.plan, trade_id="", owner="", number=0, followed_at=None)
        found.append((replace(b.trade, trade_id="", owner=""), plan, fills, notes))
    return sorted(found, key=lambda one: (one[0].opened_at, one[0].quantity))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_an_attached_file_is_imported_as_its_text_would_be(world: World, encoding: str) -> None:
    reply = await importing(world, CSV.replace("bought the dip", "gekauft für später").encode(encoding))

    booked = {b.plan.number: b for b in await world.stores.book.of_owner(TRADER.identity)}
    assert "2 trade(s) imported: #t1 to #t2" in reply.text
    assert booked[1].trade.note == "gekauft für später"


BAD_FILES = [
    ("für".encode("cp1252"), {}, "is not UTF-8 text (line 1)"),
    (CSV.encode() + "für".encode("cp1252"), {}, "is not UTF-8 text (line 4)"),
    (b"PK\x03\x04 a workbook", {}, "is a spreadsheet; save it as CSV"),
    (b" \n", {}, "is empty"),
    (b"x" * 1_000_001, {}, "1,000,001 bytes, more than 1,000,000"),
    (b"x", {"size": 50_000_000}, "50,000,000 bytes, more than 1,000,000"),
    (b"x" * 1_000_001, {"size": 5}, "1,000,001 bytes"),
    (b"\xff\xfea", {}, "is not UTF-8 text"),
    (CSV.encode(), {"details": CSV}, "give one of them"),
]


@pytest.mark.parametrize(("content", "more", "told"), BAD_FILES)
async def test_a_file_that_cannot_be_read_is_told_with_the_fix(
    world: World, content: bytes, more: dict[str, Any], told: str
) -> None:
    before = await rows(world)

    reply = await importing(world, content, **more)

    assert reply.error
    assert told in reply.text
    assert await rows(world) == before


async def test_the_terminal_takes_the_path_of_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(CSV, encoding="utf-8")
    typed = TypedCommands(world.commands, lambda _reply: None)

    done = await typed.answer(f"/trade import {tmp_path / 'mine.csv'}")
    missing = await typed.answer(f"/trade import {tmp_path / 'yours.csv'}")
    folder = await typed.answer(f"/trade import {tmp_path}")
    from_afar = await trading(world, "import", str(tmp_path / "mine.csv"))

    assert "2 trade(s) imported" in done.text
    assert "yours.csv' cannot be read: No such file or directory" in missing.text
    assert "cannot be read: Is a directory" in folder.text
    assert from_afar.error
    assert len(await world.stores.book.of_owner(LOCAL.owner)) == 2
    assert await world.stores.book.of_owner(TRADER.identity) == ()
