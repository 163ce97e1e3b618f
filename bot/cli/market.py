"""`sync` and `signals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.output import Progress
    from bot.commands.board import ShowSignals
    from bot.reply import Reply
    from bot.settings import Settings
    from signals.model import Timeframe

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
OneTimeframe = Annotated[str | None, typer.Option("--timeframe", help="Only this timeframe, such as 1h.")]


def sync(*, as_json: AsJson = False) -> int:
    """Fetch candles, compute indicators, issue signals and fill the knowledge base; prints how each series went."""
    import asyncio

    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin

    settings = begin()
    with progress_bar("sync") as progress:
        reply = asyncio.run(_sync(settings, progress))
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0


def signals(
    *,
    symbol: Annotated[str | None, typer.Argument(help="Only this market, such as ETH or ETH/USDT.")] = None,
    timeframe: OneTimeframe = None,
    min_confidence: Annotated[
        str | None, typer.Option("--min-confidence", help="Only at least this confidence in percent, 0 to 100.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """The current judgement of every watched market, from the newest closed candles."""
    import asyncio

    from bot.cli.output import print_reply
    from bot.cli.start import begin
    from bot.commands.board import ShowSignals, parse_percent

    settings = begin()
    least = None if min_confidence is None else parse_percent(min_confidence, "--min-confidence")
    request = ShowSignals(_symbols(settings, symbol), _timeframes(settings, timeframe), least)
    print_reply(asyncio.run(_signals(settings, request)), as_json=as_json)
    return 0


async def _sync(settings: Settings, progress: Progress) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        return await (await parts.sync_everything())(progress)


async def _signals(settings: Settings, request: ShowSignals) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        return await parts.board()(request)


def _symbols(settings: Settings, symbol: str | None) -> tuple[str, ...]:
    from bot.amounts import watched_symbol

    return settings.market.symbols if symbol is None else (watched_symbol(symbol, settings.market.symbols),)


def _timeframes(settings: Settings, timeframe: str | None) -> tuple[Timeframe, ...]:
    from bot.amounts import parse_timeframe

    watched = settings.market.timeframes
    return watched if timeframe is None else (parse_timeframe(timeframe, watched),)
