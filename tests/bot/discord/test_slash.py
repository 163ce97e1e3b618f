"""Slash commands from the one list: typed, within Discord's limits, and sent only when they changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.commands.registry import Offer
from bot.commands.spec import Attached, Command, Kind, Param
from bot.discord_adapter import faults
from bot.discord_adapter.slash import CHANGED, SERVER_AND_DIRECT, Tree, fingerprint, make_command, sync
from signals.errors import TemporaryError
from tests.bot.desk_commands import stand_in_commands
from tests.bot.discord.fakes import Troubled, busy, forbidden

COMMANDS = stand_in_commands(suggest=lambda command, param: ("rsi",) if param == "name" else ("ETH/USDT",))
OPTION_TYPES = {Kind.MONEY: 10, Kind.PERCENT: 10, Kind.WHOLE: 4, Kind.USER: 6, Kind.FILE: 11}


async def nothing(_interaction: object, _command: Command, _values: Mapping[str, str], _files: object) -> None: ...


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "WAITS_S", (0.0, 0.0, 0.0))


def tree_of(commands: tuple[Command, ...], run: Any = nothing) -> Tree:
    tree = Tree(discord.Client(intents=discord.Intents.none()))
    for command in commands:
        tree.add_command(make_command(command, run, COMMANDS.autocomplete, SERVER_AND_DIRECT))
    return tree


async def test_every_command_is_there_with_its_parameters_typed_and_required_first() -> None:
    tree = tree_of(COMMANDS.all)

    told = {command.name: command.to_dict(tree) for command in tree.get_commands()}

    assert set(told) == {command.name for command in COMMANDS.all}
    for command in COMMANDS.all:
        options = {option["name"]: option for option in told[command.name]["options"]}
        required = [option["required"] for option in told[command.name]["options"]]
        assert required == sorted(required, reverse=True)
        for param in command.params:
            option = options[param.name]
            assert option["type"] == OPTION_TYPES.get(param.kind, 3)
            assert [choice["value"] for choice in option.get("choices", [])] == list(param.choices)
            assert option.get("autocomplete", False) == (
                not param.choices and (param.kind is Kind.SYMBOL or param.kind is Kind.TEXT)
            )


async def test_values_arrive_as_plain_text_and_what_was_left_out_does_not() -> None:
    got: list[Mapping[str, str]] = []

    async def run(_interaction: object, _command: Command, values: Mapping[str, str], _files: object) -> None:
        got.append(values)

    command = next(command for command in COMMANDS.all if command.name == "size")
    slash = make_command(command, run, COMMANDS.autocomplete, SERVER_AND_DIRECT)

    await slash.callback(None, symbol="ETH/USDT", balance=0.00001, risk=None)  # type: ignore[call-arg, arg-type]
    await slash.callback(None, symbol="ETH/USDT", balance=1e11, risk=2.0)  # type: ignore[call-arg, arg-type]

    assert got == [
        {"symbol": "ETH/USDT", "balance": "0.00001"},
        {"symbol": "ETH/USDT", "balance": "100000000000", "risk": "2"},
    ]


async def test_an_attached_file_arrives_beside_the_values_and_is_read_when_wanted() -> None:
    got: list[tuple[Mapping[str, str], tuple[Attached, ...]]] = []

    async def run(_interaction: object, _command: Command, values: Mapping[str, str], files: Any) -> None:
        got.append((values, files))

    class Cdn:
        broken = False

        async def get_from_cdn(self, url: str) -> bytes:
            if self.broken:
                raise OSError("cut off")
            return f"of {url}".encode()

    cdn = Cdn()
    data = {"id": "7", "filename": "mine.csv", "size": 12, "url": "http://cdn/mine.csv", "proxy_url": "http://proxy/"}
    attachment = discord.Attachment(data=data, state=SimpleNamespace(http=cdn))  # type: ignore[arg-type]
    command = next(command for command in COMMANDS.all if command.name == "trade")
    slash = make_command(command, run, COMMANDS.autocomplete, SERVER_AND_DIRECT)

    await slash.callback(None, action="import", details=None, file=attachment)  # type: ignore[call-arg, arg-type]

    ((values, (file,)),) = got
    assert values == {"action": "import"}
    assert (file.name, file.size, await file.read()) == ("mine.csv", 12, b"of http://cdn/mine.csv")
    cdn.broken = True
    with pytest.raises(TemporaryError, match="attach it again"):
        await file.read()


async def test_a_parameter_of_the_asker_s_own_is_completed_for_the_asker() -> None:
    asked: list[tuple[Any, ...]] = []

    async def own(*given: Any) -> tuple[Offer, ...]:
        asked.append(given)
        return (Offer("#t3", "#t3 ETH LONG " + "5" * 200),)

    command = next(command for command in COMMANDS.all if command.name == "trade")
    slash = make_command(command, nothing, COMMANDS.autocomplete, SERVER_AND_DIRECT, own)
    completion = slash._params["details"].autocomplete
    assert callable(completion)

    (choice,) = await completion("the interaction", "#t")  # type: ignore[arg-type, call-arg]

    assert asked == [("the interaction", "trade", "details", "#t")]
    assert choice.value == "#t3"
    assert len(choice.name) == 100


async def test_long_descriptions_are_cut_to_what_discord_takes() -> None:
    long = Command("x", "d" * 300, COMMANDS.all[0].run, (Param("a", Kind.TEXT, "p" * 300),))

    (told,) = (command.to_dict(tree) for tree in [tree_of((long,))] for command in tree.get_commands())

    assert len(told["description"]) == len(told["options"][0]["description"]) == 100


class Told(Tree):
    """A tree that notes what it would send."""

    def __init__(self, *troubles: BaseException) -> None:
        super().__init__(discord.Client(intents=discord.Intents.none(), application_id=1))
        self.send = Troubled(*troubles)

    async def sync(self, *, guild: Any = None) -> list[Any]:
        await self.send(guild=guild)
        return []


async def test_commands_are_sent_once_and_again_when_they_changed(tmp_path: Path) -> None:
    memory, guild = tmp_path / "told.json", discord.Object(5)
    tree = Told()
    tree.add_command(make_command(COMMANDS.all[0], nothing, COMMANDS.autocomplete, SERVER_AND_DIRECT))

    await sync(tree, (guild, None), memory)
    await sync(tree, (guild, None), memory)
    before = fingerprint(tree, None)
    tree.add_command(make_command(COMMANDS.all[1], nothing, COMMANDS.autocomplete, SERVER_AND_DIRECT))
    await sync(tree, (guild, None), memory)

    assert [call["guild"] for call in tree.send.calls] == [guild, None, None]
    assert fingerprint(tree, None) != before


async def test_a_refused_sync_is_logged_and_tried_at_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tree, memory = Told(busy(), forbidden()), tmp_path / "told.json"
    memory.write_text("not json")

    await sync(tree, (None,), memory)
    await sync(tree, (None,), memory)
    await sync(tree, (None,), memory)

    assert "applications.commands" in caplog.text
    assert len(tree.send.calls) == 3


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (app_commands.CommandNotFound("old", []), CHANGED),
        (app_commands.AppCommandError("bug"), "log"),
    ],
)
async def test_what_the_tree_cannot_run_is_told_to_the_asker(error: app_commands.AppCommandError, text: str) -> None:
    send = Troubled()
    interaction: Any = SimpleNamespace(guild_id=5, response=SimpleNamespace(is_done=lambda: False, send_message=send))
    done: Any = SimpleNamespace(response=SimpleNamespace(is_done=lambda: True))

    tree = tree_of(())
    await tree.on_error(interaction, error)
    await tree.on_error(done, error)
    send.troubles.append(busy())
    await tree.on_error(interaction, error)

    assert text in send.calls[0]["given"][0]
    assert send.calls[0]["ephemeral"] is True
