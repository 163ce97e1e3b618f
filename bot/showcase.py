"""The demo's steps: sync, signals, backtests, knowledge, one question, and what to try next."""

from __future__ import annotations

import asyncio
import logging

from rich.console import Console

from bot.app import App, open_app
from bot.cli.output import console, progress_bar
from bot.commands.ask import Ask
from bot.commands.caller import LOCAL
from bot.parts import sources
from bot.settings import Settings
from bot.terminal_adapter import show
from signals.clock import SystemClock, monotonic_s
from signals.errors import DeskmateError

log = logging.getLogger(__name__)
QUESTION = "should I buy ETH with $2k?"
SECOND = "what is the best trade now?"
PROBE_S = 2.0
MODEL_S = 25.0
NEXT = """\
Next:
  deskmate chat      ask what you like; follow-ups are understood
  deskmate sync      fill your own data folder, then:
  deskmate signals   the board of all markets
  deskmate doctor    what is set up, and what could be
  deskmate run       keep candles, signals and knowledge up to date
Settings are in .env.example. Not financial advice."""


async def show_all(settings: Settings) -> int:
    """Run every step and print as it goes; the exit status is 0 when the question was answered."""
    began, out = monotonic_s(), console()
    settings = await _for_demo(settings)
    live = settings.market.source == "exchange"
    market = f"live candles from {settings.market.exchanges[0]}" if live else _invented(settings)
    out.print(f"Deskmate demo in {settings.data_dir}: {market}", markup=False)
    async with open_app(settings) as parts:
        await _fill(parts, out)
        await _answered(parts, out)
    out.print(f"\nThat took {monotonic_s() - began:.0f} s.\n{NEXT}", markup=False)
    return 0


async def _answered(parts: App, out: Console) -> None:
    """The question, and where its answer is no trade, which market has one."""
    ask = await parts.ask()
    for question in (QUESTION, SECOND):
        out.print(f"\nyou> {question}", markup=False)
        reply = await ask(Ask(LOCAL, question))
        show(reply, out)
        if any(r.action.direction for r in reply.recommendations):
            return


async def _fill(parts: App, out: Console) -> None:
    with progress_bar("candles") as progress:
        reports = await parts.sync_candles.run(parts.clock, progress)
    bars, usable = sum(r.new_bars for r in reports), sum(r.state.newest_at is not None for r in reports)
    out.print(f"  candles      {bars:,} new bars in {usable} of {len(reports)} series", markup=False)
    for report in reports:
        if report.state.newest_at is None:
            out.print(f"               {report.state.symbol}: {report.state.note}", markup=False)
    with progress_bar("backtests") as progress:
        tested = await parts.backtests.run(parts.watch.markets, parts.clock, progress)
    out.print(
        f"  backtests    {len(tested)}, over {sum(t.trades for t in tested):,} trades, costs included", markup=False
    )
    columns, emitted = await parts.cycle.run(parts.clock)
    out.print(f"  indicators   13 columns of {columns:,} bars", markup=False)
    out.print(f"  signals      {emitted.signal_count} issued", markup=False)
    with progress_bar("knowledge") as progress:
        documents = await (await parts.ingest()).run(progress)
    out.print(f"  knowledge    {documents} documents ingested", markup=False)


async def _for_demo(settings: Settings) -> Settings:
    chosen: dict[str, object] = {}
    if "source" not in settings.market.model_fields_set and not await _exchange_answers(settings):
        chosen["source"] = "simulated"
    timeout_s = min(settings.llm.timeout_s, MODEL_S)
    return settings.model_copy(
        update={
            "data_dir": settings.data_dir / "demo",
            "database_url": None,
            "market": settings.market.model_copy(update=chosen),
            "llm": settings.llm.model_copy(update={"timeout_s": timeout_s}),
        }
    )


async def _exchange_answers(settings: Settings) -> bool:
    first = sources.build(settings.market, SystemClock(), settings.data_dir)[0]
    try:
        async with asyncio.timeout(PROBE_S):
            await first.now()
    except (TimeoutError, DeskmateError) as e:
        log.info("the demo uses the simulated market: %s", e)
        return False
    finally:
        await first.close()
    return True


def _invented(settings: Settings) -> str:
    if settings.market.source == "simulated":
        return "a SIMULATED market (no exchange answered): prices are invented"
    return f"recorded candles from {settings.market.replay_dir}"
