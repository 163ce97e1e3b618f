"""The lease of a database: one holder, whose beat and fence tell whether it lives."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from storage.leases import Lease
from storage.stores import Stores
from tests.storage.builders import NOW

MINE = Lease("run", "a", "host-a", 11, "place-a", NOW)
OTHERS = Lease("run", "b", "host-b", 22, "place-b", NOW)


async def test_of_ten_that_want_it_one_gets_it(stores: Stores) -> None:
    wanting = [stores.leases.take(replace(MINE, holder=str(i)), None) for i in range(10)]

    taken = await asyncio.gather(*wanting)

    assert sum(one is not None for one in taken) == 1
    assert await stores.leases.look("run") in taken


async def test_a_beat_is_seen_and_keeps_a_challenger_out(stores: Stores) -> None:
    held = await stores.leases.take(MINE, None)
    assert held is not None
    seen = await stores.leases.look("run")

    assert await stores.leases.beat(held)

    assert await stores.leases.look("run") == replace(held, beat=1)
    assert await stores.leases.take(OTHERS, seen) is None


async def test_a_silent_holder_is_taken_over_from_and_can_neither_beat_nor_release(stores: Stores) -> None:
    silent = await stores.leases.take(MINE, None)
    assert silent is not None

    taken = await stores.leases.take(OTHERS, await stores.leases.look("run"))

    assert taken == replace(OTHERS, fence=2)
    assert not await stores.leases.beat(silent)
    await stores.leases.release(silent)
    assert await stores.leases.look("run") == taken


async def test_what_was_given_back_is_free_and_keeps_its_fence(stores: Stores) -> None:
    held = await stores.leases.take(MINE, None)
    assert held is not None
    await stores.leases.release(held)
    free = await stores.leases.look("run")

    again = await stores.leases.take(OTHERS, free)

    assert free is not None
    assert free.holder == ""
    assert again is not None
    assert again.fence == 2
