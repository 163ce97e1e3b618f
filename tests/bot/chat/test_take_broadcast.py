"""Take under a broadcast: the plan in the presser's own size, privately, opened after a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from signals.accounting import deposit
from signals.model import Action, Issued, SignalState, Transition
from tests.bot.chat_world import ADMIN, NOW, TRADER, VIEWER, World, in_channel
from tests.bot.paper_talk import only
from tests.builders import a_plan, an_issued, candles_from

HOUR = timedelta(hours=1)
GROUP = in_channel(TRADER)
BUY = an_issued()
PRESS = f"take:{BUY.signal_id}"


async def emitted(world: World, *closes: float, issued: Issued = BUY) -> None:
    """The signal as it was issued; the market closes an hour apart, beginning at its price."""
    await world.stores.signals.emit(issued)
    for i, close in enumerate(closes or (1500.0,)):
        world.clock.moment = NOW + i * HOUR
        await world.stores.candles.save(candles_from([close], end=world.clock.moment))


async def test_the_offer_is_private_sized_for_the_presser_and_opened_after_a_yes(world: World) -> None:
    await emitted(world)
    await world.stores.ledger.post([deposit(("opening", ADMIN.identity), NOW, Decimal(1000))])

    mine, theirs = await world.press(GROUP, PRESS), await world.press(in_channel(ADMIN), PRESS)
    before = await world.stores.book.of_owner(TRADER.identity)
    opened = await world.yes(TRADER, mine)
    await world.yes(ADMIN, theirs)

    booked, other = await only(world), await only(world, ADMIN.identity)
    assert mine.private
    assert theirs.private
    assert before == ()
    assert "Take BUY ETH/USDT 1h as a paper trade? LONG 1.6666 ETH at the last close, 1,500" in mine.text
    assert "risking 66.66 USDT; bound by largest position" in mine.text
    assert "Paper trade opened: #t1 LONG 1.6666 ETH" in opened.text
    assert (booked.trade.quantity, booked.trade.entry, booked.plan.stop) == (Decimal("1.6666"), 1500, 1460)
    assert booked.plan.targets == (1540, 1550, 1560)
    assert other.trade.quantity == Decimal("0.1666")


async def test_pressed_again_at_once_and_later_it_is_one_trade(world: World) -> None:
    await emitted(world)
    offers = [await world.press(GROUP, PRESS) for _ in range(3)]

    replies = await asyncio.gather(*(world.yes(TRADER, offer) for offer in offers))
    again = await world.press(GROUP, PRESS)

    await only(world)
    assert sum("Paper trade opened" in reply.text for reply in replies) == 1
    assert "You have taken this already: #t1" in again.text
    assert again.confirm is None


async def test_no_opens_nothing(world: World) -> None:
    await emitted(world)
    offer = await world.press(GROUP, PRESS)
    assert offer.confirm is not None

    await world.press(TRADER, f"no:{offer.confirm.token}")

    assert await world.stores.book.of_owner(TRADER.identity) == ()


async def test_the_entry_is_the_last_close_and_targets_that_were_passed_are_left_out(world: World) -> None:
    plan = replace(a_plan(), targets=(1505.0, 1560.0, 1700.0))
    await emitted(world, 1500.0, 1508.0, issued=replace(BUY, plan=plan))

    offer = await world.press(GROUP, PRESS)
    await world.yes(TRADER, offer)

    booked = await only(world)
    assert "at the last close, 1,508 (the signal said 1,500)" in offer.text
    assert booked.trade.entry == 1508
    assert booked.plan.targets == (1560, 1700)


async def stopped(world: World) -> None:
    await world.stores.signals.add_transition(
        Transition(BUY.signal_id, SignalState.STOPPED, NOW + HOUR, 1460.0, realised_r=-1.0)
    )
    world.clock.moment = NOW + 2 * HOUR


async def turned(world: World) -> None:
    at = NOW + HOUR
    sell = an_issued(action=Action.SELL, bar_open_at=NOW, known_at=at, long=0.04, short=0.72)
    await world.stores.signals.emit(sell)
    world.clock.moment = at


async def late(world: World) -> None:
    world.clock.moment = NOW + timedelta(hours=25)


def closing_at(price: float) -> Callable[[World], Awaitable[None]]:
    async def then(world: World) -> None:
        world.clock.moment = NOW + HOUR
        await world.stores.candles.save(candles_from([price], end=world.clock.moment))

    return then


OVER = [
    (stopped, "has ended: stopped at 1,460"),
    (turned, "was taken back on 2022-11-08 13:00 UTC"),
    (late, "expired at 2022-11-09 12:00 UTC"),
    (closing_at(1450.0), "past the stop of this plan"),
    (closing_at(1570.0), "past the last target of this plan"),
    (closing_at(1530.0), "it comes too late"),
]


@pytest.mark.parametrize(("happens", "told"), OVER)
async def test_a_signal_that_is_over_is_refused_with_the_reason(
    world: World, happens: Callable[[World], Awaitable[None]], told: str
) -> None:
    await emitted(world)
    await happens(world)

    reply = await world.press(GROUP, PRESS)

    assert reply.error
    assert reply.private
    assert told in reply.text
    assert "/signal ETH/USDT 1h shows the present one" in reply.text
    assert await world.stores.book.of_owner(TRADER.identity) == ()


@pytest.mark.parametrize(("happens", "told"), OVER[:5])
async def test_an_offer_that_is_over_when_it_is_answered_opens_nothing(
    world: World, happens: Callable[[World], Awaitable[None]], told: str
) -> None:
    await emitted(world)
    offer = await world.press(GROUP, PRESS)
    await happens(world)

    reply = await world.yes(TRADER, offer)

    assert reply.error
    assert told in reply.text
    assert await world.stores.book.of_owner(TRADER.identity) == ()


async def test_an_account_that_shrank_before_the_yes_takes_less(world: World) -> None:
    await emitted(world)
    offer = await world.press(GROUP, PRESS)
    await world.run(TRADER, "trade", action="open", details="eth long 1 - 1460")

    reply = await world.yes(TRADER, offer)

    assert "1.6666 was shown; your account allows 0.6664 now, bound by largest position." in reply.text
    assert sum(b.trade.quantity for b in await world.stores.book.of_owner(TRADER.identity)) == Decimal("1.6664")


async def test_a_viewer_is_told_the_role_and_another_person_cannot_answer(world: World) -> None:
    await emitted(world)
    viewer = await world.press(in_channel(VIEWER), PRESS)
    offer = await world.press(GROUP, PRESS)

    foreign = await world.yes(ADMIN, offer)

    assert "needs the role trader" in viewer.text
    assert "Only the one who was asked" in foreign.text
    assert await world.stores.book.of_owner(ADMIN.identity) == ()
