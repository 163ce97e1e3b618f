"""Conversing: the card before the words, one question in flight per person, fair turns, and Stop."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.commands.caller import Caller
from bot.conversation import Conversation
from bot.reply import Reply
from rag.turns import ASKING, FairTurns
from signals.errors import UserError
from tests.bot.chat_world import TRADER, VIEWER, World, in_channel
from tests.storage.builders import backtest


async def with_evidence(world: World) -> None:
    """A model is only asked where there is something to explain with."""
    await world.stores.backtests.save(backtest(exchange="replay", symbol="ETH/USDT"))
    from tests.bot.chat_world import ADMIN

    await world.run(ADMIN, "reindex")
    world.said.clear()


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


async def test_the_card_is_shown_before_the_words(world: World) -> None:
    await with_evidence(world)
    world.explainer.gate.clear()

    asking = asyncio.create_task(world.run(VIEWER, "signal", symbol="eth"))
    await until(lambda: world.said)
    world.explainer.gate.set()
    final = await asking

    shown = world.said[0]
    assert shown.recommendations[0].method == "rules"
    assert [b.label for b in shown.buttons] == ["Stop"]
    assert final.recommendations[0].method == "rag"
    assert "Stop" not in [b.label for b in final.buttons]


async def test_stop_leaves_the_card_of_the_rules_labelled(world: World) -> None:
    await with_evidence(world)
    world.explainer.gate.clear()
    asking = asyncio.create_task(world.run(VIEWER, "signal", symbol="eth"))
    await until(lambda: world.said)

    stopped = await world.press(VIEWER, world.said[0].buttons[0].action)
    final = await asking

    assert not stopped.error
    assert final.recommendations[0].method == "rules"
    assert final.recommendations[0].fallback_reason == "stopped by the asker"
    assert final.buttons
    assert world.explainer.cancelled == 1
    assert (await world.press(VIEWER, world.said[0].buttons[0].action)).error


async def test_nobody_stops_another_s_explanation(world: World) -> None:
    await with_evidence(world)
    world.explainer.gate.clear()
    asking = asyncio.create_task(world.run(in_channel(VIEWER), "signal", symbol="eth"))
    await until(lambda: world.said)

    refused = await world.press(in_channel(TRADER), world.said[0].buttons[0].action)
    world.explainer.gate.set()

    assert "Only the one who asked" in refused.text
    assert (await asking).recommendations[0].method == "rag"


async def test_a_second_question_of_one_person_waits_and_is_told_so(world: World) -> None:
    await with_evidence(world)
    world.explainer.gate.clear()
    first = asyncio.create_task(world.run(VIEWER, "signal", symbol="eth"))
    await until(lambda: world.explainer.asked == 1)

    second = asyncio.create_task(world.run(VIEWER, "signal", symbol="eth"))
    await until(lambda: any("is next" in reply.text for reply in world.said))
    other = asyncio.create_task(world.run(TRADER, "signal", symbol="eth"))
    await until(lambda: world.explainer.asked == 2)
    world.explainer.gate.set()
    await asyncio.gather(first, second, other)

    assert world.explainer.asked == 3


async def test_the_fifth_question_in_line_is_refused() -> None:
    conversation, gate = Conversation(), asyncio.Event()

    async def say(_reply: Reply) -> None: ...

    async def work(_progress) -> Reply:
        await gate.wait()
        return Reply("done")

    asked = [asyncio.create_task(conversation.answer(VIEWER, say, work)) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [answer for answer in answers[:4] if isinstance(answer, Reply)] == [Reply("done")] * 4
    assert isinstance(answers[4], UserError)
    assert await conversation.answer(VIEWER, say, work) == Reply("done")


async def test_a_question_that_was_given_up_lets_the_next_one_go() -> None:
    conversation = Conversation()

    async def say(_reply: Reply) -> None: ...

    async def never(_progress) -> Reply:
        await asyncio.Event().wait()
        return Reply()

    async def quick(_progress) -> Reply:
        return Reply("done")

    stuck = asyncio.create_task(conversation.answer(VIEWER, say, never))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(conversation.answer(VIEWER, say, quick))
    await asyncio.sleep(0)
    stuck.cancel()

    assert await waiting == Reply("done")


async def test_progress_that_cannot_be_shown_does_not_stop_the_answer(world: World) -> None:
    async def say(_reply: Reply) -> None:
        raise ConnectionError("gone")

    await with_evidence(world)
    invocation = replace(world.invocation(VIEWER, {"symbol": "eth"}), say=say)

    assert (await world.commands.run("signal", invocation)).recommendations[0].method == "rag"


async def test_people_take_turns_whoever_asked_more(world: World) -> None:
    turns, order, told = FairTurns(1), [], {}
    await turns.acquire()

    async def call(person: str, n: int) -> None:
        from rag.turns import Asker

        ASKING.set(Asker(person, lambda place: told.setdefault(f"{person}{n}", []).append(place)))
        await turns.acquire()
        order.append(f"{person}{n}")
        await asyncio.sleep(0)
        turns.release()

    calls = [asyncio.create_task(call(person, n)) for person, n in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1)]]
    await asyncio.sleep(0)
    waiting = turns.queued
    turns.release()
    await asyncio.gather(*calls)

    assert waiting == 5
    assert order == ["a1", "b1", "c1", "a2", "a3"]
    assert told["c1"] == [3, 2, 1]
    assert told["a3"][-1] == 1


async def test_twenty_people_at_once_are_all_answered_and_told_their_place(world: World) -> None:
    await with_evidence(world)
    world.explainer.turns, said = FairTurns(1), {}
    world.explainer.gate.clear()
    people = [Caller("discord", str(100 + i), channel=f"dm{i}") for i in range(20)]

    async def ask(person: Caller) -> Reply:
        async def say(reply: Reply) -> None:
            said.setdefault(person.user_id, []).append(reply)

        return await world.commands.run("signal", replace(world.invocation(person, {"symbol": "eth"}), say=say))

    asking = [asyncio.create_task(ask(person)) for person in people]
    await until(lambda: world.explainer.asked == 20 and len(said) == 20)
    await until(lambda: sum("Place" in r[-1].notes[0] for r in said.values()) == 19)
    places = sorted(r[-1].notes[0] for r in said.values() if "Place" in r[-1].notes[0])
    world.explainer.gate.set()
    replies = await asyncio.gather(*asking)

    assert len(set(places)) == 19
    assert all(reply.recommendations[0].method == "rag" for reply in replies)


async def test_a_question_given_up_in_the_middle_of_the_line_lets_nobody_overtake() -> None:
    conversation, gate, running = Conversation(), asyncio.Event(), []

    async def say(_reply: Reply) -> None: ...

    async def work(_progress) -> Reply:
        running.append(1)
        await gate.wait()
        return Reply("done")

    first, second, third = (asyncio.create_task(conversation.answer(VIEWER, say, work)) for _ in range(3))
    await until(lambda: running == [1])
    second.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    at_once = len(running)
    gate.set()

    assert at_once == 1
    assert await first == await third == Reply("done")


async def test_a_chart_asked_for_in_words_is_drawn(world: World) -> None:
    drawn, nothing = await world.ask(VIEWER, "show me a chart of ETH"), await world.ask(VIEWER, "chart of BTC please")

    assert drawn.pictures
    assert not drawn.error
    assert nothing.error
    assert "nothing to draw" in nothing.text


async def test_a_turn_that_was_given_up_is_given_on() -> None:
    turns = FairTurns(1)
    await turns.acquire()
    first, second = asyncio.create_task(turns.acquire()), asyncio.create_task(turns.acquire())
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.sleep(0)
    turns.release()
    await second
    third = asyncio.create_task(turns.acquire())
    await asyncio.sleep(0)
    turns.release()
    third.cancel()  # after the turn was handed over, before it ran
    await asyncio.gather(first, third, return_exceptions=True)

    await asyncio.wait_for(turns.acquire(), 60)


async def test_a_turn_is_not_given_to_one_who_is_just_leaving() -> None:
    turns = FairTurns(1)
    await turns.acquire()
    leaving, staying = asyncio.create_task(turns.acquire()), asyncio.create_task(turns.acquire())
    await asyncio.sleep(0)

    leaving.cancel()
    turns.release()  # before the cancelled one could take itself out of the line
    await asyncio.wait_for(staying, 60)
    turns.release()

    assert leaving.cancelled() or (await asyncio.gather(leaving, return_exceptions=True))
    await asyncio.wait_for(turns.acquire(), 60)
    assert turns.queued == 0


async def test_twenty_who_lose_patience_leave_the_line_whole() -> None:
    turns, served = FairTurns(1), []

    async def ask(n: int) -> None:
        async with asyncio.timeout(0.001 * (n % 5)):
            await turns.acquire()
        try:
            await asyncio.sleep(0.0005)
            served.append(n)
        finally:
            turns.release()

    await asyncio.gather(*(ask(n) for n in range(200)), return_exceptions=True)

    await asyncio.wait_for(turns.acquire(), 60)
    assert turns.queued == 0
    assert served


async def test_follow_ups_belong_to_one_person_in_one_place(world: World) -> None:
    await world.ask(in_channel(VIEWER, "one"), "should I buy ETH?")

    same = await world.ask(in_channel(VIEWER, "one"), "and with $5k?")
    elsewhere = await world.ask(in_channel(VIEWER, "two"), "and with $5k?")
    other = await world.ask(in_channel(TRADER, "one"), "and with $5k?")

    assert [r.symbol for r in same.recommendations] == ["ETH/USDT"]
    assert "kept from before" not in elsewhere.interpretation
    assert "kept from before" not in other.interpretation
