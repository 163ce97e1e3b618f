"""What the dispatcher does with each answer of a platform, and with what a crash left behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.delivery.notifier import NotSent, Refusal
from bot.delivery.rules import DeliveryRules
from signals.errors import TemporaryError
from storage.delivery_values import Destination, RowState
from storage.stores import Stores
from tests.bot.delivery.fake_notifier import CHAT, HERE, OWNER, THERE, FakeNotifier, Post, row
from tests.bot.worlds import NOW, HandClock

NEW, SENDING, SENT, UNKNOWN, EXPIRED, DEAD = RowState
MINUTE = timedelta(minutes=1)
LOST_WAY = NotSent(Refusal.RETRY, "no way there")


async def test_messages_go_out_in_order_and_an_edit_after_what_it_edits(post: Post) -> None:
    await post.put(row("a"), row("b"), row("a", "entered"), row("c", to=THERE))

    await post.settled()

    assert [call for call in post.sent if call[1] == HERE] == [
        ("send", HERE, "a"),
        ("send", HERE, "b"),
        ("edit m1", HERE, "entered"),
    ]
    assert ("send", THERE, "c") in post.sent
    assert post.platform.keys[0] == f"signal:a|issued|{HERE}|0"
    assert (await post.stores.outbox.counts()).by_state == {"sent": 4}


async def test_an_edit_without_a_message_is_let_go(post: Post) -> None:
    await post.put(row("a", "entered"))

    await post.settled()

    assert post.sent == []
    assert await post.states("signal:a") == [EXPIRED]


async def test_what_surely_failed_is_tried_again_later_and_later(post: Post) -> None:
    post.platform.script[HERE] = [LOST_WAY] * 3
    await post.put(row("a"), row("b"))

    waits = []
    for _ in range(3):
        waits.append(await post.settled())
        post.pass_s(waits[-1] + 0.001)
    await post.settled()

    assert [what for _, _, what in post.sent] == ["a", "a", "a", "a", "b"]
    assert 1.5 <= waits[0] <= 2.5 and 3.0 <= waits[1] <= 5.0 and 6.0 <= waits[2] <= 10.0
    assert len(set(post.platform.keys[:4])) == 1


async def test_after_its_last_try_a_message_is_given_up_and_the_next_one_goes(stores: Stores) -> None:
    post = Post(stores, HandClock(), (FakeNotifier(),), DeliveryRules(most_attempts=2))
    post.platform.script[HERE] = [LOST_WAY] * 2
    await post.put(row("a"), row("b"))

    post.pass_s(await post.settled() + 0.001)
    await post.settled()

    assert await post.states("signal:a") == [DEAD]
    assert await post.states("signal:b") == [SENT]


async def test_a_place_that_is_gone_is_switched_off_at_once_and_the_owner_told_once(post: Post) -> None:
    post.platform.script[HERE] = [NotSent(Refusal.GONE, "Unknown Channel")]
    await post.put(row("a"), row("b"))

    await post.settled()
    await post.put(row("c"))
    post.pass_s(1.0)
    await post.settled()

    assert post.sent == [("send", HERE, "a"), ("send", OWNER, "A destination was switched off")]
    found = await post.stores.destinations.get(HERE)
    assert found is not None
    assert (found.on, found.reason) == (False, "Unknown Channel")
    assert [await post.states(f"signal:{name}") for name in "abc"] == [[DEAD]] * 3


async def test_a_missing_permission_switches_off_after_three_refusals_in_a_row(post: Post) -> None:
    forbidden = NotSent(Refusal.FORBIDDEN, "Missing Permissions")
    post.platform.script[HERE] = [forbidden, forbidden, forbidden]
    await post.put(row("a"))

    for _ in range(3):
        found = await post.stores.destinations.get(HERE)
        assert found is None or found.on
        post.pass_s(await post.settled() + 0.001)
    await post.settled()

    found = await post.stores.destinations.get(HERE)
    assert found is not None
    assert not found.on
    assert [call[1] for call in post.sent] == [HERE, HERE, HERE, OWNER]


async def test_an_owner_who_cannot_be_told_is_not_told_about_it(post: Post) -> None:
    post.platform.script[OWNER] = [NotSent(Refusal.GONE, "closed")]
    await post.put(row("a", to=OWNER))

    await post.settled()

    assert post.sent == [("send", OWNER, "a")]


async def test_a_group_that_moved_is_followed_also_after_a_restart(post: Post) -> None:
    telegram = post.notifiers[1]
    telegram.script[CHAT] = [NotSent(Refusal.MOVED, "upgraded", moved_to="telegram:chat:-1007")]
    await post.stores.destinations.save(Destination(CHAT, None, on=True, changed_at=NOW))
    await post.put(row("a", to=CHAT))

    await post.settled()
    post.restart()
    await post.put(row("b", to=CHAT))
    post.pass_s(5.0)
    await post.settled()

    assert post.sent == [
        ("send", CHAT, "a"),
        ("send", "telegram:chat:-1007", "a"),
        ("send", "telegram:chat:-1007", "b"),
    ]


async def test_a_message_to_edit_that_is_gone_ends_its_edits(post: Post) -> None:
    await post.put(row("a"))
    await post.settled()
    post.platform.script[HERE] = [NotSent(Refusal.LOST, "Unknown Message")]
    await post.put(row("a", "entered"))

    await post.settled()

    assert await post.states("signal:a") == [SENT, EXPIRED]


async def test_a_message_that_is_refused_for_good_is_given_up(post: Post) -> None:
    post.platform.script[HERE] = [NotSent(Refusal.BROKEN, "Invalid Form Body")]
    await post.put(row("a"), row("b"))

    await post.settled()

    assert [await post.states("signal:a"), await post.states("signal:b")] == [[DEAD], [SENT]]


async def test_six_hours_down_with_500_signals_due_send_one_line_per_destination(post: Post) -> None:
    places = (HERE, THERE, CHAT)
    for i in range(500):
        at = NOW + timedelta(seconds=43 * i)
        await post.put(
            *(row(f"s{i}", to=to, created_at=at, valid_until=at + 60 * MINUTE) for to in places[: 1 + i % 3])
        )
    post.pass_s(7.5 * 3600)

    await post.settled()

    assert Counter(post.sent) == {("send", to, "While I was down"): 1 for to in places}
    assert (await post.stores.outbox.counts()).by_state == {"expired": 500 + 333 + 166, "sent": 3}
    lines = {to: (await post.stores.outbox.of_stream(f"missed:{to}"))[0] for to in places}
    assert "500 signals came and went" in lines[HERE].payload["lines"][0]


async def test_a_platform_that_is_not_connected_makes_its_rows_wait(post: Post) -> None:
    post.platform.is_ready = False
    await post.put(row("a"), row("b", to=CHAT))
    await post.settled()
    before = list(post.sent)

    post.platform.is_ready = True
    await post.settled()

    assert before == [("send", CHAT, "b")]
    assert ("send", HERE, "a") in post.sent


async def test_a_result_that_cannot_be_written_is_kept_until_it_can(post: Post) -> None:
    await post.put(row("a"))
    await post.dispatcher.round()
    await post.dispatcher.landed(30.0)
    settle, outbox = post.stores.outbox.settle, post.stores.outbox

    async def refuse(results: object, word: object) -> int:
        raise TemporaryError("No space is left")

    outbox.settle = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(TemporaryError):
        await post.dispatcher.round()
    outbox.settle = settle  # type: ignore[method-assign]
    await post.settled()

    assert post.sent == [("send", HERE, "a")]
    assert await post.states("signal:a") == [SENT]


async def test_running_it_delivers_as_soon_as_it_is_woken_and_stops_cleanly(post: Post) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(post.dispatcher.run(stop))
    await post.put(row("a"))
    post.dispatcher.wake()
    async with asyncio.timeout(30):
        while await post.states("signal:a") != [SENT]:
            await asyncio.sleep(0.01)
    post.platform.slow[HERE] = asyncio.Event()
    await post.put(row("b"), row("c"))
    post.dispatcher.wake()
    async with asyncio.timeout(30):
        while await post.states("signal:b") != [SENDING]:
            await asyncio.sleep(0.01)

    stop.set()
    post.platform.slow[HERE].set()
    async with asyncio.timeout(30):
        await running

    assert [await post.states(f"signal:{name}") for name in "abc"] == [[SENT], [SENT], [NEW]]


async def test_a_thousand_open_rows_do_not_keep_the_start_from_serving(post: Post) -> None:
    await post.put(*(row(f"s{i}", to=f"discord:channel:{i % 50}") for i in range(1000)))
    await post.stores.outbox.claim([due.seq for due in await post.stores.outbox.due(NOW)], "former", NOW)

    await post.dispatcher.round()
    await post.dispatcher.landed(30.0)

    assert len(post.sent) == 43
    assert (await post.stores.outbox.counts()).of(UNKNOWN) == 0
