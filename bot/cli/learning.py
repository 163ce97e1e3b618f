"""`train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.output import Progress
    from bot.commands.train import Train
    from bot.reply import Reply
    from bot.settings import Settings


def train(
    *,
    timeframe: Annotated[str | None, typer.Option("--timeframe", help="Only this timeframe, such as 1h.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Train the learned model on stored candles and test it honestly; it votes only if it is accepted."""
    import asyncio

    from bot.amounts import parse_timeframe
    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin
    from bot.commands.train import Train

    settings = begin()
    watched = settings.market.timeframes
    request = Train(watched[:1] if timeframe is None else (parse_timeframe(timeframe, watched),))
    with progress_bar("train") as progress:
        reply = asyncio.run(_train(settings, request, progress))
    print_reply(reply, as_json=as_json)
    return 0


async def _train(settings: Settings, request: Train, progress: Progress) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        reply = await parts.research.train()(request, progress)
        await (await parts.ingest()).run()
        return reply
