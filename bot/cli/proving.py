"""`tune` and `trackrecord`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.output import Progress
    from bot.commands.trackrecord import ShowTrackRecord
    from bot.commands.tune import Tune
    from bot.reply import Reply
    from bot.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def tune(
    *,
    symbols: Annotated[list[str] | None, typer.Argument(help="Markets, such as ETH BTC; all that are watched.")] = None,
    timeframe: Annotated[str | None, typer.Option("--timeframe", help="Another timeframe, such as 4h.")] = None,
    trials: Annotated[int, typer.Option("--trials", min=5, max=1000, help="Trials in each of the four folds.")] = 60,
    as_json: AsJson = False,
) -> int:
    """Search better plans walk-forward; they become active only on an out-of-sample win. Run again to resume."""
    import asyncio

    from bot.amounts import parse_timeframe, watched_symbol
    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin
    from bot.commands.tune import Tune
    from signals.model import Market

    settings = begin()
    watched = settings.market
    chosen = parse_timeframe(timeframe, watched.timeframes) if timeframe else watched.timeframes[0]
    wanted = [watched_symbol(one, watched.symbols) for one in symbols] if symbols else watched.symbols
    request = Tune(tuple(Market(one, chosen) for one in dict.fromkeys(wanted)), trials)
    with progress_bar("tune") as progress:
        reply = asyncio.run(_tune(settings, request, progress))
    print_reply(reply, as_json=as_json)
    return 0


def trackrecord(
    *,
    symbol: Annotated[str | None, typer.Argument(help="Only this market, such as ETH or ETH/USDT.")] = None,
    picture: Annotated[
        str | None, typer.Option("--picture", help="Write the reliability picture to this file.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """What became of every issued signal: hit rate, mean R, and whether the confidence that was shown came true."""
    import asyncio

    from bot.amounts import watched_symbol
    from bot.cli.output import print_reply
    from bot.cli.start import begin
    from bot.commands.trackrecord import ShowTrackRecord

    settings = begin()
    request = ShowTrackRecord(None if symbol is None else watched_symbol(symbol, settings.market.symbols))
    reply, image = asyncio.run(_trackrecord(settings, request, drawn=picture is not None))
    if picture is not None:
        _write(picture, image)
    print_reply(reply, as_json=as_json)
    return 0


def _write(picture: str, image: bytes) -> None:
    from pathlib import Path

    from signals.errors import UserError

    try:
        Path(picture).write_bytes(image)
    except OSError as e:
        raise UserError(f"the picture cannot be written to {picture}: {e.strerror}") from e


async def _tune(settings: Settings, request: Tune, progress: Progress) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        reply = await parts.research.tune()(request, progress)
        await (await parts.ingest()).run()
        return reply


async def _trackrecord(settings: Settings, request: ShowTrackRecord, *, drawn: bool) -> tuple[Reply, bytes]:
    from bot.app import open_app

    async with open_app(settings) as parts:
        use_case = parts.research.track_record()
        return await use_case.drawn(request) if drawn else (await use_case(request), b"")
