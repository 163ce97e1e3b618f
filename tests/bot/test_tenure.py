"""One `run` per database: the living are named, the dead are taken over from, and who lost it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.tenure import Tenure, TenurePace, place_of, tenure
from signals.errors import TemporaryError, UserError
from storage.leases import Lease
from tests.bot.virtual_time import run_virtually
from tests.bot.worlds import NOW, stores_in


class FakeLeases:
    """A lease in memory; `broken` makes the database unavailable."""

    def __init__(self, lease: Lease | None = None) -> None:
        self.lease = lease
        self.broken = False

    def _check(self) -> None:
        if self.broken:
            raise TemporaryError("the database is away")

    async def look(self, _name: str) -> Lease | None:
        self._check()
        return self.lease

    async def take(self, mine: Lease, seen: Lease | None) -> Lease | None:
        self._check()
        if self.lease != seen:
            return None
        self.lease = replace(mine, beat=0, fence=1 if seen is None else seen.fence + 1)
        return self.lease

    async def beat(self, lease: Lease) -> bool:
        self._check()
        if self.lease is None or (self.lease.holder, self.lease.fence) != (lease.holder, lease.fence):
            return False
        self.lease = replace(self.lease, beat=self.lease.beat + 1)
        return True

    async def release(self, lease: Lease) -> None:
        self._check()
        if self.lease is not None and self.lease.holder == lease.holder:
            self.lease = replace(self.lease, holder="")


HELD = Lease("run", "them", "far", 77, "far:1", NOW, beat=5, fence=3)


def challenger(store: FakeLeases) -> Tenure:
    return Tenure(store, TenurePace(), lambda: asyncio.get_running_loop().time())  # type: ignore[arg-type]


def test_the_living_holder_is_named_within_ten_seconds() -> None:
    store, seconds = FakeLeases(HELD), []

    async def main() -> None:
        async def live() -> None:
            while True:
                await asyncio.sleep(3)
                await store.beat(HELD)

        living = asyncio.create_task(live())
        with pytest.raises(UserError, match="in use by deskmate run, process 77 on far since 2022-11-08T12:00:00Z"):
            await challenger(store).take("here:1", NOW, asyncio.Event())
        seconds.append(asyncio.get_running_loop().time())
        living.cancel()

    run_virtually(main)

    assert seconds[0] < 10


def test_a_holder_without_a_beat_is_taken_over_from_within_thirty_seconds(caplog: pytest.LogCaptureFixture) -> None:
    store, seconds = FakeLeases(HELD), []

    async def main() -> None:
        await challenger(store).take("here:1", NOW, asyncio.Event())
        seconds.append(asyncio.get_running_loop().time())

    run_virtually(main)

    assert 10 < seconds[0] < 30
    assert store.lease is not None
    assert (store.lease.place, store.lease.fence) == ("here:1", 4)
    assert "took over from deskmate run, process 77 on far" in caplog.text


def test_a_challenger_that_was_held_up_itself_does_not_take_its_own_absence_for_silence() -> None:
    class Slow(FakeLeases):
        async def look(self, name: str) -> Lease | None:
            await asyncio.sleep(8)  # a loaded machine
            return await super().look(name)

    store, seconds = Slow(HELD), []

    async def main() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await challenger(store).take("here:1", NOW, asyncio.Event())
        seconds.append(asyncio.get_running_loop().time())

    run_virtually(main)

    assert seconds == [60.0]
    assert store.lease == HELD


@pytest.mark.parametrize("former", [None, replace(HELD, holder=""), replace(HELD, place="here:1")])
def test_nobody_the_departed_and_a_dead_one_of_this_place_are_not_waited_for(former: Lease | None) -> None:
    store, seconds = FakeLeases(former), []

    async def main() -> None:
        await challenger(store).take("here:1", NOW, asyncio.Event())
        seconds.append(asyncio.get_running_loop().time())

    run_virtually(main)

    assert seconds == [0.0]


def test_of_two_challengers_of_a_dead_one_the_second_is_told_of_the_first() -> None:
    store, told = FakeLeases(HELD), []

    async def main() -> None:
        both = [challenger(store).take(f"here:{i}", NOW, asyncio.Event()) for i in range(2)]
        told.extend(await asyncio.gather(*both, return_exceptions=True))

    run_virtually(main)

    assert sum(isinstance(one, Lease) for one in told) == 1
    assert sum(isinstance(one, UserError) for one in told) == 1


def test_who_is_told_to_stop_while_waiting_holds_nothing() -> None:
    store, stop = FakeLeases(HELD), asyncio.Event()

    async def main() -> None:
        asyncio.get_running_loop().call_later(2, stop.set)
        assert await challenger(store).take("here:1", NOW, stop) is None

    run_virtually(main)

    assert store.lease == HELD


def test_an_outage_of_the_database_does_not_end_the_tenure_and_a_take_over_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, stop = FakeLeases(), asyncio.Event()

    async def main() -> None:
        own = challenger(store)
        await own.take("here:1", NOW, stop)
        keeping = asyncio.create_task(own.keep(stop))
        store.broken = True
        await asyncio.sleep(60)
        assert not stop.is_set()
        store.broken = False
        store.lease = HELD
        await keeping
        assert own.lost

    run_virtually(main)

    assert stop.is_set()
    assert "lost the database to deskmate run, process 77 on far" in caplog.text


async def test_it_is_given_back_at_the_end_and_the_place_is_the_file_s(tmp_path: Path) -> None:
    lock, other = tmp_path / "run.lock", tmp_path / "other.lock"
    lock.touch()
    other.touch()

    async with stores_in(tmp_path) as stores:
        async with tenure(stores.leases, lock, asyncio.Event(), NOW) as own:
            inside = await stores.leases.look("run")
        after = await stores.leases.look("run")

    assert inside is not None
    assert after is not None
    assert inside.place == place_of(lock) != place_of(other)
    assert (bool(inside.holder), after.holder, own.lost) == (True, "", False)
