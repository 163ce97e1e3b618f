"""Marks: what changed is never forgotten before it was ingested as it is now."""

from __future__ import annotations

from storage.stores import Stores
from storage.values import Mark


async def test_marks_come_oldest_first_and_once_per_record(stores: Stores) -> None:
    await stores.marks.add([("trade", "1"), ("signal", "2"), ("trade", "1")])
    await stores.marks.add([("trade", "3"), ("trade", "1")])

    found = await stores.marks.pending(10)

    assert [(mark.type, mark.pk) for mark in found] == [("trade", "1"), ("signal", "2"), ("trade", "3")]
    assert await stores.marks.pending(1) == found[:1]
    assert await stores.marks.pending_count() == 3


async def test_done_marks_are_gone(stores: Stores) -> None:
    await stores.marks.add([("trade", "1"), ("trade", "2")])
    first, second = await stores.marks.pending(10)

    await stores.marks.done([first])

    assert await stores.marks.pending(10) == (second,)
    await stores.marks.done([])
    await stores.marks.done([second, first])
    assert await stores.marks.pending_count() == 0


async def test_a_record_written_again_meanwhile_stays_marked(stores: Stores) -> None:
    await stores.marks.add([("trade", "1")])
    before = await stores.marks.pending(10)
    await stores.marks.add([("trade", "1")])

    await stores.marks.done(before)

    (after,) = await stores.marks.pending(10)
    assert after == Mark("trade", "1", before[0].revision + 1)


async def test_an_old_mark_does_not_take_away_one_made_after_it_was_done(stores: Stores) -> None:
    await stores.marks.add([("trade", "1")])
    read_twice = await stores.marks.pending(10)
    await stores.marks.done(read_twice)
    await stores.marks.add([("trade", "1")])

    await stores.marks.done(read_twice)

    assert await stores.marks.pending_count() == 1


async def test_no_records_leave_no_marks(stores: Stores) -> None:
    await stores.marks.add([])

    assert await stores.marks.pending(10) == ()
