"""The three platforms have the same commands, each taken from what the platform itself registers."""

from __future__ import annotations

from discord import app_commands

from bot.discord_adapter.slash import make_command
from bot.telegram_adapter.answering import menu
from bot.terminal_commands import TypedCommands
from tests.bot.desk_commands import NAMES, stand_in_commands


def discord_commands() -> dict[str, tuple[str, ...]]:
    """Names and parameters of the slash commands as discord.py will send them."""
    commands = stand_in_commands()

    async def run(*_: object) -> None: ...

    made = [
        make_command(c, run, commands.autocomplete, app_commands.AppCommandContext(guild=True)) for c in commands.all
    ]
    return {command.name: tuple(p.name for p in command.parameters) for command in made}


def telegram_commands() -> set[str]:
    """Names in the command menu."""
    return {name for name, _ in menu(stand_in_commands().all)}


def terminal_commands() -> set[str]:
    """Names that can be typed."""
    return set(TypedCommands(stand_in_commands(), lambda _reply: None).names)


def test_every_platform_has_every_command() -> None:
    assert set(discord_commands()) == telegram_commands() == terminal_commands() == set(NAMES)


def test_the_slash_commands_have_the_registry_s_parameters() -> None:
    expected = {c.name: tuple(p.name for p in c.params) for c in stand_in_commands().all}

    assert discord_commands() == expected
