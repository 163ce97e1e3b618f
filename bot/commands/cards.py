"""Recommendation cards: which buttons they carry, where they were shown, and who may press."""

from __future__ import annotations

from datetime import datetime

from bot.commands.caller import Caller
from bot.commands.spec import Invocation
from bot.reply import Button, Reply
from rag.recommendation import Recommendation, Source
from signals.clock import Clock
from signals.errors import UserError
from signals.model import Issued, Market, Timeframe
from storage.changes import CardRow
from storage.stores import Stores
from storage.values import LoggedRecommendation

LABELS = ("Why", "Chart", "Backtest", "Similar", "Refresh", "Sources")


def buttons_of(recommendation: Recommendation) -> tuple[Button, ...]:
    """Take where there is something to take, then the rest; none without a market."""
    if recommendation.symbol is None or recommendation.timeframe is None:
        return ()
    trade = recommendation.action.direction != 0 and recommendation.quantity > 0
    labels = ("Take",) * trade + LABELS[: None if recommendation.sources else -1]
    return tuple(Button(label, f"{label.lower()}:{recommendation.recommendation_id}") for label in labels)


def market_of(logged: LoggedRecommendation) -> Market:
    """The market of a stored recommendation; UserError when it has none."""
    timeframe = logged.payload.get("timeframe")
    if logged.symbol is None or timeframe is None:
        raise UserError("That answer was about no market.")
    return Market(logged.symbol, Timeframe(timeframe))


class Cards:
    """Remembers where each card was shown; `clock` is the wall's."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def show(self, caller: Caller, recommendations: tuple[Recommendation, ...]) -> tuple[Button, ...]:
        """Remember the cards of a reply to the caller; the buttons, if it is one card."""
        for one in recommendations:
            card = CardRow(one.recommendation_id, caller.private, caller.place, self._clock.now())
            await self._stores.cards.save(card)
        return buttons_of(recommendations[0]) if len(recommendations) == 1 else ()

    async def pressed(self, invocation: Invocation) -> LoggedRecommendation:
        """The recommendation of a pressed button. A private card serves its asker only, a public one its channel.

        UserError for somebody else, and for a card that is not known.
        """
        caller, wanted = invocation.caller, invocation.values.get("id", "")
        logged = await self._stores.recommendations.get(wanted)
        if logged is None:
            raise UserError("This card is not known here any more; ask again for a new one.")
        if logged.owner == caller.owner:
            return logged
        card = await self._stores.cards.get(wanted)
        if card is None or card.private or card.place != caller.place:
            raise UserError("This card is private: only the one who asked may press its buttons.")
        return logged

    async def broadcast(self, invocation: Invocation, now: datetime) -> Issued | None:
        """The signal under whose broadcast the button was pressed, known by `now`: shared, so anybody may press.

        None for the button of a card.
        """
        wanted = invocation.values.get("id", "")
        issued = await self._stores.signals.get(wanted) if ":" in wanted else None
        return issued if issued is not None and issued.signal.known_at <= now else None

    async def is_private(self, recommendation_id: str) -> bool:
        """Whether a card was shown to its asker only; one that was never shown in a chat counts as private."""
        card = await self._stores.cards.get(recommendation_id)
        return card is None or card.private

    async def sources(self, invocation: Invocation) -> Reply:
        """The evidence of a card, in full."""
        logged = await self.pressed(invocation)
        sources = tuple(Source(**(s | {"at": datetime.fromisoformat(s["at"])})) for s in logged.sources)
        private = not invocation.caller.private and await self.is_private(logged.recommendation_id)
        return Reply(text=f"The evidence behind {logged.symbol or 'the answer'}.", sources=sources, private=private)
