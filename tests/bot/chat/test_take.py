"""Take: one paper trade per card and person, whatever is pressed how often, when and by whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.reply import Reply
from bot.roles import Role
from signals.accounting import deposit
from storage.people import RoleRow
from tests.bot.chat_world import NOW, OWNER, PHONE, TRADER, VIEWER, World, chat_world, in_channel
from tests.bot.paper_talk import trading
from tests.builders import candles_from
from tests.markets import hold_candles, trade_candles
from tests.paper import book
from tests.storage.builders import trade


def take_of(reply: Reply) -> str:
    return next(button.action for button in reply.buttons if button.label == "Take")


async def trades_of(world: World, owner: str) -> int:
    return len(await world.stores.trades.of_owner(owner, world.clock.now() + timedelta(days=30)))


async def test_a_press_opens_the_plan_that_the_card_shows(world: World) -> None:
    card = await world.run(TRADER, "signal", symbol="eth")

    reply = await world.press(TRADER, take_of(card))

    (trade,) = await world.stores.trades.of_owner(TRADER.identity, NOW)
    shown = card.recommendations[0]
    assert not reply.error
    assert reply.private
    assert trade.entry == Decimal(repr(shown.entry_points[0]))
    assert trade.quantity == shown.quantity
    assert trade.side == "LONG"
    assert trade.closed_at is None


async def test_twice_at_once_and_again_are_one_trade(world: World) -> None:
    action = take_of(await world.run(TRADER, "signal", symbol="eth"))

    replies = await asyncio.gather(*(world.press(TRADER, action) for _ in range(5)))
    again = await world.press(TRADER, action)

    assert await trades_of(world, TRADER.identity) == 1
    assert sum("opened" in reply.text for reply in replies) == 1
    assert "already" in again.text


async def test_a_replayed_press_has_no_effect_and_shows_nothing(world: World) -> None:
    action = take_of(await world.run(TRADER, "signal", symbol="eth"))

    await world.press(TRADER, action, event="same")
    replay = await world.press(TRADER, action, event="same")

    assert replay == Reply(repeat=True, private=True)
    assert await trades_of(world, TRADER.identity) == 1


async def test_a_restart_between_two_presses_makes_no_second_trade(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        await world.stores.candles.save(trade_candles(1))
        action = take_of(await world.run(TRADER, "signal", symbol="eth"))
        await world.press(TRADER, action, event="a")

    async with chat_world(tmp_path) as world:
        replay, again = await world.press(TRADER, action, event="a"), await world.press(TRADER, action, event="b")
        assert replay.repeat
        assert "already" in again.text
        assert await trades_of(world, TRADER.identity) == 1


async def test_a_closed_trade_stays_closed_when_its_card_is_pressed_again(world: World) -> None:
    action = take_of(await world.run(TRADER, "signal", symbol="eth"))
    await world.press(TRADER, action)
    (trade,) = await world.stores.trades.of_owner(TRADER.identity, NOW)
    closed = replace(trade, exit=trade.entry, closed_at=NOW, pnl_usd=Decimal(0), return_pct=0.0, exit_reason="manual")
    await world.stores.trades.save(closed)

    reply = await world.press(TRADER, action)

    assert "was closed" in reply.text
    assert await world.stores.trades.get(trade.trade_id) == closed


async def test_the_levels_of_the_card_are_followed_and_said(world: World) -> None:
    card = await world.run(TRADER, "signal", symbol="eth")

    reply = await world.press(TRADER, take_of(card))

    shown = card.recommendations[0]
    (booked,) = await world.stores.book.of_owner(TRADER.identity)
    assert booked.plan.stop == Decimal(repr(shown.stop_loss))
    assert booked.plan.targets == tuple(Decimal(repr(price)) for price in shown.exit_points)
    assert (booked.plan.expires_at, booked.plan.exchange) == (shown.expires_at, "replay")
    assert booked.fills[0].fee == (shown.quantity * booked.trade.entry / 1000).quantize(Decimal("1E-8"))
    for words in ("#t1", "at the price shown", "fee", "third at each", "no order was sent"):
        assert words in reply.text


async def test_a_card_sized_for_more_than_the_account_has_is_taken_smaller(world: World) -> None:
    action = take_of(await world.run(in_channel(OWNER), "signal", symbol="eth"))
    shown = (await world.run(TRADER, "signal", symbol="eth")).recommendations[0].quantity
    await world.stores.ledger.post([deposit(("opening", TRADER.identity), NOW, Decimal(1000))])

    reply = await world.press(in_channel(TRADER), action)

    (booked,) = await world.stores.book.of_owner(TRADER.identity)
    assert not reply.error, reply.text
    assert 0 < booked.trade.quantity < shown
    assert "your account allows" in reply.text
    assert "bound by largest position" in reply.text


async def test_an_account_without_room_takes_nothing(world: World) -> None:
    action = take_of(await world.run(TRADER, "signal", symbol="eth"))
    await trading(world, "open eth long 3")
    lost = trade("lost", OWNER.identity, pnl_usd=Decimal(-900), closed_at=NOW - timedelta(hours=2))
    await book(world.stores, lost)
    of_owner = take_of(await world.run(in_channel(TRADER), "signal", symbol="eth"))

    full = await world.press(TRADER, action)
    late = await world.press(in_channel(OWNER), of_owner)

    assert "Nothing was opened, bound by" in full.text
    assert "today's loss reached" in late.text
    assert await trades_of(world, TRADER.identity) == await trades_of(world, OWNER.identity) == 1


async def test_a_card_that_the_market_has_left_behind_is_refused(world: World) -> None:
    card = await world.run(TRADER, "signal", symbol="eth")
    shown = card.recommendations[0]
    world.clock.moment = NOW + timedelta(hours=1)
    for price, told in (
        (shown.stop_loss * 0.99, "past the stop"),
        (shown.exit_points[-1] * 1.01, "past the last target"),
    ):
        await world.stores.candles.save(candles_from([price], end=world.clock.moment))
        reply = await world.press(TRADER, take_of(card))
        assert reply.error
        assert told in reply.text
    assert await trades_of(world, TRADER.identity) == 0


async def test_an_expired_plan_is_refused(world: World) -> None:
    action = take_of(await world.run(TRADER, "signal", symbol="eth"))
    world.clock.moment = NOW + timedelta(days=3)

    reply = await world.press(TRADER, action)

    assert reply.error
    assert "expired" in reply.text
    assert await trades_of(world, TRADER.identity) == 0


async def test_a_card_without_a_trade_has_no_take_and_refuses_a_forged_one(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        await world.stores.candles.save(hold_candles())
        card = await world.run(TRADER, "signal", symbol="eth")
        forged = await world.press(TRADER, f"take:{card.recommendations[0].recommendation_id}")

        assert next(b.label for b in card.buttons) == "Why"
        assert forged.error
        assert "nothing to take" in forged.text


async def test_a_viewer_takes_nothing(world: World) -> None:
    reply = await world.press(VIEWER, take_of(await world.run(VIEWER, "signal", symbol="eth")))

    assert reply.error
    assert "needs the role trader" in reply.text


async def test_only_the_asker_takes_a_private_card(world: World) -> None:
    action = take_of(await world.run(OWNER, "signal", symbol="eth"))

    reply = await world.press(TRADER, action)

    assert reply.error
    assert "private" in reply.text
    assert await trades_of(world, TRADER.identity) == await trades_of(world, OWNER.identity) == 0


async def test_a_card_in_a_channel_is_taken_by_each_trader_there_and_from_nowhere_else(world: World) -> None:
    action = take_of(await world.run(in_channel(OWNER), "signal", symbol="eth"))

    here = await world.press(in_channel(TRADER), action)
    elsewhere = await world.press(in_channel(replace(TRADER, user_id="33"), "other"), action)

    assert not here.error
    assert elsewhere.error
    assert await trades_of(world, TRADER.identity) == 1


async def test_joined_accounts_take_a_card_once(world: World) -> None:
    await world.stores.people.set_role(RoleRow(PHONE.identity, Role.TRADER, "test", NOW))
    action = take_of(await world.run(in_channel(PHONE, "g"), "signal", symbol="eth"))
    await world.press(in_channel(PHONE, "g"), action)
    code = (await world.run(TRADER, "link")).text.split()[3]
    await world.yes(PHONE, await world.run(PHONE, "link", code=code))

    again = await world.press(in_channel(PHONE, "g"), action)

    assert "already" in again.text
    assert await trades_of(world, TRADER.identity) == 1
