"""Questions and recommendations: ask, signal, and the buttons Refresh and Stop."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.ask import Ask, AskMarket, AskQuestion
from bot.commands.caller import Caller
from bot.commands.cards import Cards, market_of
from bot.commands.pictures import Drawing
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.conversation import Conversation
from bot.reply import Reply
from rag.question.model import Intent
from rag.recommendation import Progress
from signals.model import Market


class Talk:
    """Answers through the conversation, so that each person is answered one question at a time."""

    def __init__(self, room: Room, ask: AskQuestion, cards: Cards, conversation: Conversation) -> None:
        self._room = room
        self._ask = ask
        self._cards = cards
        self._conversation = conversation
        self._drawing = Drawing(room)

    async def ask(self, invocation: Invocation) -> Reply:
        """Plain words; follow-ups belong to the person in this chat."""
        question, caller = self._ask, invocation.caller
        text = invocation.values["question"]

        async def work(progress: Progress) -> Reply:
            return await question(Ask(caller, text, progress=progress))

        reply = await self._conversation.answer(caller, invocation.say, work)
        return await self._shown(invocation, await self._with_chart(caller, reply))

    async def signal(self, invocation: Invocation) -> Reply:
        """The card of a market, with its chart."""
        return await self._card(invocation, self._room.market(invocation.values))

    async def refresh(self, invocation: Invocation) -> Reply:
        """A new card for the market of an old one."""
        return await self._card(invocation, market_of(await self._cards.pressed(invocation)))

    async def stop(self, invocation: Invocation) -> Reply:
        """End the explanation that is being written."""
        return await self._conversation.stop(invocation)

    async def _with_chart(self, caller: Caller, reply: Reply) -> Reply:
        """The picture in the place of records, where a picture was asked for."""
        parsed = self._ask.understood(caller)
        if parsed is None or parsed.intent is not Intent.CHART or parsed.symbol is None:
            return reply
        values = {"symbol": parsed.symbol} | ({"timeframe": parsed.timeframes[0]} if parsed.timeframes else {})
        market = self._room.market(values)
        judged, picture = await self._drawing.candles(market)
        signal = judged.analysis.signal
        if picture is None:
            return replace(reply, text=f"There is nothing to draw for {market}: {signal.reason}.", error=True)
        return Reply(f"{market}: {signal.reason}.", interpretation=reply.interpretation, pictures=(picture,))

    async def _card(self, invocation: Invocation, market: Market) -> Reply:
        question, caller = self._ask, invocation.caller

        async def work(progress: Progress) -> Reply:
            return await question.market(AskMarket(caller, market, progress))

        reply = await self._conversation.answer(caller, invocation.say, work)
        _, picture = await self._drawing.candles(market)
        return await self._shown(invocation, replace(reply, pictures=(picture,) if picture else ()))

    async def _shown(self, invocation: Invocation, reply: Reply) -> Reply:
        buttons = await self._cards.show(invocation.caller, reply.recommendations)
        return replace(reply, buttons=buttons, private=False)
