"""Who may what: every role with every command and button, in private and in a channel, from the page's own table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access import Access, Owners
from bot.audit import Audit
from bot.commands.boundary import Boundary, Guards
from bot.commands.caller import LOCAL, Caller
from bot.commands.registry import Commands
from bot.commands.spec import Invocation, Kind, Param
from bot.commands.values import Reader
from bot.limits import Limits, Rate
from bot.reply import Reply
from bot.roles import Role
from signals.model import Timeframe
from storage.people import RoleRow
from storage.stores import Stores
from tests.bot.permissions_page import PAGE, commands, page, presses
from tests.bot.worlds import NOW, HandClock, stores_in

IDS = {Role.OWNER: "1", Role.ADMIN: "2", Role.TRADER: "3", Role.VIEWER: "4", Role.STRANGER: "5"}
SAMPLES = {
    Kind.TEXT: "rsi",
    Kind.SYMBOL: "eth",
    Kind.TIMEFRAME: "1h",
    Kind.MONEY: "1000",
    Kind.PERCENT: "2",
    Kind.WHOLE: "5",
    Kind.USER: "9",
}


class Room:
    """The boundary over a store, with handlers that count."""

    def __init__(self, stores: Stores) -> None:
        self.stores, self.done, self.events = stores, [], 0
        clock = HandClock()
        access = Access(stores.people, Owners(frozenset({"discord:1"}), Role.VIEWER))
        reader = Reader(lambda: ("ETH/USDT",), tuple(Timeframe))
        limits = Limits(Rate(10_000, 10_000), Rate(10_000, 10_000))
        guards = Guards(limits, stores.inbound, access, Audit(stores.audit, clock), reader, clock)
        self.commands = Commands(commands(self._do), presses(self._do), Boundary(guards), lambda _c, _p: ())

    async def _do(self, invocation: Invocation) -> Reply:
        self.done.append(invocation)
        return Reply("done")

    def invocation(self, caller: Caller, values: dict[str, str] | None = None) -> Invocation:
        async def say(_reply: Reply) -> None: ...

        self.events += 1
        return Invocation(caller, values or {}, str(self.events), say)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with stores_in(tmp_path) as stores:
        for role in (Role.STRANGER, Role.VIEWER, Role.TRADER, Role.ADMIN):
            await stores.people.set_role(RoleRow(f"discord:{IDS[role]}", role, "test", NOW))
        yield Room(stores)


def _sample(params: tuple[Param, ...]) -> dict[str, str]:
    typed = (p for p in params if p.kind is not Kind.FILE)
    return {p.name: p.choices[0] if p.choices else SAMPLES[p.kind] for p in typed}


@pytest.mark.parametrize("private", [True, False], ids=["direct", "channel"])
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gives_exactly_its_commands_and_presses_its_buttons(
    room: Room, role: Role, private: bool
) -> None:
    caller = Caller("discord", IDS[role], private=private, channel="c")
    refused = []

    for command in room.commands.all:
        reply = await room.commands.run(command.name, room.invocation(caller, _sample(command.params)))
        assert reply.error != role.may(command.role), (command.name, reply.text)
        assert reply.private is (command.private or reply.error)
        refused += [command.name] * reply.error
    for press in room.commands.presses:
        reply = await room.commands.press(f"{press.name}:abc", room.invocation(caller))
        assert reply.error != role.may(press.role), (press.name, reply.text)
        refused += [f"{press.name}:"] * reply.error

    denied = [entry for entry in await room.stores.audit.newest(500) if entry.outcome == "denied"]
    assert sorted(entry.act.partition(" ")[0] for entry in denied) == sorted(refused)
    assert len(room.done) == len(room.commands.all) + len(room.commands.presses) - len(refused)
    assert {i.caller.role for i in room.done} <= {role}


async def test_what_a_role_sees_is_what_it_may_give(room: Room) -> None:
    for role in Role:
        assert room.commands.visible_to(role) == tuple(c for c in room.commands.all if role.may(c.role))


async def test_what_admins_do_is_audited_and_what_others_ask_is_not(room: Room) -> None:
    await room.commands.run("jobs", room.invocation(Caller("discord", "2")))
    await room.commands.run("status", room.invocation(Caller("discord", "2")))

    (entry,) = await room.stores.audit.newest(10)
    assert (entry.identity, entry.act, entry.outcome) == ("discord:2", "jobs", "done")


async def test_an_unknown_account_has_the_default_role(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        for default in (Role.VIEWER, Role.STRANGER):
            access = Access(stores.people, Owners(default=default))
            assert (await access.known(Caller("telegram", "77"))).role is default


async def test_nobody_becomes_owner_by_the_database(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await stores.people.set_role(RoleRow("discord:9", "owner", "somebody", NOW))
        await stores.people.set_role(RoleRow("terminal:local", "stranger", "somebody", NOW))
        access = Access(stores.people, Owners(frozenset({"discord:1"})))

        assert (await access.known(Caller("discord", "9"))).role is Role.VIEWER
        assert (await access.known(replace(LOCAL, role=Role.STRANGER))).role is Role.OWNER
        assert (await access.known(Caller("telegram", "1"))).role is Role.VIEWER


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.bot.permissions_page"
