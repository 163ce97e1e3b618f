"""`run`, `reindex`, `doctor`, `db upgrade` and `eval retrieval`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.output import Progress
    from bot.reply import Reply
    from bot.settings import Settings
    from rag.ingest_parts import Part

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def run() -> int:
    """Start everything that is configured: the timetable, and each platform that has a token. Ctrl-C ends it."""
    import asyncio

    from bot.admission import serve
    from bot.cli.start import begin

    return asyncio.run(serve(begin(service=True)))


def reindex(
    scope: Annotated[str, typer.Argument(help="all, shared, mine, or a type such as signal or trade.")] = "all",
    *,
    symbol: Annotated[str | None, typer.Option("--symbol", help="Only what is about this market.")] = None,
    as_json: AsJson = False,
) -> int:
    """Rebuild documents, full text and vectors from the database, or those of a part."""
    import asyncio

    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin

    settings = begin()
    part = _part(settings, scope, symbol)
    with progress_bar("reindex") as progress:
        reply = asyncio.run(_reindex(settings, progress, part))
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0


def doctor(*, as_json: AsJson = False) -> int:
    """Check each part and say what to do; ends with 1 when something must be mended before Deskmate can work."""
    import asyncio

    from bot.cli.output import print_reply, thinking
    from bot.cli.start import begin
    from bot.doctor import examine

    settings = begin()
    with thinking("checking ..."):
        reply = asyncio.run(examine(settings))
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0


def upgrade(*, as_json: AsJson = False) -> int:
    """Bring the database to this version's tables; safe to repeat."""
    import asyncio

    from bot.cli.output import print_reply
    from bot.cli.start import begin

    print_reply(asyncio.run(_upgrade(begin())), as_json=as_json)
    return 0


def retrieval(
    *,
    records: Annotated[Path, typer.Option("--records", help="Records, one JSON object a line.")],
    questions: Annotated[Path, typer.Option("--questions", help="Questions with the ids of relevant records.")],
    ablation: Annotated[bool, typer.Option("--ablation", help="Ask again with parts of the way left out.")] = False,
    as_json: AsJson = False,
) -> int:
    """How well questions find their documents, on a fresh store of its own."""
    import asyncio

    from bot.cli.output import print_reply, thinking
    from bot.cli.start import begin
    from bot.commands.evaluate import evaluate_retrieval

    settings = begin()
    with thinking("asking every question ..."):
        reply = asyncio.run(evaluate_retrieval(settings, records, questions, ablation=ablation))
    print_reply(reply, as_json=as_json)
    return 0


def _part(settings: Settings, scope: str, symbol: str | None) -> Part:
    from bot.amounts import watched_symbol
    from bot.commands.caller import LOCAL
    from bot.commands.reindex import part_of

    symbols = [] if symbol is None else [watched_symbol(symbol, settings.market.symbols)]
    return part_of(scope, symbols, LOCAL.owner)


async def _reindex(settings: Settings, progress: Progress, part: Part) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        return await (await parts.reindex())(progress, part)


async def _upgrade(settings: Settings) -> Reply:
    from bot.ground import upgrade_database
    from bot.reply import Reply

    changed = await upgrade_database(settings)
    text = "The database was brought up to date." if changed else "The database is up to date already."
    return Reply(text=text, data={"changed": changed})
