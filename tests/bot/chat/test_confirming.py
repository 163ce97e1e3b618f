"""What is dangerous asks first: yes by the same person within a minute, and everything else means no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.reply import Reply
from bot.roles import Role
from bot.wording import when
from signals.errors import UnavailableError
from storage.leases import Lease
from storage.people import RoleRow
from tests.bot.chat_world import ADMIN, NOW, OWNER, TRADER, VIEWER, World

DANGEROUS = [
    ("role", {"action": "set", "user": "9", "role": "trader"}),
    ("universe", {"action": "add", "symbol": "XRP/USDT"}),
    ("universe", {"action": "remove", "symbol": "BTC/USDT"}),
    ("model", {"name": "second:4b"}),
    ("reindex", {"scope": "all"}),
]


async def asked(world: World, name: str, values: dict[str, str]) -> Reply:
    reply = await world.run(ADMIN, name, **values)
    assert reply.confirm is not None, reply.text
    assert reply.private
    return reply


async def state_of(world: World) -> object:
    roles = [(r.identity, r.role) for r in await world.stores.people.roles()]
    return roles, world.universe.watch.symbols, world.model.name, await world.stores.choices.get("model")


@pytest.mark.parametrize(("name", "values"), DANGEROUS)
async def test_nothing_happens_before_yes_and_after_no(world: World, name: str, values: dict[str, str]) -> None:
    before = await state_of(world)

    reply = await asked(world, name, values)
    told = await world.press(ADMIN, f"no:{reply.confirm.token}")
    late = await world.yes(ADMIN, reply)

    assert told.text == "Nothing was done."
    assert late.error
    assert await state_of(world) == before
    assert {e.outcome for e in await world.stores.audit.newest(5)} == {"asked", "declined"}


@pytest.mark.parametrize(("name", "values"), DANGEROUS)
async def test_a_minute_of_silence_means_no(world: World, name: str, values: dict[str, str]) -> None:
    before, reply = await state_of(world), await asked(world, name, values)
    world.elapsed[0] += 60.0

    late = await world.yes(ADMIN, reply)

    assert late.error
    assert "means no" in late.text
    assert await state_of(world) == before


@pytest.mark.parametrize("other", [OWNER, TRADER, VIEWER])
async def test_nobody_else_answers(world: World, other) -> None:
    reply = await asked(world, *DANGEROUS[0])

    refused = await world.yes(other, reply)
    done = await world.yes(ADMIN, reply)

    assert "Only the one who was asked" in refused.text
    assert not done.error


async def test_yes_works_once_and_is_audited(world: World) -> None:
    reply = await asked(world, *DANGEROUS[0])

    first, second = await world.yes(ADMIN, reply), await world.yes(ADMIN, reply)

    assert not first.error
    assert second.error
    (done,) = [e for e in await world.stores.audit.newest(20) if e.outcome == "done"]
    assert done.act == "role set discord:9 trader"


async def test_who_lost_the_role_meanwhile_confirms_nothing(world: World) -> None:
    reply = await asked(world, *DANGEROUS[0])
    await world.stores.people.set_role(RoleRow(ADMIN.identity, Role.VIEWER, "test", NOW))

    refused = await world.yes(ADMIN, reply)

    assert "needs the role admin" in refused.text
    assert "discord:9" not in [r.identity for r in await world.stores.people.roles()]


@pytest.mark.parametrize(
    ("caller", "user", "role", "refusal"),
    [
        (ADMIN, "2", "trader", "own role"),
        (ADMIN, "9", "admin", "Only an owner"),
        (ADMIN, "1", "viewer", "ACCESS_OWNERS"),
        (OWNER, "1", "viewer", "ACCESS_OWNERS"),
        (ADMIN, "9", "owner", "not possible"),
        (ADMIN, "bob", "trader", "not an account"),
    ],
)
async def test_a_role_that_may_not_be_given_is_not_even_asked_about(
    world: World, caller, user: str, role: str, refusal: str
) -> None:
    reply = await world.run(caller, "role", action="set", user=user, role=role)

    assert reply.confirm is None
    assert refusal in reply.text


async def test_an_owner_makes_an_admin_and_an_admin_cannot_unmake_one(world: World) -> None:
    await world.yes(OWNER, await world.run(OWNER, "role", action="set", user="9", role="admin"))

    refused = await world.run(ADMIN, "role", action="set", user="9", role="viewer")
    listed = await world.run(ADMIN, "role", action="list")

    assert "Only an owner" in refused.text
    assert ("discord:9", "admin", OWNER.identity) in [row[:3] for row in listed.tables[0].rows]


async def test_the_running_process_watches_what_was_added_and_not_what_was_removed(world: World) -> None:
    await world.yes(ADMIN, await asked(world, "universe", {"action": "add", "symbol": "xrp/usdt"}))
    added = world.universe.watch.symbols
    asked_about = await world.ask(VIEWER, "should I buy XRP?")
    await world.yes(ADMIN, await asked(world, "universe", {"action": "remove", "symbol": "BTC/USDT"}))

    assert added == ("ETH/USDT", "BTC/USDT", "XRP/USDT")
    assert asked_about.recommendations[0].symbol == "XRP/USDT"
    assert world.universe.watched.symbols == ("ETH/USDT", "XRP/USDT")
    assert world.commands.autocomplete("signal", "symbol", "") == ("ETH/USDT", "XRP/USDT")
    assert (await world.run(VIEWER, "signal", symbol="btc")).error
    assert await world.universe.load() == ("ETH/USDT", "XRP/USDT")


async def test_a_market_that_the_exchange_lacks_is_not_watched(world: World) -> None:
    async def rules(symbol: str) -> None:
        raise UnavailableError(f"{symbol} is not listed on binance.")

    world.source.rules = rules

    reply = await world.run(ADMIN, "universe", action="add", symbol="NOPE/USDT")

    assert reply.error
    assert "not listed" in reply.text


async def test_the_last_market_stays(world: World) -> None:
    await world.yes(ADMIN, await asked(world, "universe", {"action": "remove", "symbol": "BTC/USDT"}))

    reply = await world.run(ADMIN, "universe", action="remove", symbol="ETH/USDT")

    assert "only watched market" in reply.text


async def test_a_switched_model_is_used_and_remembered(world: World) -> None:
    await world.yes(ADMIN, await asked(world, "model", {"name": "second:4b"}))

    assert world.model.name == "second:4b"
    assert await world.stores.choices.get("model") == "second:4b"
    assert "second:4b" in (await world.run(ADMIN, "model")).text


async def test_a_rebuild_tells_how_far_it_is(world: World) -> None:
    await world.run(VIEWER, "signal", symbol="eth")

    changed = await world.run(ADMIN, "reindex")
    done = await world.yes(ADMIN, await asked(world, "reindex", {"scope": "all"}))

    assert "ingested" in changed.text
    assert "Rebuilt" in done.text


async def test_the_audit_log_is_shown_newest_first_and_by_account(world: World) -> None:
    await world.run(VIEWER, "jobs")
    await world.run(ADMIN, "jobs")

    everything, theirs = await world.run(ADMIN, "audit"), await world.run(ADMIN, "audit", user="4", rows="5")
    nothing, far = await world.run(ADMIN, "audit", user="404"), await world.run(ADMIN, "audit", rows="1000")

    assert [row[1:4] for row in everything.tables[0].rows][:2] == [
        ("discord:2", "jobs", "done"),
        ("discord:4", "jobs", "denied"),
    ]
    assert [row[1] for row in theirs.tables[0].rows] == ["discord:4"]
    assert "nothing of that" in nothing.text
    assert "1 to 100" in far.text


async def test_a_job_at_work_is_not_run_twice(world: World) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await go_on.wait()
        return "slow"

    row = world.schedule.rows[0]
    world.schedule.rows = (replace(row, work=slow), *world.schedule.rows[1:])
    first = asyncio.create_task(world.run(ADMIN, "runjob", name="sync"))
    await begun.wait()
    second = await world.run(ADMIN, "runjob", name="sync")
    go_on.set()

    assert "running already" in second.text
    assert (await first).text == "sync: done. slow"


async def test_a_job_runs_on_request_and_an_unknown_one_names_those_there_are(world: World) -> None:
    ran, unknown = await world.run(ADMIN, "runjob", name="sync"), await world.run(ADMIN, "runjob", name="nope")
    listed = await world.run(ADMIN, "jobs")

    assert ran.text == "sync: done. did it"
    assert "possible: sync" in unknown.text
    assert listed.tables[0].rows[0][:3] == ("sync", "5 min", "done")
    assert listed.tables[0].rows[1][2:6] == ("never", "", "", "")
    assert "No process runs the timetable" in listed.text


async def test_the_timetable_tells_who_serves_who_is_at_work_and_how_long_a_job_took(world: World) -> None:
    now, runs = world.clock.now(), world.stores.job_runs
    await world.stores.leases.take(Lease("run", "x", "desk1", 4711, "p", now), None)
    done = await runs.claim("sync", now - timedelta(minutes=5), "desk1:4711:ab", 60, now - timedelta(minutes=4))
    assert done is not None
    await runs.finish(done, "done", "3 bars", now - timedelta(minutes=4) + timedelta(seconds=2.5))
    await runs.claim("ingest", now, "desk1:4711:ab", 60, now - timedelta(seconds=40))
    await runs.claim("sync", now + timedelta(days=3652), "desk1:4711:ab", 60, now)  # when the clock was wrong

    listed = await world.run(ADMIN, "jobs")

    sync, ingest = listed.tables[0].rows
    assert "Served by deskmate run, process 4711 on desk1 since" in listed.text
    assert sync == ("sync", "5 min", "done", when(now - timedelta(minutes=4)), "2.5 s", "3 bars", sync[-1])
    assert ingest[2:5] == ("running by desk1:4711", when(now - timedelta(seconds=40)), "40 s")
