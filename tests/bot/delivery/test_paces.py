"""One slow or limited destination delays no other, and nobody is written to faster than the platforms bear."""

from __future__ import annotations

import asyncio

from bot.delivery.notifier import NotSent, Refusal
from storage.delivery_values import RowState
from tests.bot.delivery.fake_notifier import CHAT, HERE, THERE, Post, row

NEW, SENDING, SENT, UNKNOWN, EXPIRED, DEAD = RowState


async def test_a_slow_destination_delays_no_other(post: Post) -> None:
    post.platform.slow[HERE] = asyncio.Event()
    await post.put(row("a"), *(row(f"t{i}", to=THERE) for i in range(3)))

    await post.settled(0.05)

    assert [await post.states(f"signal:t{i}") for i in range(3)] == [[SENT]] * 3
    assert await post.states("signal:a") == [SENDING]
    post.platform.slow[HERE].set()
    await post.settled()
    assert await post.states("signal:a") == [SENT]


async def test_a_limit_is_obeyed_where_it_holds_and_does_not_count(post: Post) -> None:
    post.platform.script[HERE] = [NotSent(Refusal.LIMITED, "slow down", 40.0)]
    await post.put(row("a"), row("b", to=THERE))

    wait_s = await post.settled()
    post.pass_s(39.0)
    await post.settled()
    before = list(post.sent)
    post.pass_s(1.1)
    await post.settled()

    assert 9.0 < wait_s <= 40.0
    assert before == [("send", HERE, "a"), ("send", THERE, "b")]
    assert post.sent[2:] == [("send", HERE, "a")]
    (done,) = await post.stores.outbox.of_stream("signal:a")
    assert (done.state, done.attempts) == (SENT, 0)


async def test_a_limit_of_the_whole_platform_stops_the_platform_only(post: Post) -> None:
    post.platform.script[HERE] = [NotSent(Refusal.LIMITED, "slow down", 40.0, everywhere=True)]
    await post.put(row("a"))
    await post.settled()
    await post.put(row("b", to=THERE), row("c", to=CHAT))

    await post.settled()
    held_back = [call[2] for call in post.sent]
    post.pass_s(41.0)
    await post.settled()

    assert held_back == ["a", "c"]
    assert sorted(call[2] for call in post.sent) == ["a", "a", "b", "c"]


async def test_a_channel_takes_five_messages_in_five_seconds(post: Post) -> None:
    await post.put(*(row(f"s{i}") for i in range(12)))

    counts = []
    for _ in range(3):
        await post.settled()
        counts.append(len(post.sent))
        post.pass_s(5.001)

    assert counts == [5, 10, 12]


async def test_a_platform_takes_a_share_of_its_overall_limit_each_second(post: Post) -> None:
    await post.put(*(row(f"s{i}", to=f"discord:channel:{i}") for i in range(100)))

    counts = []
    for _ in range(3):
        await post.settled()
        counts.append(len(post.sent))
        post.pass_s(1.001)

    assert counts == [43, 86, 100]


async def test_a_telegram_group_takes_one_message_a_second_and_twenty_a_minute(post: Post) -> None:
    await post.put(*(row(f"s{i}", to=CHAT) for i in range(30)))

    counts = []
    for second in range(61):
        await post.settled()
        if second in (0, 10, 19, 59):
            counts.append(len(post.sent))
        post.pass_s(1.001)
    await post.settled()

    assert counts == [1, 11, 20, 20]
    assert len(post.sent) > 20
