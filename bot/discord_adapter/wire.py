"""discord.py's objects from our values; made anew for every attempt, because a sent file is a spent one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import discord

from bot.discord_adapter.payload import Embed, Key, Outgoing

SILENT = discord.AllowedMentions.none()


def for_edit(message: Outgoing) -> dict[str, Any]:
    """Keyword arguments that make an existing message exactly this one."""
    return {
        "content": message.content or None,
        "embeds": [_embed(embed) for embed in message.embeds],
        "attachments": _files(message),
        "view": _view(message.keys) if message.keys else None,
        "allowed_mentions": SILENT,
    }


def for_send(message: Outgoing) -> dict[str, Any]:
    """Keyword arguments of a new message; addresses in it show no preview."""
    wanted: dict[str, Any] = {"content": message.content or None, "allowed_mentions": SILENT}
    if message.embeds:
        wanted["embeds"] = [_embed(embed) for embed in message.embeds]
    else:
        wanted["suppress_embeds"] = True
    if message.uploads:
        wanted["files"] = _files(message)
    if message.keys:
        wanted["view"] = _view(message.keys)
    return wanted


def nonce(event_id: str, part: int) -> str:
    """The same for the same part of the answer to the same event: Discord keeps a repeated send from doubling."""
    return str(int.from_bytes(sha256(f"{event_id}:{part}".encode()).digest()[:8]))


def _embed(embed: Embed) -> discord.Embed:
    made = discord.Embed(title=embed.title or None, description=embed.description or None, colour=embed.colour)
    for field in embed.fields:
        made.add_field(name=field.name, value=field.value, inline=field.inline)
    if embed.footer:
        made.set_footer(text=embed.footer)
    if embed.image:
        made.set_image(url=f"attachment://{embed.image}")
    return made


def _files(message: Outgoing) -> list[discord.File]:
    return [discord.File(io.BytesIO(u.content), u.name, description=u.alt or None) for u in message.uploads]


def _view(keys: Sequence[Key]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for i, key in enumerate(keys):
        style = discord.ButtonStyle(key.style)
        view.add_item(discord.ui.Button(label=key.label, custom_id=key.action, style=style, row=i // 5))
    view.stop()  # the library keeps no finished view: the ids carry the state, and clicks come to us
    return view
