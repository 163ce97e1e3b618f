"""A question in plain words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from bot.commands.caller import Caller
from bot.commands.conversations import Conversations
from bot.model_trouble import ModelTrouble
from bot.reply import Reply, Table
from rag.account import Stated
from rag.adviser import Adviser, Question
from rag.question.model import Intent, Parsed
from rag.recommend import AdviceRequest
from rag.recommendation import Progress
from signals.clock import Clock, SystemClock
from signals.errors import UserError
from signals.model import Market

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Ask:
    """`balance` is the asker's equity; without a model the answer is made by rules."""

    caller: Caller
    text: str
    balance: Decimal | None = None
    use_model: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class AskMarket:
    """The recommendation for one market, without words to understand."""

    caller: Caller
    market: Market
    progress: Progress | None = None


def checked_text(text: str) -> str:
    """The question without outer blanks; UserError when it is empty or above 2,000 characters."""
    if len(text) > LONGEST:
        raise UserError(f"the question is longer than {LONGEST:,} characters; ask more briefly")
    if not text.strip():
        raise UserError("the question is empty; ask for example: should I buy ETH with $2k?")
    return text.strip()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every question that says nothing else."""

    balance: Decimal | None = None
    use_model: bool = True


PLAIN = Defaults()


class AskQuestion:
    """Answers questions, remembering what each conversation is about. `trouble` is the model's, told to admins."""

    def __init__(
        self,
        adviser: Adviser,
        market_clock: Clock,
        notes: Callable[[], tuple[str, ...]] = tuple,
        defaults: Defaults = PLAIN,
    ) -> None:
        self.trouble = ModelTrouble()
        self._defaults = defaults
        self._adviser = adviser
        self._market_clock = market_clock
        self._wall = SystemClock()
        self._notes = notes
        self._conversations = Conversations()

    async def __call__(self, request: Ask) -> Reply:
        """The answer; UserError for a question that cannot be taken, nothing else for bad data or a bad model."""
        text = checked_text(request.text)
        key, wall = request.caller.conversation, self._wall.now()
        question = Question(
            text=text,
            owner=request.caller.owner,
            scopes=request.caller.scopes,
            now=self._market_clock.now(),
            balance=request.balance or self._defaults.balance,
            previous=self._conversations.previous(key, wall),
            use_model=request.use_model and self._defaults.use_model,
            progress=request.progress,
        )
        answer = await self._adviser.answer(question)
        self._conversations.keep(key, answer.parsed, wall)
        return Reply(
            text=answer.text,
            interpretation=answer.interpretation,
            recommendations=answer.recommendations,
            sources=answer.sources,
            tables=tuple(Table(grid.title, grid.columns, grid.rows) for grid in answer.tables),
            figures=answer.figures,
            notes=answer.notes + self._notes() + self.trouble.for_admin(request.caller),
            private=request.caller.private,
            error=answer.error,
        )

    def understood(self, caller: Caller) -> Parsed | None:
        """What this conversation was last about."""
        return self._conversations.previous(caller.conversation, self._wall.now())

    def forget(self, owners: Collection[str]) -> None:
        """Drop what these persons' conversations are about."""
        self._conversations.forget(owners)

    async def market(self, request: AskMarket) -> Reply:
        """The recommendation for a market; follow-ups in the same conversation are about it."""
        caller, market = request.caller, request.market
        text = f"signal {market}"
        parsed = Parsed(text, Intent.ADVICE, symbols=(market.symbol,), timeframes=(market.timeframe.value,))
        asked = AdviceRequest(
            question=text,
            interpretation="",
            market=market,
            owner=caller.owner,
            scopes=caller.scopes,
            now=self._market_clock.now(),
            stated=Stated(self._defaults.balance),
            use_model=self._defaults.use_model,
            progress=request.progress,
        )
        recommendation = await self._adviser.recommend(asked)
        self._conversations.keep(caller.conversation, parsed, self._wall.now())
        notes = self._notes() + self.trouble.for_admin(caller)
        return Reply(recommendations=(recommendation,), notes=notes, private=caller.private)
