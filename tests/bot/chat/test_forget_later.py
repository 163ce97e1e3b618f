"""A /forget that could not overwrite everything at once says so, and is finished later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.backups import Place
from bot.forgetting import ELSEWHERE, Forgetting
from signals.errors import TemporaryError
from storage.forgetting import forgot_line
from tests.bot.canaries import back_up, traces
from tests.bot.chat_world import NOW, TRADER, World
from tests.bot.paper_talk import trading


async def test_a_removal_that_is_cut_short_is_finished_later(world: World, tmp_path: Path) -> None:
    await trading(world, "open eth long 0.5")
    await trading(world, "note 1 kanarienvogel")
    await back_up(world.stores, NOW)
    line = forgot_line(TRADER.identity, NOW, {})

    async def elsewhere() -> None:
        return None

    parted = Forgetting(world.stores, Place(tmp_path), elsewhere, world.clock)
    done = await parted.forget((TRADER.identity,), line)
    assert done.later == ELSEWHERE
    assert await parted.finish() == ELSEWHERE
    assert await world.stores.personal.unfinished() == (TRADER.identity,)

    async def own() -> Any:
        return world_ingestor(world)

    whole = Forgetting(world.stores, Place(tmp_path), own, world.clock)
    assert await whole.finish() == ""
    assert await whole.finish() == ""
    assert traces(tmp_path, ["kanarienvogel"]) == []


def world_ingestor(world: World) -> Any:
    from rag.ingest import Ingestor

    return Ingestor(world.stores, None, None, world.clock)


async def test_a_file_that_is_being_read_is_overwritten_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await trading(world, "open eth long 0.5")

    async def busy() -> None:
        raise TemporaryError("The database is being read")

    monkeypatch.setattr(type(world.stores.database), "scrub", lambda _self: busy())
    done = await world.yes(TRADER, await world.run(TRADER, "forget"))
    monkeypatch.undo()

    assert not done.error
    assert "overwritten yet" in done.notes[0]
    assert TRADER.identity in await world.stores.personal.unfinished()


async def test_an_index_that_cannot_be_used_and_files_of_a_restore_are_not_passed_over(
    world: World, tmp_path: Path
) -> None:
    await trading(world, "open eth long 0.5")
    (tmp_path / "index" / "index-3").mkdir(parents=True)
    (tmp_path / "index" / "index-3" / "words").write_text("kanarienvogel")
    (tmp_path / "deskmate.db.former-1").write_text("former")

    done = await world.yes(TRADER, await world.run(TRADER, "forget"))

    assert traces(tmp_path, ["kanarienvogel"]) == []
    assert "deskmate.db.former-1" in done.notes[0]
