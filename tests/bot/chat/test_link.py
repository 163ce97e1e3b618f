"""Joining accounts: a code once, for ten minutes, on the other platform, and never a higher role."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.roles import Role
from storage.values import scope_of
from tests.bot.chat_world import ADMIN, OWNER, PHONE, TRADER, World
from tests.storage.builders import recommendation, trade


async def code_of(world: World, caller=TRADER) -> str:
    return (await world.run(caller, "link")).text.split()[3].rstrip(".")


async def test_two_accounts_become_one_person_with_one_history(world: World) -> None:
    await world.stores.trades.save(trade("mine", PHONE.identity))
    await world.stores.recommendations.save(recommendation("r1", owner=PHONE.identity))

    asked = await world.run(PHONE, "link", code=await code_of(world))
    joined = await world.yes(PHONE, asked)

    assert not joined.error, joined.text
    assert await world.stores.people.person_of(PHONE.identity) == TRADER.identity
    assert await world.stores.people.identities_of(TRADER.identity) == (TRADER.identity, PHONE.identity)
    assert (await world.stores.trades.get("mine")).owner == TRADER.identity
    assert [r.recommendation_id for r in await world.stores.recommendations.of_owner(TRADER.identity, 5)] == ["r1"]
    found = await world.stores.documents.get(["trade:mine"])
    assert [document.scope for document in found] == [scope_of(TRADER.identity)]


async def test_a_link_raises_no_role(world: World) -> None:
    await world.yes(PHONE, await world.run(PHONE, "link", code=await code_of(world, ADMIN)))

    reply = await world.run(PHONE, "jobs")

    assert reply.error
    assert (await world.stores.people.person_and_role(PHONE.identity)) == (ADMIN.identity, None)
    assert Role.VIEWER in reply.text


async def test_nothing_is_joined_without_a_yes_that_names_the_other_account(world: World) -> None:
    asked = await world.run(PHONE, "link", code=await code_of(world))

    await world.press(PHONE, f"no:{asked.confirm.token}")

    assert TRADER.identity in asked.confirm.text
    assert await world.stores.people.person_of(PHONE.identity) == PHONE.identity


async def test_a_code_works_once(world: World) -> None:
    code = await code_of(world)
    other = replace(PHONE, user_id="31")
    first, second = await world.run(PHONE, "link", code=code), await world.run(other, "link", code=code)

    await world.yes(PHONE, first)
    late = await world.yes(other, second)

    assert late.error
    assert await world.stores.people.person_of(other.identity) == other.identity
    assert (await world.run(other, "link", code=code)).error


async def test_a_code_ends_after_ten_minutes_and_with_the_next_one(world: World) -> None:
    first, second = await code_of(world), await code_of(world)

    assert (await world.run(PHONE, "link", code=first)).error
    assert not (await world.run(PHONE, "link", code=second)).error
    world.clock.moment += timedelta(minutes=10)
    assert (await world.run(PHONE, "link", code=second)).error


@pytest.mark.parametrize("code", ["", " ", "AAAA-AAAA", "x" * 5000, "' OR 1=1 --", "0000", "\u202eABCD"])
async def test_a_wrong_code_joins_nobody(world: World, code: str) -> None:
    reply = await world.run(PHONE, "link", code=code)

    assert reply.confirm is None
    assert await world.stores.people.person_of(PHONE.identity) == PHONE.identity


async def test_a_code_of_the_same_platform_or_person_is_refused(world: World) -> None:
    own = await world.run(TRADER, "link", code=await code_of(world))
    neighbour = await world.run(OWNER, "link", code=await code_of(world))
    await world.yes(PHONE, await world.run(PHONE, "link", code=await code_of(world)))
    again = await world.run(PHONE, "link", code=await code_of(world))

    assert own.error
    assert neighbour.error
    assert "already" in again.text


async def test_the_code_is_neither_stored_nor_audited(world: World) -> None:
    code = await code_of(world)
    await world.run(PHONE, "link", code="WRNG-CDEX")

    async with world.stores.database.read() as conn:
        rows = [str(row) for row in await conn.exec_driver_sql("SELECT * FROM link_codes")]
    assert rows
    assert not any(code in row or code.replace("-", "") in row for row in rows)
    assert all("WRNG" not in entry.act + entry.detail for entry in await world.stores.audit.newest(50))
