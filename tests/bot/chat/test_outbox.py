"""What an admin sees of messages that may not have arrived, and what becomes of them."""

from __future__ import annotations

import pytest

from storage.delivery_values import Outgoing, RowState
from tests.bot.chat_world import ADMIN, NOW, TRADER, World

HERE = "telegram:chat:-7"


async def held(world: World, count: int = 1) -> list[int]:
    """Messages of which nobody knows whether they arrived; gives back their numbers."""
    outbox = world.stores.outbox
    payload = {"title": "BUY ETH/USDT 1h", "visible_id": "#abc123"}
    await outbox.add([Outgoing(f"signal:{i}", "issued", f"{HERE}{i}", payload, NOW) for i in range(count)])
    rows = await outbox.claim([due.seq for due in await outbox.due(NOW)], "me", NOW)
    for row in rows:
        await outbox.unknown(row, NOW, "no clear answer from Telegram")
    return [row.seq for row in rows]


async def test_the_list_shows_what_is_held_and_why(world: World) -> None:
    empty = await world.run(ADMIN, "outbox", action="list")
    (number,) = await held(world)

    reply = await world.run(ADMIN, "outbox", action="list")
    jobs = await world.run(ADMIN, "jobs")

    assert empty.text == "Outbox: 0 to be sent, 0 held."
    assert reply.text == "Outbox: 0 to be sent, 1 held."
    row = reply.tables[0].rows[0]
    assert row[:3] == (str(number), f"{HERE}0", "BUY ETH/USDT 1h")
    assert row[4] == "no clear answer from Telegram"
    assert reply.private
    assert "1 held: see /outbox list." in jobs.text


async def test_a_long_list_says_how_many_more_there_are(world: World) -> None:
    await held(world, 27)

    reply = await world.run(ADMIN, "outbox", action="list")

    assert len(reply.tables[0].rows) == 25
    assert reply.notes[-1] == "2 more are held."


@pytest.mark.parametrize(("action", "state"), [("release", RowState.NEW), ("drop", RowState.DEAD)])
async def test_a_decision_asks_first_and_is_done_once(world: World, action: str, state: RowState) -> None:
    (number,) = await held(world)

    question = await world.run(ADMIN, "outbox", action=action, number=str(number))
    before = await world.stores.outbox.get(number)
    done = await world.yes(ADMIN, question)
    again = await world.run(ADMIN, "outbox", action=action, number=str(number))

    after = await world.stores.outbox.get(number)
    assert before is not None and before.state is RowState.UNKNOWN
    assert after is not None and after.state is state
    assert f"Message {number} to {HERE}0" in done.text
    assert again.error
    assert "is not held" in again.text
    assert "by discord:2" in after.note


async def test_what_was_decided_meanwhile_is_not_decided_again(world: World) -> None:
    (number,) = await held(world)
    question = await world.run(ADMIN, "outbox", action="release", number=str(number))
    await world.stores.outbox.drop(number, NOW, "elsewhere")

    late = await world.yes(ADMIN, question)

    assert late.error
    after = await world.stores.outbox.get(number)
    assert after is not None and after.state is RowState.DEAD


async def test_a_decision_needs_a_number_and_an_admin(world: World) -> None:
    (number,) = await held(world)

    without = await world.run(ADMIN, "outbox", action="drop")
    refused = await world.run(TRADER, "outbox", action="drop", number=str(number))

    assert without.error
    assert "As in /outbox drop 17" in without.text
    assert refused.error
    assert refused.confirm is None
