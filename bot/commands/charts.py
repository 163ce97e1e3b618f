"""Chart and indicator: a market's candles as a picture, and any indicator's newest values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import numpy as np

from bot.commands.cards import Cards, market_of
from bot.commands.pictures import Drawing
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.reply import Reply, Table
from bot.wording import number, when
from signals import catalogue
from signals.clock import to_ms
from signals.errors import DataError
from signals.model import Candles, FloatArray, Market
from signals.universe import names_of

BARS = 500
SHOWN = 5


class Charts:
    """Draws and reads what is stored; it asks no exchange."""

    def __init__(self, room: Room, cards: Cards) -> None:
        self._room = room
        self._cards = cards
        self._drawing = Drawing(room)

    async def chart(self, invocation: Invocation) -> Reply:
        """Candles with overlays, studies and the plan's lines."""
        values = invocation.values
        return await self._drawn(self._room.market(values), values.get("indicators", ""))

    async def button(self, invocation: Invocation) -> Reply:
        """The market of the card, or of the broadcast signal, whose button was pressed."""
        issued = await self._cards.broadcast(invocation, self._room.clock.now())
        if issued is None:
            return await self._drawn(market_of(await self._cards.pressed(invocation)), "rsi")
        series = issued.signal.series
        return await self._drawn(Market(names_of(series.symbol)[0], series.timeframe), "rsi")

    async def indicator(self, invocation: Invocation) -> Reply:
        """The newest values of an indicator with its default settings."""
        market = self._room.market(invocation.values)
        now = self._room.clock.now()
        series = await self._room.desk.series_of(market, now)
        candles = await self._room.stores.candles.newest(series, BARS, until_ms=to_ms(now))
        if not len(candles):
            raise DataError(f"There are no candles of {market} yet.")
        reading = await asyncio.to_thread(catalogue.read, invocation.values["name"], candles)
        text = f"{reading.name} of {market}, last close {number(candles.close[-1])} at {when(candles.closed_at())}."
        notes = (reading.warning,) if reading.warning else ()
        return Reply(text, tables=(_newest(candles, reading.columns),), notes=notes)

    async def _drawn(self, market: Market, wanted: str) -> Reply:
        judged, picture = await self._drawing.candles(market, wanted)
        signal = judged.analysis.signal
        if picture is None:
            raise DataError(f"There is nothing to draw for {market}: {signal.reason}.")
        return Reply(f"{market}: {signal.action.value.replace('_', ' ')}, {signal.reason}.", pictures=(picture,))


def _newest(candles: Candles, columns: Mapping[str, FloatArray]) -> Table:
    last = range(max(0, len(candles) - SHOWN), len(candles))
    rows = tuple((when(candles.closed_at(i)), *(_value(column[i]) for column in columns.values())) for i in last)
    return Table("Newest values", ("closed at", *columns), rows)


def _value(value: float) -> str:
    return f"{value:,.6g}" if np.isfinite(value) else "none"
