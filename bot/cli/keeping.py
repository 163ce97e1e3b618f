"""`backup`, `restore` and `health`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.backups import Found
    from bot.reply import Reply
    from bot.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def backup(
    *,
    to: Annotated[Path | None, typer.Option("--to", help="Another folder than that of the daily backups.")] = None,
    as_json: AsJson = False,
) -> int:
    """Write a checked copy of the database and the learned models into one file; Deskmate may be running."""
    import asyncio

    from bot.cli.output import print_reply, thinking
    from bot.cli.start import begin

    settings = begin()
    with thinking("copying and checking ..."):
        reply = asyncio.run(_backup(settings, to))
    print_reply(reply, as_json=as_json)
    return 0


def restore(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="The backup; without one those that there are are listed.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Put a backup in the place of the database and the learned models; what was there is kept aside."""
    import asyncio

    from bot.cli.output import print_reply, thinking
    from bot.cli.start import begin

    settings = begin()
    with thinking("checking and copying ..."):
        reply = _listed(settings) if file is None else asyncio.run(_restore(settings, file))
    print_reply(reply, as_json=as_json)
    return 0


def health(*, as_json: AsJson = False) -> int:
    """Whether `run` is at work and can save: quick, asks nothing of the network; ends with 1 when not."""
    import asyncio

    from bot.cli.output import print_reply
    from bot.cli.start import begin
    from bot.vitals import look

    reply = asyncio.run(look(begin()))
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0


async def _backup(settings: Settings, to: Path | None) -> Reply:
    from bot.backups import make_backup, place_of, size_of
    from bot.reply import Reply
    from signals.clock import SystemClock

    place, now = place_of(settings), SystemClock().now()
    folder = to or place.backups
    path = await make_backup(settings.url, place, folder / f"deskmate-{now:%Y%m%dT%H%M%SZ}.zip", now)
    size = path.stat().st_size
    text = f"Saved {path.absolute()} ({size_of(size)}). It is put back by: deskmate restore {path.absolute()}"
    return Reply(text, data={"file": str(path.absolute()), "bytes": size})


async def _restore(settings: Settings, file: Path) -> Reply:
    from bot.reply import Reply
    from bot.restoring import restore_backup
    from signals.clock import SystemClock

    done = await restore_backup(settings, file, SystemClock().now())
    made = "a bare copy of the database" if done.about is None else f"the backup made at {done.about.made_at}"
    text = f"Restored {made}, with {done.models} model file(s). Start Deskmate again: `deskmate run`."
    notes = tuple(f"Kept aside: {part}" for part in done.aside)
    notes += (
        "The index is filled anew by the next `run` or `deskmate reindex`.",
        "Messages that waited when the backup was made are held: /outbox shows them.",
    )
    return Reply(text, notes=notes, data={"made_at": done.about and done.about.made_at, "aside": list(done.aside)})


def _listed(settings: Settings) -> Reply:
    from bot.backups import found_in, place_of
    from bot.reply import Reply, Table

    folder = place_of(settings).backups
    found = found_in(folder) if folder.is_dir() else ()
    if not found:
        return Reply(f"There are no backups in {folder.absolute()}: `deskmate backup` makes one.", data={"backups": []})
    rows = tuple(_row(one) for one in found)
    text = f"{len(found)} backup(s) in {folder.absolute()}; `deskmate restore FILE` puts one back."
    data = {"backups": [{"file": str(one.path.absolute()), "bytes": one.size, "fault": one.fault} for one in found]}
    return Reply(text, tables=(Table("Backups, newest first", ("file", "size", "made", "of"), rows),), data=data)


def _row(found: Found) -> tuple[str, ...]:
    from bot.backups import size_of

    told = found.about
    if told is None:
        return found.path.name, size_of(found.size), "", "damaged" if found.fault else "a bare copy"
    return found.path.name, size_of(found.size), told.made_at, f"{told.database} {told.revision}"
