"""The outbox on both databases: one transaction with what it tells of, one claim at a time, nothing forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from signals.model import SignalState
from storage.delivery_values import (
    NEW_SIGNAL,
    Destination,
    OutboxRow,
    Outgoing,
    RowState,
    Settled,
    event_of,
    stream_of,
)
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW, issued, transition

HERE, THERE = "discord:channel:1", "telegram:chat:-2"
SECOND = timedelta(seconds=1)


def outgoing(stream: str = "signal:a", event: str = NEW_SIGNAL, to: str = HERE, **changes: Any) -> Outgoing:
    payload = {"title": f"{stream} {event}", "visible_id": "#abc123"}
    return Outgoing(stream, event, to, payload, **({"created_at": NOW} | changes))


def line(destination: str, rows: Sequence[OutboxRow], now: datetime) -> Outgoing:
    return Outgoing(f"missed:{destination}", str(rows[0].seq), destination, {"count": len(rows)}, now)


async def claimed(stores: Stores, holder: str = "me", now: datetime = NOW) -> tuple[OutboxRow, ...]:
    """Everything that is due, claimed."""
    return await stores.outbox.claim([due.seq for due in await stores.outbox.due(now)], holder, now)


async def states(stores: Stores, stream: str = "signal:a") -> list[RowState]:
    return [row.state for row in await stores.outbox.of_stream(stream)]


async def test_rows_are_written_with_new_signals_and_with_nothing_else(stores: Stores) -> None:
    old, new = issued(NOW - 2 * HOUR), issued(NOW - HOUR)
    rows = [outgoing(stream_of(one.signal_id)) for one in (old, new)]
    await stores.signals.emit(old)

    await stores.signals.emit_many([old, new], rows)
    await stores.signals.emit_many([old, new], rows)

    assert await states(stores, stream_of(old.signal_id)) == []
    assert await states(stores, stream_of(new.signal_id)) == [RowState.NEW]


async def test_rows_are_written_with_new_steps_and_with_nothing_else(stores: Stores) -> None:
    one = issued()
    await stores.signals.emit(one)
    entered, ended = transition(one), transition(one, SignalState.STOPPED, NOW)
    late = transition(one, SignalState.TARGET_1, NOW + HOUR)
    stream = stream_of(one.signal_id)
    rows = [outgoing(stream, event_of(step), edits=True) for step in (entered, ended, late)]

    await stores.signals.add_transitions([entered], rows)
    await stores.signals.add_transitions([entered, ended, late], rows)

    assert [row.event for row in await stores.outbox.of_stream(stream)] == ["entered", "stopped"]


async def test_a_row_that_cannot_be_stored_takes_its_signal_with_it(stores: Stores) -> None:
    one = issued()
    bad = outgoing(stream_of(one.signal_id), created_at=NOW.replace(tzinfo=None))

    with pytest.raises(ValueError, match="zone"):
        await stores.signals.emit_many([one], [bad])

    assert await stores.signals.get(one.signal_id) is None


async def test_a_key_is_written_once_and_comes_back_as_it_was(stores: Stores) -> None:
    first = outgoing(valid_until=NOW + HOUR, part=2)

    await stores.outbox.add([first])
    await stores.outbox.add([replace(first, payload={"title": "other", "visible_id": "#0"})])
    await stores.outbox.add([])

    (row,) = await stores.outbox.of_stream("signal:a")
    assert row.key == first.key == f"signal:a|issued|{HERE}|2"
    assert dict(row.payload) == dict(first.payload)
    assert (row.valid_until, row.part, row.edits, row.state) == (NOW + HOUR, 2, False, RowState.NEW)


async def test_each_destination_offers_its_first_open_row_only(stores: Stores) -> None:
    await stores.outbox.add([outgoing("signal:a"), outgoing("signal:b"), outgoing("signal:a", to=THERE)])

    due = await stores.outbox.due(NOW)
    rows = await stores.outbox.claim([one.seq for one in due], "me", NOW)
    while_sending = await stores.outbox.due(NOW)
    await stores.outbox.sent(rows[0], "77", NOW)

    assert [one.destination for one in due] == [HERE, THERE]
    assert while_sending == ()
    assert [row.stream for row in await claimed(stores)] == ["signal:b"]


async def test_a_row_that_waits_for_its_next_try_holds_back_those_behind_it(stores: Stores) -> None:
    await stores.outbox.add([outgoing("signal:a"), outgoing("signal:b")])
    (row,) = await claimed(stores)

    await stores.outbox.not_sent(row, NOW, NOW + HOUR, "busy")

    assert await stores.outbox.due(NOW + 59 * timedelta(minutes=1)) == ()
    assert await stores.outbox.next_at(NOW) == NOW + HOUR
    (again,) = await claimed(stores, now=NOW + HOUR)
    assert (again.stream, again.attempts, again.note, again.tried_at) == ("signal:a", 1, "busy", NOW + HOUR)


async def test_a_row_waits_for_its_moment(stores: Stores) -> None:
    await stores.outbox.add([outgoing(not_before=NOW + HOUR)])

    assert await stores.outbox.due(NOW) == ()
    assert len(await stores.outbox.due(NOW + HOUR)) == 1


async def test_a_claim_marks_before_it_returns_and_takes_no_row_twice(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    seqs = [due.seq for due in await stores.outbox.due(NOW)]

    first, second = await stores.outbox.claim(seqs, "me", NOW), await stores.outbox.claim(seqs, "other", NOW)

    assert [(row.state, row.holder, row.fence) for row in first] == [(RowState.SENDING, "me", 1)]
    assert second == ()
    assert await stores.outbox.claim([], "me", NOW) == ()


async def test_a_holder_that_was_taken_over_changes_nothing(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    (mine,) = await claimed(stores, "former")

    (theirs,) = await stores.outbox.take_over("successor")

    assert not await stores.outbox.sent(mine, "1", NOW)
    assert (theirs.fence, theirs.holder) == (2, "successor")
    assert await stores.outbox.sent(theirs, "2", NOW)
    assert await stores.outbox.live_message("signal:a", HERE) == "2"
    assert await stores.outbox.take_over("successor") == ()


async def test_a_doubtful_row_keeps_when_it_was_first_tried(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    (row,) = await claimed(stores)

    await stores.outbox.settle([Settled(row, RowState.NEW, NOW, "no answer", None, NOW + SECOND, doubtful=True)])

    (again,) = await claimed(stores, now=NOW + SECOND)
    assert again.tried_at == NOW


async def test_only_the_newest_edit_of_a_message_is_claimed(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    (first,) = await claimed(stores)
    await stores.outbox.sent(first, "5", NOW)
    steps = [outgoing(event=name, edits=True) for name in ("entered", "target 1", "target 2")]
    await stores.outbox.add([*steps, outgoing("signal:b")])

    (edit,) = await claimed(stores)

    assert edit.event == "target 2"
    assert await states(stores) == [RowState.SENT, RowState.EXPIRED, RowState.EXPIRED, RowState.SENDING]


async def test_a_held_message_holds_back_its_own_edits_and_nothing_else(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    (row,) = await claimed(stores)
    await stores.outbox.unknown(row, NOW, "no answer")
    await stores.outbox.add([outgoing(event="entered", edits=True), outgoing("signal:b")])

    while_held = await claimed(stores)
    await stores.outbox.drop(row.seq, NOW, "dropped")
    await stores.outbox.sent(while_held[0], "1", NOW)

    assert [one.stream for one in while_held] == ["signal:b"]
    assert [one.event for one in await claimed(stores)] == ["entered"]


async def test_a_held_row_is_sent_again_or_given_up_as_a_person_decides(stores: Stores) -> None:
    await stores.outbox.add([outgoing(valid_until=NOW + HOUR), outgoing(to=THERE)])
    rows = await claimed(stores)
    for row in rows:
        await stores.outbox.unknown(row, NOW, "no answer")

    held = await stores.outbox.held()
    released = await stores.outbox.release(rows[0].seq, NOW + 2 * HOUR, "released")
    dropped = await stores.outbox.drop(rows[1].seq, NOW, "dropped")

    assert [row.seq for row in held] == [row.seq for row in rows]
    assert released and dropped
    assert not await stores.outbox.release(rows[1].seq, NOW, "again")
    assert await states(stores) == [RowState.NEW, RowState.DEAD]
    assert await stores.outbox.expire(NOW + 3 * HOUR, line) == 0


async def test_out_of_date_rows_become_one_line_per_destination(stores: Stores) -> None:
    names = [f"signal:{i}" for i in range(250)]
    await stores.outbox.add([outgoing(name, to=to, valid_until=NOW) for name in names for to in (HERE, THERE)])

    ended = await stores.outbox.expire(NOW + HOUR, line)

    due = await stores.outbox.due(NOW + HOUR)
    rows = await stores.outbox.claim([one.seq for one in due], "me", NOW + HOUR)
    assert ended == 500
    assert [(row.destination, dict(row.payload)) for row in rows] == [(HERE, {"count": 250}), (THERE, {"count": 250})]
    assert await stores.outbox.expire(NOW + HOUR, line) == 0


async def test_a_line_that_was_not_sent_yet_takes_up_what_is_missed_after_it(stores: Stores) -> None:
    await stores.outbox.add([outgoing("signal:a", valid_until=NOW), outgoing("signal:b", valid_until=NOW + HOUR)])

    await stores.outbox.expire(NOW, line)
    await stores.outbox.expire(NOW + HOUR, line)
    (row,) = await claimed(stores, now=NOW + HOUR)
    await stores.outbox.sent(row, "9", NOW + HOUR)
    await stores.outbox.add([outgoing("signal:c", valid_until=NOW)])
    await stores.outbox.expire(NOW + HOUR, line)

    (other,) = await claimed(stores, now=NOW + HOUR)
    assert [dict(one.payload) for one in (row, other)] == [{"count": 2}, {"count": 1}]
    assert row.key != other.key


async def test_a_row_that_may_have_arrived_is_not_called_missed(stores: Stores) -> None:
    await stores.outbox.add([outgoing(valid_until=NOW + SECOND)])
    (row,) = await claimed(stores)
    await stores.outbox.settle([Settled(row, RowState.NEW, NOW, "no answer", None, NOW, doubtful=True)])

    assert await stores.outbox.expire(NOW + HOUR, line) == 0
    assert await states(stores) == [RowState.NEW]


async def test_a_destination_that_is_off_gets_nothing_and_its_rows_end(stores: Stores) -> None:
    await stores.destinations.save(Destination(HERE, None, on=True, changed_at=NOW))
    await stores.outbox.add([outgoing("signal:a"), outgoing("signal:b")])
    notice = outgoing("notice:off", "1", THERE)

    first = await stores.destinations.switch_off(HERE, "kicked", NOW, [notice])
    second = await stores.destinations.switch_off(HERE, "kicked", NOW, [outgoing("notice:off", "2", THERE)])
    await stores.outbox.add([outgoing("signal:c")])
    due = await stores.outbox.due(NOW)
    await stores.outbox.expire(NOW, line)

    assert (first, second) == (True, False)
    assert [one.destination for one in due] == [THERE]
    assert await states(stores, "signal:a") == await states(stores, "signal:c") == [RowState.DEAD]
    assert await states(stores, "notice:off") == [RowState.NEW]
    found = await stores.destinations.get(HERE)
    assert found is not None
    assert (found.on, found.reason) == (False, "kicked")
    assert await stores.destinations.all(only_on=True) == ()


async def test_what_is_known_of_a_stream(stores: Stores) -> None:
    await stores.outbox.add([outgoing(), outgoing(to=THERE), outgoing(to="discord:user:3")])
    rows = await claimed(stores)
    await stores.outbox.sent(rows[0], "4", NOW)
    await stores.outbox.dead(rows[1], NOW, "gone")
    await stores.outbox.unknown(rows[2], NOW, "no answer")

    counts = await stores.outbox.counts()

    assert await stores.outbox.reached("signal:a") == {HERE, "discord:user:3"}
    assert await stores.outbox.live_message("signal:a", THERE) is None
    assert (counts.of(RowState.SENT), counts.of(RowState.UNKNOWN), counts.of(RowState.NEW)) == (1, 1, 0)
    assert await stores.outbox.get(rows[0].seq) is not None
    assert await stores.outbox.get(10**6) is None
