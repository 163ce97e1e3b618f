"""Slash commands made from the one list of commands; synced with Discord only when the set changed."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Optional, cast

import discord
from discord import app_commands

from bot.commands.registry import Offer
from bot.commands.spec import Attached, Command, Kind, Param
from bot.discord_adapter.faults import TROUBLE, in_words, persist
from signals.errors import TemporaryError

log = logging.getLogger(__name__)
Interaction = discord.Interaction[discord.Client]
Files = tuple[Attached, ...]
Run = Callable[[Interaction, Command, Mapping[str, str], Files], Awaitable[None]]
Suggest = Callable[[str, str, str], tuple[str, ...]]
Own = Callable[[Interaction, str, str, str], Awaitable[tuple[Offer, ...]]]
LARGEST = 1e12
CHANGED = "This command has changed since Discord showed it to you: reload Discord (Ctrl+R) and give it again."
FAILED = "That failed; it is in the log."
_TYPES: dict[Kind, Any] = {
    Kind.MONEY: app_commands.Range[float, 0.0, LARGEST],
    Kind.PERCENT: app_commands.Range[float, 0.0, 100.0],
    Kind.WHOLE: app_commands.Range[int, 0, 1_000_000],
    Kind.USER: discord.User,
    Kind.FILE: discord.Attachment,
}
SERVER_AND_DIRECT = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
DIRECT = app_commands.AppCommandContext(guild=False, dm_channel=True, private_channel=False)


class Tree(app_commands.CommandTree[discord.Client]):
    """The commands; what their parsing refuses is told to the asker instead of left unanswered."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """A command of a former version, or a bug."""
        known = isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch))
        if known:
            log.info("a command of a former version: %s", type(error).__name__)
        else:
            log.error("a command failed", exc_info=error)
        if interaction.response.is_done():
            return
        try:
            text = CHANGED if known else FAILED
            await interaction.response.send_message(text, ephemeral=interaction.guild_id is not None)
        except TROUBLE as e:
            log.info("could not tell so: %s", in_words(e))


def make_command(
    command: Command, run: Run, suggest: Suggest, where: app_commands.AppCommandContext, own: Own | None = None
) -> app_commands.Command[Any, ..., None]:
    """The slash command: options typed by kind, required ones first, choices and autocomplete (`own`: the asker's)."""
    callback = _callback(command, run)
    _describe(callback, command, suggest, own)
    return app_commands.Command(
        name=command.name,
        description=_short(command.description),
        callback=cast(Any, callback),
        allowed_contexts=where,
    )


def fingerprint(tree: Tree, guild: discord.abc.Snowflake | None) -> str:
    """Of what would be sent to Discord: the same as long as no command changed."""
    told = [command.to_dict(tree) for command in tree.get_commands(guild=guild)]
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


async def sync(tree: Tree, guilds: Sequence[discord.Object | None], memory: Path) -> None:
    """Tell Discord the commands of each scope, unless it was told the same before; a failure is logged only."""
    known = _remembered(memory)
    for guild in guilds:
        scope = f"{tree.client.application_id}/{guild.id if guild else 'global'}"
        mark = fingerprint(tree, guild)
        if known.get(scope) == mark:
            continue
        try:
            told = await persist(lambda guild=guild: tree.sync(guild=guild))  # type: ignore[misc]
        except TROUBLE as e:
            log.warning(
                "Discord did not take the commands (%s); invite the bot with applications.commands", in_words(e)
            )
            continue
        log.info("Discord has %d commands now (%s)", len(told), "one server" if guild else "everywhere")
        known[scope] = mark
        await asyncio.to_thread(memory.write_text, json.dumps(known, sort_keys=True), encoding="utf-8")


def _remembered(memory: Path) -> dict[str, str]:
    try:
        found = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _callback(command: Command, run: Run) -> Callable[..., Awaitable[None]]:
    async def callback(interaction: Interaction, **given: object) -> None:
        files = tuple(_attached(value) for value in given.values() if isinstance(value, discord.Attachment))
        texts = {name: v for name, v in given.items() if v is not None and not isinstance(v, discord.Attachment)}
        await run(interaction, command, {name: _as_text(value) for name, value in texts.items()}, files)

    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(
            param.name,
            keyword,
            default=inspect.Parameter.empty if param.required else None,
            annotation=_annotation(param),
        )
        for param in command.params
    ]
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction)
    callback.__signature__ = inspect.Signature([first, *options])  # type: ignore[attr-defined]
    return callback


def _annotation(param: Param) -> Any:
    wanted = _TYPES.get(param.kind, str)
    return wanted if param.required else Optional[wanted]  # noqa: UP045 (a Range has no "|")


def _describe(callback: Any, command: Command, suggest: Suggest, own: Own | None) -> None:
    app_commands.describe(**{param.name: _short(param.description) for param in command.params})(callback)
    for param in command.params:
        if param.choices:
            offered = [app_commands.Choice(name=choice, value=choice) for choice in param.choices[:25]]
            app_commands.choices(**{param.name: offered})(callback)
        elif param.own and own is not None:
            app_commands.autocomplete(**{param.name: _own_completion(command.name, param.name, own)})(callback)
        elif param.kind is Kind.SYMBOL or (param.kind is Kind.TEXT and suggest(command.name, param.name, "")):
            app_commands.autocomplete(**{param.name: _completion(command.name, param.name, suggest)})(callback)


def _completion(command: str, param: str, suggest: Suggest) -> Any:
    async def complete(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=value[:100], value=value[:100]) for value in suggest(command, param, typed)]

    return complete


def _own_completion(command: str, param: str, own: Own) -> Any:
    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        offers = await own(interaction, command, param, typed)
        return [app_commands.Choice(name=offer.label[:100], value=offer.value[:100]) for offer in offers]

    return complete


def _attached(file: discord.Attachment) -> Attached:
    async def read() -> bytes:
        try:
            return await file.read()
        except TROUBLE as e:
            raise TemporaryError(f"Discord did not hand over the file ({in_words(e)}): attach it again") from e

    return Attached(file.filename, file.size, read)


def _as_text(value: object) -> str:
    if isinstance(value, float):
        exact = f"{Decimal(repr(value)):f}"
        return exact.removesuffix(".0")
    return str(value.id) if isinstance(value, discord.abc.User) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:99].rstrip() + "…"
