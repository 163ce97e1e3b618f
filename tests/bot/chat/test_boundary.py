"""The boundary: once per event, within the limits, and every failure in words."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.caller import LOCAL
from bot.commands.registry import Commands
from bot.commands.spec import Invocation
from bot.limits import Limits, Rate
from bot.reply import Reply
from signals.errors import DataError, TemporaryError, UserError
from tests.bot.chat_world import ADMIN, PHONE, VIEWER, World, chat_world, in_channel
from tests.bot.permissions_page import commands, presses

HOSTILE = ["\u202eHTE\u202c", "ETH/USDT; DROP TABLE trades", "@everyone {0.__class__}", "1e309", "a" * 25_000]


def registry(world: World, error: Exception) -> Commands:
    async def handler(_invocation: Invocation) -> Reply:
        raise error

    return Commands(commands(handler), presses(handler), world.commands._boundary, lambda _c, _p: ())


@pytest.mark.parametrize("error", [UserError("that is not it"), DataError("no bars"), TemporaryError("disk full")])
async def test_an_error_on_purpose_is_told_as_it_is(world: World, error: Exception) -> None:
    reply = await registry(world, error).run("status", world.invocation(VIEWER))

    assert reply.error
    assert reply.private
    assert reply.text == str(error)[0].upper() + str(error)[1:]


async def test_a_bug_is_told_by_a_short_id_that_the_log_explains(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    reply = await registry(world, RuntimeError("secret detail")).press("why:1", world.invocation(VIEWER))

    trace = reply.text.rpartition(" ")[2].rstrip(".")
    assert reply.error
    assert "secret" not in reply.text
    assert trace in caplog.text
    assert "secret detail" in caplog.text


async def test_a_replayed_event_has_one_effect_and_another_platform_s_is_another(world: World) -> None:
    first = await world.run(VIEWER, "signal", "same", symbol="eth")
    again = await world.run(VIEWER, "signal", "same", symbol="eth")
    other = await world.run(PHONE, "signal", "same", symbol="eth")

    assert first.recommendations
    assert again == Reply(repeat=True, private=True)
    assert other.recommendations
    assert len(await world.stores.recommendations.of_owner(VIEWER.identity, 9)) == 1


async def test_an_unknown_command_or_button_is_refused_in_words(world: World) -> None:
    command, button, nameless = (
        await world.run(VIEWER, "nope"),
        await world.press(VIEWER, "nope:1"),
        await world.press(VIEWER, ""),
    )

    assert "/help" in command.text
    assert "former version" in button.text
    assert nameless.error


async def test_beyond_the_limit_there_is_one_short_refusal_and_then_silence(tmp_path: Path) -> None:
    async with chat_world(tmp_path, user=Rate(2, 6)) as world:
        replies = [await world.run(VIEWER, "help") for _ in range(5)]
        others = await world.run(ADMIN, "help")
        world.elapsed[0] += 10
        later = await world.run(VIEWER, "help")

    assert [reply.error for reply in replies] == [False, False, True, True, True]
    assert "try again in 10 s" in replies[2].text
    assert [reply.silent for reply in replies] == [False, False, False, True, True]
    assert not others.error
    assert not later.error


async def test_stop_and_the_terminal_are_not_limited(tmp_path: Path) -> None:
    async with chat_world(tmp_path, user=Rate(1, 1)) as world:
        await world.run(VIEWER, "help")
        stop = await world.press(VIEWER, "stop:")
        typed = [await world.run(LOCAL, "help") for _ in range(4)]

    assert "Nothing is being explained" in stop.text
    assert not any(reply.error for reply in typed)


def test_the_limit_for_all_holds_whoever_asks() -> None:
    now = [0.0]
    limits = Limits(Rate(5, 5), Rate(3, 60), clock=lambda: now[0])

    answers = [limits.look(f"discord:{i}").answer for i in range(5)]
    now[0] += 1.0

    assert answers == ["pass"] * 3 + ["refuse"] * 2
    assert limits.look("discord:9").answer == "pass"


def test_a_window_later_the_refusal_is_told_again() -> None:
    now = [0.0]
    limits = Limits(Rate(1, 0.1), clock=lambda: now[0])

    first = [limits.look("a").answer for _ in range(3)]
    now[0] += 60.0

    assert first == ["pass", "refuse", "silence"]
    assert limits.look("a").answer == "refuse"


@pytest.mark.parametrize("value", HOSTILE)
async def test_no_value_does_more_than_be_refused(world: World, caplog: pytest.LogCaptureFixture, value: str) -> None:
    for command in world.commands.all:
        for param in command.params:
            rest = {"action": "list"} if command.name in ("universe", "role") else {}
            good = {p.name: "eth" for p in command.params if p.required and p.name == "symbol"}
            reply = await world.run(in_channel(ADMIN), command.name, **{**good, **rest, param.name: value})
            asks = command.name == "model"  # a model may have almost any name, so that is asked about
            assert asks or reply.confirm is None, (command.name, param.name)
            assert "in the log as error" not in reply.text, (command.name, param.name)
            assert len(reply.text) < 4000
    assert "Traceback" not in caplog.text
    assert world.universe.watch.symbols == ("ETH/USDT", "BTC/USDT")


@pytest.mark.parametrize("action", ["why:" + "x" * 500, "take:' OR 1=1", "yes:", "no:\x00", "stop:zz", ":", "chart:"])
async def test_no_forged_button_does_more_than_be_refused(world: World, action: str) -> None:
    reply = await world.press(replace(ADMIN, user_id="2"), action)

    assert reply.error
    assert "in the log as error" not in reply.text
