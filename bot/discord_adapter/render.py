"""A Reply as Discord messages: pure, within every limit, nothing dropped, and nothing in it alive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.discord_adapter.card import GREY, SOURCE_LENGTH, card, source_line
from bot.discord_adapter.payload import (
    CONTENT,
    DESCRIPTION,
    EMBED_TOTAL,
    EMBEDS,
    FILE_BYTES,
    FILES,
    KEYS,
    LABEL,
    Embed,
    Key,
    Outgoing,
    Upload,
)
from bot.discord_adapter.tables import plain_table, table_chunks
from bot.discord_adapter.text import chunks, clean
from bot.reply import Button, Reply

LONG = 4
"""More messages or embeds than this of one text or table become a file."""

BLUE, GREEN, RED, NEUTRAL = 1, 3, 4, 2
STYLES = {"take": GREEN, "stop": RED, "yes": RED, "refresh": BLUE}
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def render(reply: Reply) -> tuple[Outgoing, ...]:
    """The messages of a reply, in order; buttons are under the last. At least one, never empty."""
    uploads = list(_uploads(reply))
    pictures = [upload for upload in uploads if upload.alt]
    texts, files = _texts(reply)
    embeds, more_files = _embeds(reply, pictures)
    shown = {embed.image for embed in embeds if embed.image}
    loose = [upload for upload in uploads if upload.name not in shown] + files + more_files
    messages = _packed(texts, embeds, {upload.name: upload for upload in pictures})
    return tuple(_with_keys(_with_files(messages, loose), _keys(reply)))


def _texts(reply: Reply) -> tuple[list[str], list[Upload]]:
    parts = []
    if reply.interpretation:
        parts += [f"-# {line}" for line in _lines(reply.interpretation)]
    mark = "⚠ " if reply.error else ""
    words = chunks(reply.text, CONTENT - 2)
    files = []
    if len(words) > LONG:
        words = (chunks(reply.text, CONTENT - 100)[0], _whole("answer"))
        files.append(Upload("answer.txt", clean(reply.text).encode()))
    parts += [mark + words[0], *words[1:]] if words else []
    if reply.confirm:
        parts += chunks(reply.confirm.text, CONTENT) if reply.confirm.text != reply.text else ()
        parts.append(f"-# Without an answer within {reply.confirm.expires_s:.0f} s this counts as no.")
    if not (reply.recommendations or reply.tables or reply.sources):
        parts += [f"-# {line}" for note in reply.notes for line in _lines(note)]
    return list(_joined(parts)), files


def _whole(what: str) -> str:
    return f"-# The whole {what} is in the attached file."


def _lines(text: str) -> Iterator[str]:
    for line in clean(text).split("\n"):
        yield from chunks(line, CONTENT - 3)


def _joined(parts: Sequence[str]) -> Iterator[str]:
    held = ""
    for part in parts:
        if held and len(held) + 1 + len(part) > CONTENT:
            yield held
            held = ""
        held = f"{held}\n{part}" if held else part
    if held:
        yield held


def _embeds(reply: Reply, pictures: Sequence[Upload]) -> tuple[list[Embed], list[Upload]]:
    embeds: list[Embed] = []
    files: list[Upload] = []
    abridged = False
    for i, recommendation in enumerate(reply.recommendations):
        picture = pictures[i].name if i < len(pictures) else ""
        embeds += card(recommendation, picture)
        abridged |= any(len(clean(source.text)) > SOURCE_LENGTH for source in recommendation.sources)
    for n, table in enumerate(reply.tables, 1):
        parts = table_chunks(table, DESCRIPTION)
        titles = chunks(table.title, 250)
        title = titles[0] if len(titles) == 1 else ""
        embeds += [Embed(description=part, colour=GREY) for part in chunks(table.title, DESCRIPTION) if not title]
        if len(parts) > LONG:
            files.append(Upload(f"table-{n}.txt", plain_table(table).encode()))
            parts = (parts[0], _whole("table"))
        picture = pictures[n - 1].name if not reply.recommendations and n <= len(pictures) else ""
        embeds += [Embed("" if i else title, part, GREY, image="" if i else picture) for i, part in enumerate(parts)]
    embeds += _sources(reply)
    if embeds and reply.notes:
        notes = "\n".join(f"-# {line}" for note in reply.notes for line in _lines(note))
        embeds += [Embed(description=part, colour=GREY) for part in _cut(notes)]
    if abridged and not any(button.action.startswith(("sources:", "stop:")) for button in reply.buttons):
        files.append(Upload("sources.txt", _full_sources(reply).encode()))
    return embeds, files


def _sources(reply: Reply) -> Iterator[Embed]:
    lines = [line for source in reply.sources for line in chunks(source_line(source), DESCRIPTION)]
    held = list(_cut("\n".join(lines))) if lines else []
    for i, part in enumerate(held):
        yield Embed("Sources" if i == 0 else "", part, GREY)


def _cut(text: str) -> Iterator[str]:
    held = ""
    for line in text.split("\n"):
        if held and len(held) + 1 + len(line) > DESCRIPTION:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
    if held:
        yield held


def _full_sources(reply: Reply) -> str:
    return "\n\n".join(source_line(source) for r in reply.recommendations for source in r.sources) + "\n"


def _packed(texts: Sequence[str], embeds: Sequence[Embed], pictures: dict[str, Upload]) -> list[Outgoing]:
    messages = [Outgoing(text) for text in texts] or [Outgoing()]
    for embed in embeds:
        last = messages[-1]
        size = sum(other.size for other in last.embeds)
        if len(last.embeds) == EMBEDS or (last.embeds and size + embed.size > EMBED_TOTAL):
            messages.append(last := Outgoing())
        upload = (pictures[embed.image],) if embed.image else ()
        messages[-1] = replace(last, embeds=(*last.embeds, embed), uploads=(*last.uploads, *upload))
    return messages


def _uploads(reply: Reply) -> Iterator[Upload]:
    for n, picture in enumerate(reply.pictures, 1):
        yield Upload(_name(n, picture.name, "picture.png"), picture.png, clean(picture.alt)[:1024] or "a picture")
    for n, file in enumerate(reply.files, len(reply.pictures) + 1):
        yield Upload(_name(n, file.name, "file.bin"), file.content)


def _name(n: int, name: str, otherwise: str) -> str:
    safe = _UNSAFE.sub("-", name).strip(".-")[-60:] or otherwise
    return safe if n == 1 else f"{n}-{safe}"


def _with_files(messages: list[Outgoing], uploads: Sequence[Upload]) -> list[Outgoing]:
    for upload in uploads:
        last = messages[-1]
        if len(upload.content) > FILE_BYTES:
            line = f"-# {upload.name} is too large for Discord ({len(upload.content) // 2**20} MiB)."
            messages.append(Outgoing(line))
            continue
        held = sum(len(other.content) for other in last.uploads)
        if len(last.uploads) == FILES or (held and held + len(upload.content) > FILE_BYTES):
            messages.append(last := Outgoing())
        messages[-1] = replace(last, uploads=(*last.uploads, upload))
    if messages == [Outgoing()]:
        return [Outgoing("Done.")]
    return messages


def _keys(reply: Reply) -> tuple[Key, ...]:
    buttons: tuple[Button, ...] = (*reply.buttons, *(reply.confirm.buttons if reply.confirm else ()))
    once = {button.action: button for button in buttons}
    return tuple(
        Key(clean(button.label)[:LABEL] or "?", action, STYLES.get(action.partition(":")[0], NEUTRAL))
        for action, button in once.items()
    )


def _with_keys(messages: list[Outgoing], keys: tuple[Key, ...]) -> list[Outgoing]:
    messages[-1] = replace(messages[-1], keys=keys[:KEYS])
    more = (Outgoing("-# more buttons", keys=keys[i : i + KEYS]) for i in range(KEYS, len(keys), KEYS))
    return [*messages, *more]
