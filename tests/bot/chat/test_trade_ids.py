"""Ids of trades while `/trade` is typed: the asker's own, by action, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.caller import Caller
from bot.commands.registry import MOST_SUGGESTIONS, Offer
from bot.roles import Role
from storage.people import RoleRow
from tests.bot.chat_world import ADMIN, NOW, PHONE, STRANGER, TRADER, VIEWER, World
from tests.bot.paper_talk import account, trading


async def offered(world: World, action: str, typed: str = "", caller: Caller = TRADER) -> tuple[Offer, ...]:
    asker = replace(caller, role=Role.STRANGER)  # the role is looked up, not believed
    return await world.commands.own_offers("trade", "details", asker, {"action": action, "details": typed}, typed)


async def values(world: World, action: str, typed: str = "", caller: Caller = TRADER) -> list[str]:
    return [offer.value for offer in await offered(world, action, typed, caller)]


async def test_only_open_trades_can_be_closed_and_all_be_shown_and_noted(world: World) -> None:
    for words in ("open eth long 0.5 - 1000", "open eth short 0.25", "open eth long 0.1", "close 2"):
        await trading(world, words)

    assert await values(world, "close") == ["#t3", "#t1"]
    assert await values(world, "list") == await values(world, "note") == ["#t3", "#t1", "#t2"]
    assert [await values(world, action) for action in ("open", "import", "export", "")] == [[]] * 4
    first = (await offered(world, "close", "t1"))[0]
    assert first.label.startswith("#t1 ETH LONG 0.5 at ")
    assert (await offered(world, "note", "#t2"))[0].label.endswith(", closed 2022-11-08")


@pytest.mark.parametrize(
    ("typed", "found"), [("#t1", 1), ("1", 1), ("ETH", 1), ("long", 1), ("#t", 1), ("9", 0), ("btc", 0), ("#t1 0.2", 0)]
)
async def test_what_was_typed_narrows_them_down(world: World, typed: str, found: int) -> None:
    await trading(world, "open eth long 0.25 - 1000")

    assert len(await offered(world, "close", typed)) == found


async def test_nobody_is_offered_another_s_trades_and_nobody_below_the_role(world: World) -> None:
    await trading(world, "open eth long 0.5")

    assert [await values(world, "close", caller=other) for other in (ADMIN, VIEWER, STRANGER)] == [[]] * 3
    await world.stores.people.set_role(RoleRow(TRADER.identity, Role.VIEWER, "test", NOW))
    assert await values(world, "close") == []


async def test_a_joined_account_is_offered_the_same_trades(world: World) -> None:
    await world.stores.people.set_role(RoleRow(PHONE.identity, Role.TRADER, "test", NOW))
    await trading(world, "open eth long 0.5")
    code = (await world.run(TRADER, "link")).text.split()[3]
    await world.yes(PHONE, await world.run(PHONE, "link", code=code))

    assert await values(world, "close", caller=PHONE) == ["#t1"]


async def test_no_more_are_offered_than_discord_shows(world: World) -> None:
    await world.yes(TRADER, await account(world, "balance 1000000"))
    for _ in range(MOST_SUGGESTIONS + 3):
        await trading(world, "open eth long 0.1")

    found = await values(world, "close")

    assert len(found) == MOST_SUGGESTIONS
    assert found[0] == "#t28"


async def test_other_parameters_and_commands_have_none(world: World) -> None:
    assert await world.commands.own_offers("trade", "action", TRADER, {}, "") == ()
    assert await world.commands.own_offers("nosuch", "details", TRADER, {}, "") == ()


@pytest.mark.parametrize("action", ["close", "note"])
async def test_without_an_id_the_open_trades_are_named(world: World, action: str) -> None:
    none = await trading(world, action)
    await trading(world, "open eth long 0.5")

    reply = await trading(world, action)

    assert none.error
    assert "Open:" not in none.text
    assert reply.error
    assert f"Write: /trade {action} ID" in reply.text
    assert "Open: #t1 ETH LONG 0.5 at" in reply.text
