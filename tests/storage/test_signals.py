"""Issued signals: an immutable log, each ending once, seen only when known."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from signals.model import Action, Issued, SignalState, Timeframe
from storage.stores import Stores
from storage.values import Mark
from tests.storage.builders import BTC, ETH, HOUR, NOW, issued, plan, transition

ISSUED, ENTERED = SignalState.ISSUED, SignalState.ENTERED
TARGET_1, TARGET, STOPPED = SignalState.TARGET_1, SignalState.TARGET, SignalState.STOPPED


async def _marks(stores: Stores) -> set[tuple[str, str]]:
    return {(mark.type, mark.pk) for mark in await stores.marks.pending(1000)}


@pytest.mark.parametrize(
    "one",
    [
        issued(),
        issued(plan=plan(direction=-1, entries=(100.0,), targets=(90.0,)), action=Action.STRONG_SELL),
        issued(plan=None, confidence=None, action=Action.HOLD, votes=(), warnings=(), strength=None, price=None),
        issued(None, action=Action.NO_DATA, atr=None, last_good_at=None, plan=None),
    ],
)
async def test_a_signal_comes_back_equal(stores: Stores, one: Issued) -> None:
    assert await stores.signals.emit(one)

    assert await stores.signals.get(one.signal_id) == one


async def test_an_unknown_signal_is_none(stores: Stores) -> None:
    assert await stores.signals.get("replay:ETH/USDT:1h:never") is None


async def test_a_signal_emitted_twice_is_stored_and_marked_once(stores: Stores) -> None:
    assert await stores.signals.emit(issued())
    mark = await stores.marks.pending(10)

    assert not await stores.signals.emit(issued(action=Action.SELL, reason="something else"))

    assert await stores.signals.get(issued().signal_id) == issued()
    assert await stores.marks.pending(10) == mark
    assert await _marks(stores) == {("signal", issued().signal_id)}


async def test_many_signals_are_emitted_together_and_known_ones_passed_over(stores: Stores) -> None:
    old, new, twin = issued(), issued(series=BTC), issued(series=BTC, reason="a twin in the same call")
    await stores.signals.emit(old)

    assert await stores.signals.emit_many([old, new, twin]) == (new,)

    assert await stores.signals.get(new.signal_id) == new
    assert await stores.signals.emit_many([]) == ()


async def test_a_signal_that_cannot_be_stored_leaves_no_mark(stores: Stores) -> None:
    with pytest.raises(ValueError, match="finite"):
        await stores.signals.emit(issued(price=float("nan")))

    assert await stores.marks.pending_count() == 0


async def test_of_many_tasks_that_emit_one_signal_one_is_told_it_was_new(stores: Stores) -> None:
    told = await asyncio.gather(*(stores.signals.emit(issued()) for _ in range(10)))

    assert sum(told) == 1


async def test_the_newest_is_the_newest_known_by_then_of_any_of_the_names(stores: Stores) -> None:
    early, late = issued(NOW - 3 * HOUR), issued(NOW - HOUR)
    other = issued(NOW - 2 * HOUR, series=BTC)
    await stores.signals.emit_many([late, early, other])

    newest = stores.signals.newest
    assert await newest(["ETH/USDT"], Timeframe.H1, NOW) == late
    assert await newest(["ETH/USDT"], None, NOW - timedelta(milliseconds=1)) == early
    assert await newest(["ETH/USDT", "BTC/USDT"], None, NOW - timedelta(milliseconds=1)) == other
    assert await newest(["ETH/USDT"], Timeframe.H4, NOW) is None
    assert await newest(["ETH/USDT"], None, NOW - 3 * HOUR) is None
    assert await newest([], None, NOW) is None


async def test_the_latest_are_those_of_all_markets_newest_first(stores: Stores) -> None:
    made = [issued(NOW - i * HOUR, series=series) for i, series in ((4, ETH), (1, BTC), (3, ETH), (0, ETH))]
    await stores.signals.emit_many(made)

    assert await stores.signals.latest(NOW, 2) == (made[1], made[2])
    assert await stores.signals.latest(NOW - 2 * HOUR, 9) == (made[2], made[0])


async def test_a_signal_is_open_until_its_final_step_is_known(stores: Stores) -> None:
    one, hold = issued(NOW - 5 * HOUR), issued(NOW - 5 * HOUR, series=BTC, plan=None, action=Action.HOLD)
    await stores.signals.emit_many([one, hold])
    await stores.signals.add_transitions([transition(one, at=NOW - 3 * HOUR), transition(one, STOPPED, NOW)])

    assert await stores.signals.open_signals(NOW - 5 * HOUR) == ()
    assert await stores.signals.open_signals(NOW - HOUR) == (one,)
    assert await stores.signals.open_signals(NOW) == ()


async def test_steps_come_back_in_order_and_only_those_known(stores: Stores) -> None:
    one = issued(NOW - 9 * HOUR)
    steps = (
        transition(one, ENTERED, NOW - 8 * HOUR),
        transition(one, TARGET_1, NOW - HOUR, price=104.5),
        transition(one, TARGET, NOW - HOUR, realised_r=2.75),
    )
    await stores.signals.emit(one)

    assert await stores.signals.add_transitions(list(steps)) == steps
    assert await stores.signals.transitions(one.signal_id) == steps
    assert await stores.signals.transitions(one.signal_id, NOW - 2 * HOUR) == steps[:1]
    assert await stores.signals.transitions("another") == ()


async def test_a_step_added_twice_changes_nothing(stores: Stores) -> None:
    one = issued()
    await stores.signals.emit(one)

    assert await stores.signals.add_transition(transition(one))
    assert not await stores.signals.add_transition(transition(one, price=1.0))
    assert await stores.signals.transitions(one.signal_id) == (transition(one),)


async def test_a_signal_ends_once(stores: Stores) -> None:
    one = issued()
    await stores.signals.emit(one)
    assert await stores.signals.add_transition(transition(one, STOPPED))

    assert not await stores.signals.add_transition(transition(one, STOPPED))
    assert not await stores.signals.add_transition(transition(one, TARGET, NOW - HOUR))
    assert not await stores.signals.add_transition(transition(one, TARGET_1, NOW + HOUR))
    assert await stores.signals.add_transition(transition(one, ENTERED, NOW - HOUR))

    assert [step.state for step in await stores.signals.transitions(one.signal_id)] == [ENTERED, STOPPED]


async def test_only_a_final_step_marks_an_outcome(stores: Stores) -> None:
    one = issued()
    await stores.signals.emit(one)
    await stores.marks.done(await stores.marks.pending(10))

    await stores.signals.add_transition(transition(one))
    assert await _marks(stores) == set()
    await stores.signals.add_transition(transition(one, TARGET))
    assert await _marks(stores) == {("outcome", one.signal_id)}


async def test_a_step_of_a_signal_that_was_never_issued_is_a_bug(stores: Stores) -> None:
    with pytest.raises(IntegrityError):
        await stores.signals.add_transition(transition(issued(), STOPPED))

    assert await stores.marks.pending(10) == ()


async def test_resolved_signals_come_with_their_end_once_it_is_known(stores: Stores) -> None:
    first, second = issued(NOW - 9 * HOUR), issued(NOW - 9 * HOUR, series=BTC)
    ends = transition(second, STOPPED, NOW - 3 * HOUR), transition(first, TARGET, NOW - HOUR)
    await stores.signals.emit_many([first, second, issued()])
    await stores.signals.add_transitions([transition(first), *ends])

    assert await stores.signals.resolved(NOW) == ((second, ends[0]), (first, ends[1]))
    assert await stores.signals.resolved(NOW - 2 * HOUR) == ((second, ends[0]),)
    assert await stores.signals.resolved(NOW, Timeframe.H4) == ()
    assert len(await stores.signals.resolved(NOW, Timeframe.H1)) == 2


async def test_a_first_target_stays_reached_however_the_signal_ended(stores: Stores) -> None:
    hit, missed = issued(NOW - 9 * HOUR), issued(NOW - 9 * HOUR, series=BTC)
    await stores.signals.emit_many([hit, missed])
    await stores.signals.add_transitions(
        [transition(hit, TARGET_1, NOW - HOUR), transition(hit, STOPPED), transition(missed, STOPPED)]
    )

    assert await stores.signals.reached_first_target(NOW) == {hit.signal_id}
    assert await stores.signals.reached_first_target(NOW - 2 * HOUR) == frozenset()


async def test_more_signals_than_one_turn_come_in_order(stores: Stores) -> None:
    made = [issued(NOW - i * HOUR) for i in range(1, 1202)]

    assert await stores.signals.emit_many(made) == tuple(made)
    assert await stores.signals.latest(NOW, 5000) == tuple(made)


async def test_a_mark_of_a_signal_carries_its_key(stores: Stores) -> None:
    await stores.signals.emit(issued())

    (mark,) = await stores.marks.pending(1)
    assert mark == Mark("signal", issued().signal_id, mark.revision)
