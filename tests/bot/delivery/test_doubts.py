"""Messages of which it is not known whether they arrived: repeated where that is harmless, looked up, or held."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.delivery.notifier import Unknown
from bot.delivery.rules import DeliveryRules
from signals.errors import TemporaryError, UserError
from storage.delivery_values import RowState, Settled
from storage.stores import Stores
from tests.bot.delivery.fake_notifier import CHAT, HERE, OWNER, THERE, FakeNotifier, Post, row
from tests.bot.worlds import NOW, HandClock

NEW, SENDING, SENT, UNKNOWN, EXPIRED, DEAD = RowState
MINUTE = timedelta(minutes=1)


async def test_without_an_answer_and_a_history_discord_is_asked_again_with_the_same_key(post: Post) -> None:
    post.platform.script[HERE] = [Unknown("no answer"), Unknown("no answer")]
    post.platform.found[HERE] = UserError("not allowed")
    await post.put(row("a"))

    for _ in range(2):
        post.pass_s(await post.settled() + 0.001)
    await post.settled()

    assert [call for call in post.sent if call[0] == "send"] == [("send", HERE, "a")] * 3
    assert len(set(post.platform.keys)) == 1


@pytest.mark.parametrize("later_s", [10.0, 91.0])
async def test_before_a_repeat_discords_history_is_asked(post: Post, later_s: float) -> None:
    post.platform.script[HERE] = [Unknown("no answer")]
    post.platform.found[HERE] = "m77"
    await post.put(row("a"))

    await post.settled()
    post.pass_s(later_s)
    await post.settled()

    assert [call[0] for call in post.sent] == ["send", "find"]
    assert await post.stores.outbox.live_message("signal:a", HERE) == "m77"


async def test_what_is_not_in_the_history_is_sent_after_all(post: Post) -> None:
    post.platform.script[HERE] = [Unknown("no answer")]
    await post.put(row("a"))

    await post.settled()
    post.pass_s(91.0)
    await post.settled()

    assert [call[0] for call in post.sent] == ["send", "find", "send"]
    assert await post.states("signal:a") == [SENT]


async def test_a_history_that_may_not_be_read_leaves_the_message_held(post: Post) -> None:
    post.platform.script[HERE] = [Unknown("no answer")]
    post.platform.found[HERE] = UserError("not allowed")
    await post.put(row("a"))

    await post.settled()
    post.pass_s(91.0)
    await post.settled()

    (held,) = await post.stores.outbox.held()
    assert "not allowed" in held.note
    assert [call[0] for call in post.sent] == ["send", "find", "send"]
    assert post.sent[-1] == ("send", OWNER, "A message is held")


async def test_a_history_that_cannot_be_read_now_is_read_later(post: Post) -> None:
    post.platform.script[HERE] = [Unknown("no answer")]
    post.platform.found[HERE] = TemporaryError("busy")
    await post.put(row("a"))
    await post.settled()
    post.pass_s(91.0)
    await post.settled()

    post.platform.found[HERE] = "m5"
    post.pass_s(10.0)
    await post.settled()

    assert [call[0] for call in post.sent] == ["send", "find", "find"]
    assert await post.states("signal:a") == [SENT]


async def test_without_an_answer_a_telegram_message_is_held_and_an_edit_repeated(post: Post) -> None:
    telegram = post.notifiers[1]
    telegram.script[CHAT] = [Unknown("no answer")]
    await post.put(row("a", to=CHAT), row("b", to=CHAT))
    await post.settled()
    post.pass_s(2.0)
    await post.settled()
    telegram.script[CHAT] = [Unknown("no answer")]
    await post.put(row("b", "entered", to=CHAT))

    for _ in range(3):
        post.pass_s(61.0)
        await post.settled()

    assert [call[2] for call in post.sent if call[1] == CHAT] == ["a", "b", "entered", "entered"]
    (held,) = await post.stores.outbox.held()
    assert (held.stream, held.note) == ("signal:a", "no answer")


async def test_a_fault_of_ours_is_an_unclear_answer(post: Post) -> None:
    telegram = post.notifiers[1]
    telegram.script[CHAT] = [RuntimeError("a bug")]
    await post.put(row("a", to=CHAT))

    await post.settled()

    assert await post.states("signal:a") == [UNKNOWN]


@pytest.mark.parametrize(("to", "state"), [(HERE, NEW), (CHAT, UNKNOWN), ("mail:x", UNKNOWN)])
async def test_what_a_crash_left_sending_is_cleared_up_at_the_start(post: Post, to: str, state: RowState) -> None:
    await post.put(row("a", to=to))
    await post.stores.outbox.claim([due.seq for due in await post.stores.outbox.due(NOW)], "former", NOW)
    for notifier in post.notifiers:
        notifier.is_ready = False

    await post.settled()

    assert await post.states("signal:a") == [state]
    assert post.sent == []


async def test_an_edit_that_a_crash_cut_is_made_again_on_telegram_too(post: Post) -> None:
    await post.put(row("a", to=CHAT))
    await post.settled()
    await post.put(row("a", "entered", to=CHAT))
    await post.stores.outbox.claim([due.seq for due in await post.stores.outbox.due(NOW)], "former", NOW)
    post.restart()

    post.pass_s(2.0)
    await post.settled()

    assert [call[0] for call in post.sent] == ["send", "edit m1"]


async def test_a_cut_message_that_is_out_of_date_by_now_is_looked_for_and_not_repeated(post: Post) -> None:
    await post.put(row("a", valid_until=NOW + MINUTE), row("b", to=THERE, valid_until=NOW + MINUTE))
    await post.stores.outbox.claim([due.seq for due in await post.stores.outbox.due(NOW)], "former", NOW)
    post.platform.found[HERE] = "m5"

    post.pass_s(61.0)
    await post.settled()
    post.pass_s(1.0)
    await post.settled()

    assert await post.states("signal:a") == [SENT]
    assert await post.states("signal:b") == [EXPIRED]
    assert sorted(call for call in post.sent if call[0] == "send") == [("send", THERE, "While I was down")]


async def test_a_fenced_off_dispatcher_writes_nothing(post: Post) -> None:
    await post.put(row("a"))
    (mine,) = await post.stores.outbox.claim([due.seq for due in await post.stores.outbox.due(NOW)], "former", NOW)
    await post.settled()

    assert await post.stores.outbox.settle([Settled(mine, RowState.UNKNOWN, NOW)]) == 0
    assert await post.states("signal:a") == [SENT]


async def test_what_does_not_finish_at_the_end_is_cleared_up_by_the_next_start(stores: Stores) -> None:
    post = Post(stores, HandClock(), (FakeNotifier(),), DeliveryRules(finish_s=0.05))
    post.platform.slow[HERE] = asyncio.Event()
    await post.put(row("a"))
    stop = asyncio.Event()
    running = asyncio.create_task(post.dispatcher.run(stop))
    async with asyncio.timeout(30):
        while not post.sent:
            await asyncio.sleep(0.01)

    stop.set()
    async with asyncio.timeout(30):
        await running
    left = await post.states("signal:a")
    post.platform.slow[HERE].set()
    post.restart()
    await post.settled()

    assert left == [SENDING]
    assert await post.states("signal:a") == [SENT]
    assert len(set(post.platform.keys)) == 1


async def held_twice(post: Post) -> None:
    """One message that is held, and after it another."""
    for name in ("a", "b"):
        post.platform.script[HERE] = [Unknown("no answer")]
        await post.put(row(name))
        await post.settled()
        post.pass_s(5.0)
        await post.settled()


async def test_the_owners_are_told_of_held_messages_once_and_again_when_those_are_decided(post: Post) -> None:
    post.platform.can_find = False

    await held_twice(post)
    told = [call for call in post.sent if call[1] == OWNER]
    for held in await post.stores.outbox.held():
        await post.stores.outbox.drop(held.seq, NOW, "dropped")
    post.platform.script[HERE] = [Unknown("no answer")]
    await post.put(row("c"))
    await post.settled()
    post.pass_s(5.0)
    await post.settled()

    assert told == [("send", OWNER, "A message is held")]
    assert [call for call in post.sent if call[1] == OWNER] == told * 2
    (notice, _) = await post.stores.outbox.of_stream("notice:held")
    assert "1 message is held: it is not known whether what was sent arrived." in notice.payload["lines"]


async def test_a_notice_that_is_held_itself_begins_no_chain_of_notices(post: Post) -> None:
    post.platform.can_find = False
    post.platform.script[OWNER] = [Unknown("no answer")] * 5

    await held_twice(post)

    assert [call[1] for call in post.sent].count(OWNER) == 1
    assert (await post.stores.outbox.counts()).of(UNKNOWN) == 3


async def test_what_an_interruption_left_held_is_told_at_the_start(post: Post) -> None:
    await post.put(row("a"))
    (due,) = await post.stores.outbox.due(post.clock.now())
    await post.stores.outbox.claim([due.seq], "dead", post.clock.now())
    post.platform.can_find = False

    await post.settled()
    await post.settled()

    assert post.sent == [("send", OWNER, "A message is held")]
