"""The board, backtests and news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from bot.commands.backtest import BacktestOnRequest, RunBacktest, bars_of
from bot.commands.board import Board, ShowSignals
from bot.commands.cards import Cards, market_of
from bot.commands.headlines import news_about
from bot.commands.pictures import file_name
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.commands.trackrecord import ShowRecord, ShowTrackRecord
from bot.jobs.backtests import BARS
from bot.reply import Picture, Reply
from signals.model import Market


class Markets:
    """Commands over what is watched."""

    def __init__(self, room: Room, board: Callable[[], Board], backtest: BacktestOnRequest, cards: Cards) -> None:
        self._room = room
        self._board = board
        self._backtest = backtest
        self._cards = cards

    async def signals(self, invocation: Invocation) -> Reply:
        """Every watched market of the default timeframe."""
        least = invocation.values.get("min_confidence")
        watch = self._room.watch
        fraction = Decimal(least) / 100 if least else None
        reply = await self._board()(ShowSignals(watch.symbols, watch.timeframes, fraction))
        return replace(reply, data=None)

    async def backtest(self, invocation: Invocation) -> Reply:
        """One market over a period."""
        market, period = self._room.market(invocation.values), invocation.values.get("period")
        bars = bars_of(period, market.timeframe) if period else BARS
        return await self._tested(market, bars)

    async def backtest_button(self, invocation: Invocation) -> Reply:
        """The market of the card whose button was pressed."""
        return await self._tested(market_of(await self._cards.pressed(invocation)), BARS)

    async def track_record(self, invocation: Invocation) -> Reply:
        """Everything that was issued and how it ended; with the reliability picture once there is one to draw."""
        show = ShowRecord(self._room.stores, self._room.clock)
        reply, png = await show.drawn(ShowTrackRecord(invocation.values.get("symbol")))
        reply = replace(reply, data=None)
        if not reply.tables:
            return reply
        return replace(reply, pictures=(Picture("track-record.png", png, "How often each confidence came true."),))

    async def news(self, invocation: Invocation) -> Reply:
        """Stored headlines; says plainly when there are none."""
        return await news_about(self._room.stores, invocation.values["symbol"], self._room.clock.now())

    async def _tested(self, market: Market, bars: int) -> Reply:
        reply, png = await self._backtest.drawn(RunBacktest(market.symbol, market.timeframe, bars))
        picture = Picture(file_name(market, "equity"), png, f"Equity of the rules on {market}. {reply.text}")
        return replace(reply, data=None, pictures=(picture,))
