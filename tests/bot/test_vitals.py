"""Red and green: the probe of the disk, what the log says, and the look at a service's beat."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import vitals
from bot.checkups.machine import data_folder
from bot.settings import load
from storage.leases import Lease
from tests.bot.worlds import NOW, stores_in


@contextmanager
def full() -> Iterator[None]:
    """No file may grow, as on a full disk."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_the_probe_finds_a_full_disk_and_leaves_nothing(tmp_path: Path) -> None:
    before = vitals.can_save(tmp_path)
    with full():
        fault = vitals.can_save(tmp_path)

    assert before is None
    assert fault == f"nothing can be saved in {tmp_path}: it is full"
    assert vitals.can_save(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "No such file" in str(vitals.can_save(tmp_path / "nothing"))


async def test_the_doctor_fails_on_a_full_disk_whatever_space_it_claims_to_have(tmp_path: Path) -> None:
    settings = load(env_file=None, data_dir=tmp_path)
    with full():
        found = {one.part: one for one in await data_folder(settings)}

    assert found["disk"].state == "fail"
    assert "it is full" in found["disk"].text
    assert found["disk"].fix


async def test_the_log_tells_each_change_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "EVERY_S", 0.001)
    answers, stop = [None, "it is full", "it is full", None, None], asyncio.Event()

    def saves(_: Path) -> str | None:
        answer = answers.pop(0)
        if not answers:
            stop.set()
        return answer

    with caplog.at_level(logging.WARNING, logger="bot.vitals"):
        await asyncio.wait_for(vitals.watch(tmp_path, stop, saves), 60)

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "red: it is full" in caplog.text
    assert "green again" in caplog.text


async def test_a_service_that_beats_is_well_and_a_silent_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "LOOK_S", 0.01)
    settings = load(env_file=None, data_dir=tmp_path)
    async with stores_in(tmp_path) as stores:
        nobody = await vitals.look(settings)
        lease = await stores.leases.take(Lease("run", "me", "here", 7, "place", NOW), None)
        assert lease is not None

        looking = asyncio.create_task(vitals.look(settings))
        while not looking.done():
            await stores.leases.beat(lease)
            await asyncio.sleep(0.02)
        monkeypatch.setattr(vitals, "BEAT_WITHIN_S", 0.1)
        silent = await vitals.look(settings)

    assert nobody.error
    assert "deskmate run" in str(nobody.tables)
    assert not (await looking).error
    assert "process 7 on here" in str((await looking).tables)
    assert silent.error
    assert "has saved nothing" in str(silent.tables)


async def test_without_a_database_it_is_red_with_the_way_to_make_one(tmp_path: Path) -> None:
    reply = await vitals.look(load(env_file=None, data_dir=tmp_path))

    assert reply.error
    assert "deskmate db upgrade" in str(reply.tables)
