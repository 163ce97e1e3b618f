"""/export: everything of a person, in files that can be attached, and back again."""

from __future__ import annotations

import io
import json
import os
import zipfile
from decimal import Decimal
from typing import Any

import pytest

from bot.export_files import About, export_files
from bot.roles import Role
from signals.errors import UserError
from storage.people import RoleRow
from storage.personal import DECISIONS
from tests.bot.canaries import Person, settle
from tests.bot.chat_world import NOW, World
from tests.bot.paper_talk import trading


async def test_the_export_is_complete_and_its_trades_go_in_again(world: World) -> None:
    person = Person(4)
    await settle(world, person)
    reply = await world.run(person.caller, "export")
    (file,) = reply.files

    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    kept = await world.stores.personal.rows((person.caller.identity,))
    for table, found in kept.items():
        assert DECISIONS[table].what in members["README.txt"]
        assert len(json.loads(members[f"{table}.json"])["rows"] if f"{table}.json" in members else ()) == len(found)
    held = json.loads(members["trades.json"])["rows"]
    assert {Decimal(row["quantity"]) for row in held} == {Decimal(f"{n}.{person.digits}") for n in (0, 1)}
    assert file.name == "deskmate-export-20221108.zip"

    await world.yes(person.caller, await world.run(person.caller, "forget"))
    await world.stores.people.set_role(RoleRow(person.caller.identity, Role.TRADER, "test", NOW))
    again = await trading(world, "import", members["trades.csv"], caller=person.caller)

    assert "2 trade(s) imported" in again.text
    back = await world.stores.personal.rows((person.caller.identity,))
    for table in ("trades", "trade_fills", "trade_notes"):
        former, now = (sorted(map(compared, found)) for found in (kept[table], back[table]))
        assert former == now


def compared(row: dict[str, Any]) -> str:
    """What is the same whoever booked it, decimals without zeros at their end."""
    return str([row[k].normalize() if isinstance(row[k], Decimal) else row[k] for k in COMPARED if k in row])


COMPARED = ("symbol", "side", "quantity", "entry", "opened_at", "exit", "closed_at", "fees_usd", "price", "fee", "text")


def test_a_large_export_is_cut_into_files_that_can_be_attached() -> None:
    noise = [{"note_id": str(i), "text": os.urandom(600).hex()} for i in range(400)]
    about = About(("discord:3",), NOW)

    files = export_files({"trade_notes": noise, "alerts": []}, b"market\n", about, largest=2_000_000)
    small = export_files({"trade_notes": noise}, b"", about, largest=200_000)

    assert [file.name for file in files] == ["deskmate-export-20221108.zip"]
    with zipfile.ZipFile(io.BytesIO(files[0].content)) as archive:
        assert json.loads(archive.read("trade_notes.json"))["rows"] == noise
        assert archive.testzip() is None
    assert len(small) > 0
    with pytest.raises(UserError, match="ask the operator"):
        export_files({f"{name}": noise * 10 for name in list(DECISIONS)[:12]}, b"", about, largest=1_500_000)


def test_every_file_of_a_cut_export_is_small_enough_and_explains_itself() -> None:
    noise = [{"note_id": str(i), "text": os.urandom(1000).hex()} for i in range(4000)]

    files = export_files({"trade_notes": noise}, b"", About(("discord:3",), NOW), largest=3_000_000)

    found: list[Any] = []
    for i, file in enumerate(files, 1):
        assert file.name == f"deskmate-export-20221108-{i}-of-{len(files)}.zip"
        assert len(file.content) <= 3_000_000
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            assert "README.txt" in archive.namelist()
            for name in archive.namelist():
                found += json.loads(archive.read(name))["rows"] if name.endswith(".json") else []
    assert len(files) > 1
    assert found == noise
