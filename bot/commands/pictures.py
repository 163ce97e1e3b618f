"""Pictures for replies: candles with the plan. Drawn in a thread; the words say what they show."""

from __future__ import annotations

import asyncio
import re

from bot.charts import ChartRequest, Overlay, Study, candle_chart
from bot.commands.room import Room
from bot.reply import Picture
from bot.wording import number
from rag.desk import Judgement
from signals.errors import UserError
from signals.model import Candles, Market, Plan

DEFAULT_OVERLAYS = (Overlay.BOLLINGER, Overlay.SMA_50)


def chosen(text: str) -> tuple[tuple[Overlay, ...], tuple[Study, ...]]:
    """Overlays and studies named in a text; UserError lists the possible ones. Nothing named: the defaults."""
    words = [w for w in re.split(r"[\s,;+]+", text.lower()) if w]
    possible = [*Overlay, *Study]
    unknown = [w for w in words if w not in possible and w != "volume"]
    if unknown:
        raise UserError(
            f"{unknown[0][:40]!r} cannot be drawn; possible: {', '.join(possible)} (volume is always there)"
        )
    overlays = tuple(dict.fromkeys(Overlay(w) for w in words if w in list(Overlay)))
    studies = tuple(dict.fromkeys(Study(w) for w in words if w in list(Study)))
    return overlays or DEFAULT_OVERLAYS, studies


class Drawing:
    """Draws what is stored of a market."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def candles(self, market: Market, wanted: str = "") -> tuple[Judgement, Picture | None]:
        """The judgement of a market with its chart; no picture where there are no bars."""
        overlays, studies = chosen(wanted)
        now = self._room.clock.now()
        judged = await self._room.desk.judge(market, now)
        frame, plan = judged.analysis.frame, judged.analysis.plan
        if frame is None or not len(frame):
            return judged, None
        newest = await self._room.stores.signals.latest(now, 200)
        issued = tuple(one for one in newest if one.signal.series.market == frame.candles.series.market)
        headline = judged.analysis.signal.action.value.replace("_", " ")
        request = ChartRequest(frame, overlays, studies, plan, issued, headline)
        png = await asyncio.to_thread(candle_chart, request)
        return judged, Picture(file_name(market), png, _candles_in_words(frame.candles, plan))


def file_name(market: Market, kind: str = "") -> str:
    """`eth-usdt-1h-equity.png`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{market.symbol} {market.timeframe} {kind}".lower()).strip("-") + ".png"


def _candles_in_words(candles: Candles, plan: Plan | None) -> str:
    words = f"Candles of {candles.series.symbol} {candles.series.timeframe}, last close {number(candles.close[-1])}"
    if plan is None:
        return words
    return f"{words}; entry {number(plan.entries[0])}, stop {number(plan.stop)}, target {number(plan.targets[-1])}"
