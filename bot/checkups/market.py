"""Where candles come from: reachable, and with the same idea of the time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.checkups.finding import Finding
from bot.ground import market_clock
from bot.parts import sources
from bot.settings import Settings
from signals.clock import SystemClock
from signals.errors import DeskmateError
from signals.market.source import CandleSource

ANSWER_S = 8.0
MAX_SKEW_S = 60.0


async def candle_sources(settings: Settings) -> list[Finding]:
    """Each source of the chain; unreachable ones only matter when no other answers."""
    market = settings.market
    if market.source == "simulated":
        return [Finding("candles", "ok", "a simulated market: prices are invented, every reply says so")]
    chain = sources.build(market, market_clock(settings), settings.data_dir)
    async with AsyncExitStack() as closing:
        for source in chain:
            closing.push_async_callback(source.close)
        if market.source == "replay":
            return [await _replay(settings, chain[0])]
        return judged(await asyncio.gather(*(look_at(source) for source in chain)))


def judged(found: Sequence[Finding]) -> list[Finding]:
    """Silent exchanges are failures only when none answers."""
    if any(f.state == "ok" for f in found):
        return list(found)
    return [Finding(f.part, "fail", f.text, f.fix) for f in found]


async def look_at(source: CandleSource, answer_s: float = ANSWER_S) -> Finding:
    """Whether an exchange answers within `answer_s`, and how far its clock is from ours."""
    part = f"exchange {source.exchange}"
    fix = (
        "check the network and whether the exchange serves your country; name others in MARKET_EXCHANGES, "
        "or set MARKET_SOURCE=simulated to try Deskmate without one"
    )
    try:
        async with asyncio.timeout(answer_s):
            theirs = await source.now()
    except TimeoutError:
        return Finding(part, "warn", f"no answer within {answer_s:g} s", fix)
    except DeskmateError as e:
        return Finding(part, "warn", str(e), fix)
    skew_s = (SystemClock().now() - theirs).total_seconds()
    if abs(skew_s) > MAX_SKEW_S:
        return Finding(part, "fail", f"this machine's clock differs by {skew_s:+.0f} s", "set the clock right (NTP)")
    return Finding(part, "ok", f"answers; clocks differ by {skew_s:+.1f} s")


async def _replay(settings: Settings, source: CandleSource) -> Finding:
    from signals.model import Market

    market = settings.market
    wanted = [Market(symbol, timeframe) for symbol in market.symbols for timeframe in market.timeframes]
    there = 0
    for one in wanted:
        try:
            there += len(await source.closed(one, since_ms=None, limit=1)) > 0
        except DeskmateError as e:
            reason = str(e)
    told = f"{there} of {len(wanted)} series in {market.replay_dir}"
    if there:
        return Finding("candles", "ok", told)
    return Finding("candles", "fail", f"{told}: {reason}", "set MARKET_REPLAY_DIR (and MARKET_NOW) to recorded candles")
