"""`backtest` and `lookahead`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.output import Progress
    from bot.commands.backtest import RunBacktest
    from bot.commands.lookahead import CheckLookahead
    from bot.reply import Reply
    from bot.settings import Settings
    from signals.model import Market

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Symbols = Annotated[list[str] | None, typer.Argument(help="Markets, such as ETH BTC; all that are watched.")]
OneTimeframe = Annotated[str | None, typer.Option("--timeframe", help="Another timeframe, such as 4h.")]
Bars = Annotated[int, typer.Option("--bars", min=300, max=100_000, help="The newest bars to test over.")]


def backtest(
    *,
    symbols: Symbols = None,
    timeframe: OneTimeframe = None,
    period: Annotated[str | None, typer.Option("--period", help="Instead of --bars: 90d, 12w, 6m, 2y or all.")] = None,
    bars: Bars = 5000,
    strategy: Annotated[
        str, typer.Option("--strategy", help="ensemble, or sma_atr: a simple reference to compare with.")
    ] = "ensemble",
    chart: Annotated[
        str | None, typer.Option("--chart", help="Write equity and drawdown of one market to this PNG file.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Test the rules over stored candles, costs included, beside holding and chance; the ensemble's record is kept."""
    import asyncio

    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin
    from bot.commands.backtest import RunBacktest, bars_of
    from signals.backtest.run import STRATEGIES
    from signals.errors import UserError

    settings = begin()
    if strategy not in STRATEGIES:
        raise UserError(f"{strategy[:40]!r} is not a strategy; there are {', '.join(STRATEGIES)}")
    markets = _markets(settings, symbols, timeframe)
    if chart is not None and len(markets) != 1:
        raise UserError("--chart draws one market: name it")
    wanted = bars if period is None else bars_of(period, markets[0].timeframe)
    requests = tuple(RunBacktest(one.symbol, one.timeframe, wanted, strategy) for one in markets)
    with progress_bar("backtest") as progress:
        reply, picture = asyncio.run(_backtest(settings, requests, progress, drawn=chart is not None))
    if chart is not None:
        _write(chart, picture)
    print_reply(reply, as_json=as_json)
    return 0


def lookahead(
    *,
    symbols: Symbols = None,
    timeframe: OneTimeframe = None,
    bars: Bars = 5000,
    as_json: AsJson = False,
) -> int:
    """Check that no value knows its future, and how many bars each indicator needs; a change is named and fails."""
    import asyncio

    from bot.cli.output import print_reply, progress_bar
    from bot.cli.start import begin
    from bot.commands.lookahead import CheckLookahead

    settings = begin()
    request = CheckLookahead(_markets(settings, symbols, timeframe), bars)
    with progress_bar("lookahead") as progress:
        reply = asyncio.run(_lookahead(settings, request, progress))
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0


async def _backtest(
    settings: Settings, requests: tuple[RunBacktest, ...], progress: Progress, *, drawn: bool
) -> tuple[Reply, bytes]:
    from bot.app import open_app

    async with open_app(settings) as parts:
        command, picture = parts.backtest(), b""
        if drawn:
            reply, picture = await command.drawn(requests[0])
        elif len(requests) == 1:
            reply = await command(requests[0])
        else:
            reply = await command.many(requests, progress)
        await (await parts.ingest()).run()
        return reply, picture


async def _lookahead(settings: Settings, request: CheckLookahead, progress: Progress) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        return await parts.research.lookahead()(request, progress)


def _markets(settings: Settings, symbols: list[str] | None, timeframe: str | None) -> tuple[Market, ...]:
    from bot.amounts import parse_timeframe, watched_symbol
    from signals.model import Market

    watched = settings.market
    chosen = parse_timeframe(timeframe, watched.timeframes) if timeframe else watched.timeframes[0]
    wanted = [watched_symbol(one, watched.symbols) for one in symbols] if symbols else watched.symbols
    return tuple(Market(one, chosen) for one in dict.fromkeys(wanted))


def _write(chart: str, picture: bytes) -> None:
    from pathlib import Path

    from signals.errors import UserError

    path = Path(chart)
    try:
        path.write_bytes(picture)
    except OSError as e:
        raise UserError(f"{path.name} cannot be written ({e.strerror}): name a file in a folder of yours") from e
