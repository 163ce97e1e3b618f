"""`backup` and `restore` as an operator meets them: the whole drill, and what is refused."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup_file import MANIFEST, unpack
from bot.backups import Place, found_in, keep_backup, make_backup
from bot.cli import boundary
from bot.instance import LOCK_FILE, take
from bot.restoring import restore_backup
from bot.settings import Settings, load
from rag.index.folder import IndexFolder
from signals.errors import TemporaryError, UserError
from storage.database import Database
from storage.leases import Lease
from storage.stores import Stores
from tests.bot.worlds import NOW, stores_in
from tests.storage.builders import document, trade

MODEL = "1h-20221108T120000Z-0123abcd"


def settings(folder: Path) -> Settings:
    return load(env_file=None, data_dir=folder)


async def desk(folder: Path) -> None:
    """A data folder with a trade, a document, a model and an index."""
    async with stores_in(folder) as stores:
        await stores.trades.save(trade("before"))
        await stores.documents.upsert([document("of the past")])
    (folder / "models").mkdir()
    (folder / "models" / f"{MODEL}.txt").write_text("tree")
    (folder / "models" / f"{MODEL}.json").write_text("{}")
    (folder / "models" / f"{MODEL}.json.new").write_text("half")
    (folder / "index" / "index-1").mkdir(parents=True)
    (folder / "index" / "current").write_text("index-1")


async def saved(folder: Path, name: str = "deskmate-1.zip") -> Path:
    place = Place(folder)
    return await make_backup(settings(folder).url, place, place.backups / name, NOW)


async def trades_of(folder: Path) -> set[str]:
    database = await Database.open(settings(folder).url)
    try:
        return {one.trade_id for one in await Stores.of(database).trades.of_owner("terminal:local", NOW)}
    finally:
        await database.close()


async def test_the_drill_from_a_lost_folder_to_the_state_of_the_backup(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    await desk(folder)
    backup = shutil.copy(await saved(folder), tmp_path / "kept.zip")
    shutil.rmtree(folder)

    done = await restore_backup(settings(elsewhere), Path(backup), NOW)

    assert done.about is not None
    assert (done.about.made_at, done.models, done.aside) == ("2022-11-08T12:00:00Z", 2, ())
    assert await trades_of(elsewhere) == {"before"}
    assert (elsewhere / "models" / f"{MODEL}.txt").read_text() == "tree"
    assert not [path.name for path in elsewhere.iterdir() if path.name.startswith(".")]


async def test_what_was_there_is_kept_aside_and_the_index_is_made_anew(tmp_path: Path) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    (tmp_path / "models" / f"{MODEL}.txt").write_text("spoiled")
    async with stores_in(tmp_path) as stores:
        await stores.trades.save(trade("after"))

    done = await restore_backup(settings(tmp_path), backup, NOW)

    former = await Database.open(f"sqlite+aiosqlite:///{done.aside[0]}")
    assert await Stores.of(former).trades.get("after") is not None
    await former.close()
    assert await trades_of(tmp_path) == {"before"}
    assert (tmp_path / "models" / f"{MODEL}.txt").read_text() == "tree"
    assert (tmp_path / "models" / f"{MODEL}.txt.former").read_text() == "spoiled"
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["lock"]
    async with stores_in(tmp_path) as stores:
        assert [mark.type for mark in await stores.marks.pending(9)].count("signal") == 1


async def test_a_damaged_database_is_no_hindrance(tmp_path: Path) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    (tmp_path / "deskmate.db").write_bytes(b"\xff" * 30_000)

    with pytest.raises(UserError, match="deskmate restore FILE"):
        await saved(tmp_path, "of-the-damaged.zip")
    await restore_backup(settings(tmp_path), backup, NOW)

    assert await trades_of(tmp_path) == {"before"}


async def test_while_run_or_a_chat_holds_the_folder_nothing_is_touched(tmp_path: Path) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    before = (tmp_path / "deskmate.db").read_bytes()

    run = take(tmp_path / LOCK_FILE, "deskmate run", NOW)
    assert run is not None
    with pytest.raises(UserError, match="in use by deskmate run, process"):
        await restore_backup(settings(tmp_path), backup, NOW)
    run.release()
    chat = IndexFolder(tmp_path / "index")
    with pytest.raises(TemporaryError, match="in use by process"):
        await restore_backup(settings(tmp_path), backup, NOW)
    chat.close()

    assert (tmp_path / "deskmate.db").read_bytes() == before
    assert (tmp_path / "index" / "current").exists()


async def test_a_run_of_another_folder_that_serves_the_same_database_is_seen_by_its_beat(tmp_path: Path) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    async with stores_in(tmp_path) as stores:
        lease = await stores.leases.take(Lease("run", "other", "far", 7, "there", NOW), None)
        assert lease is not None
        restoring = asyncio.create_task(restore_backup(settings(tmp_path), backup, NOW))
        while not restoring.done():
            await stores.leases.beat(lease)
            await asyncio.sleep(0.05)

        with pytest.raises(UserError, match="in use by deskmate run, process 7 on far"):
            await restoring


@pytest.mark.parametrize("damage", ["cut", "byte", "not a zip", "other content", "strange name", "newer"])
async def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path: Path, damage: str) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    content, before = backup.read_bytes(), (tmp_path / "deskmate.db").read_bytes()
    if damage == "cut":
        backup.write_bytes(content[: len(content) // 2])
    elif damage == "byte":
        middle = len(content) // 3
        backup.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    elif damage == "not a zip":
        backup.write_bytes(b"\xff" * 5000)
    else:
        with zipfile.ZipFile(backup) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(parts[MANIFEST])
        if damage == "other content":
            parts["deskmate.db"] += b"more"
        elif damage == "strange name":
            manifest["files"]["../../evil.txt"] = manifest["files"]["deskmate.db"]
            parts["../../evil.txt"] = parts["deskmate.db"]
        else:
            manifest["format"] = 2
        parts[MANIFEST] = json.dumps(manifest).encode()
        with zipfile.ZipFile(backup, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)

    with pytest.raises(UserError, match=r"damaged|newer Deskmate"):
        await restore_backup(settings(tmp_path), backup, NOW)

    assert (tmp_path / "deskmate.db").read_bytes() == before
    assert (tmp_path / "index" / "current").exists()
    assert not list(tmp_path.parent.glob("evil*"))
    assert not list(tmp_path.glob(".restoring*"))


async def test_a_backup_of_the_other_kind_of_database_is_refused(tmp_path: Path) -> None:
    await desk(tmp_path)
    backup = await saved(tmp_path)
    on_server = load(env_file=None, data_dir=tmp_path, database_url="postgresql+asyncpg://me@127.0.0.1:1/x")

    with pytest.raises((UserError, TemporaryError), match=r"of sqlite|not available"):
        await restore_backup(on_server, backup, NOW)


async def test_a_bare_copy_of_the_database_is_restored_too(tmp_path: Path) -> None:
    await desk(tmp_path)
    with zipfile.ZipFile(await saved(tmp_path)) as archive:
        (tmp_path / "copy.db").write_bytes(archive.read("deskmate.db"))

    done = await restore_backup(settings(tmp_path), tmp_path / "copy.db", NOW)

    assert done.about is None
    assert await trades_of(tmp_path) == {"before"}


async def test_the_newest_generations_are_kept_and_one_a_day_is_written(tmp_path: Path) -> None:
    await desk(tmp_path)
    place, url = Place(tmp_path, tmp_path / "elsewhere", keep=3), settings(tmp_path).url
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "deskmate-20200101.db").write_text("of old")
    (tmp_path / "elsewhere" / "notes.txt").write_text("mine")

    told = [await keep_backup(url, place, NOW + timedelta(days=day / 2)) for day in range(8)]

    names = sorted(path.name for path in place.backups.iterdir())
    assert names == ["deskmate-20221110.zip", "deskmate-20221111.zip", "deskmate-20221112.zip", "notes.txt"]
    assert told[0].startswith("wrote deskmate-20221108.zip, ")
    assert any("1 old one(s) dropped" in line for line in told)


async def test_a_backup_that_cannot_be_written_leaves_nothing_half(tmp_path: Path) -> None:
    await desk(tmp_path)
    (tmp_path / "file").write_text("")

    with pytest.raises(UserError, match="cannot be written"):
        await make_backup(settings(tmp_path).url, Place(tmp_path), tmp_path / "file" / "a.zip", NOW)


async def test_the_models_of_a_backup_are_those_that_were_whole(tmp_path: Path) -> None:
    await desk(tmp_path)
    (tmp_path / "out").mkdir()

    found = unpack(await saved(tmp_path), tmp_path / "out")

    assert [path.name for path in found.models] == [f"{MODEL}.json", f"{MODEL}.txt"]


def test_the_commands_say_what_they_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["backup"]) == 2
    assert "There is no database to back up yet" in capsys.readouterr().err
    assert boundary.run(["db", "upgrade"]) == 0
    assert boundary.run(["restore"]) == 0
    assert "There are no backups in" in capsys.readouterr().out
    assert boundary.run(["backup", "--json"]) == 0
    file = json.loads(capsys.readouterr().out)["file"]
    (Path(file).parent / "deskmate-20000101.zip").write_text("spoiled")

    assert boundary.run(["restore"]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert "deskmate-20000101.zip" in listed
    assert "damaged" in listed
    assert "sqlite" in listed
    assert boundary.run(["restore", file]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Restored the backup made at" in shown
    assert "Kept aside:" in shown
    assert boundary.run(["restore", "nothing.zip"]) == 2
    assert "There is no backup at" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_listed_as_such(tmp_path: Path) -> None:
    (tmp_path / "deskmate-1.zip").write_bytes(b"PK")
    (tmp_path / "deskmate-2.db").write_bytes(b"")

    found = found_in(tmp_path)

    assert [one.path.name for one in found] == ["deskmate-2.db", "deskmate-1.zip"]
    assert "damaged" in found[1].fault
