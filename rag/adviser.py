"""From a question to an answer: understand, route, and hand to the part that knows. The one entrance for every chat."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from rag import abstain, aggregates, allocate, glossary, interpret, refusals, side_by_side
from rag.account import Stated
from rag.board import Board, nothing_now
from rag.question.describe import describe
from rag.question.model import Intent, Parsed
from rag.question.money import ONLY_DOLLARS
from rag.question.normalise import normalise
from rag.question.parse import parse
from rag.question.slots import carry
from rag.question.spelling import plain_words
from rag.readers import Readers
from rag.recommend import AdviceRequest, Recommender
from rag.recommendation import Progress, Recommendation, Source
from rag.retrieve import Found, Retriever
from rag.templates import why
from signals.errors import UserError
from signals.model import Action, Market
from signals.universe import base_of
from storage.stores import Stores
from storage.values import Document, scope_of

MOST_AT_ONCE = 3
_PLANS = (Intent.ADVICE, Intent.SIZE, Intent.COMPARE)
MOST_DOCUMENTS = 7


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom, from where. `scopes` come from the platform's event, never from the text.

    `previous` is the former question of the same conversation; `balance` the equity that the asker stated.
    """

    text: str
    owner: str
    scopes: tuple[str, ...]
    now: datetime
    balance: Decimal | None = None
    previous: Parsed | None = None
    use_model: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to a question. `parsed` goes into the next question of the conversation; `error` is never advice.

    `figures` are the numbers of a counting question as plain JSON values, money as exact decimal text. `abstained` is
    the rule by which there is no answer; what was searched and what is nearest is in the text then.
    """

    parsed: Parsed
    interpretation: str
    text: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    error: bool = False
    tables: tuple[aggregates.Grid, ...] = ()
    figures: Mapping[str, Any] | None = None
    abstained: abstain.Rule | None = None


class Adviser:
    """Answers questions from the stores. It never raises for bad data or a bad model, only UserError for bad input."""

    def __init__(
        self,
        stores: Stores,
        recommender: Recommender,
        retriever: Retriever,
        board: Board,
        readers: Readers | None = None,
    ) -> None:
        """Without readers a question that the rules guess or cannot read stays as they read it."""
        self._stores = stores
        self._readers = readers or Readers()
        self._recommender = recommender
        self._retriever = retriever
        self._board = board
        self._watched = board.watched
        self._allocator = allocate.Allocator(stores, board)

    async def answer(self, question: Question) -> Answer:
        """The answer, with how the question was understood.

        UserError for an amount or a text that cannot be meant; nothing is stored then.
        """
        text = normalise(question.text)
        parsed = allocate.marked(question.previous, await self._parsed(text, question))
        read = await self._read_by_model(question, parsed)
        if read is not None:
            return await self._routed(question, read)
        return await self._routed(question, Answer(parsed, describe(parsed)))

    async def _parsed(self, text: str, question: Question) -> Parsed:
        fresh = parse(text, question.now, self._watched.symbols)
        parsed = carry(question.previous, fresh)
        if parsed is not fresh or self._readers.opinion is None:
            return parsed
        meant = await self._readers.opinion.on(fresh)
        return fresh if meant is None else parse(text, question.now, self._watched.symbols, meant)

    async def _read_by_model(self, question: Question, parsed: Parsed) -> Answer | None:
        interpreter = self._readers.interpreter
        if interpreter is None or not question.use_model or not interpret.is_unread(parsed):
            return None
        tickers = tuple(base_of(symbol) for symbol in self._watched.symbols)
        words = await interpreter.in_known_words(parsed.text, tickers)
        if words is None:
            return None
        again = replace(parse(words, question.now, self._watched.symbols), text=parsed.text)
        note = f'The model read this as "{words}"; ask in other words if that is not what you meant.'
        return Answer(again, describe(again), notes=(note,))

    async def _routed(self, question: Question, blank: Answer) -> Answer:
        parsed = blank.parsed
        if parsed.unknown and not parsed.symbols:
            return self._unknown(question, blank)
        if parsed.unknown:
            left = (
                f"{', '.join(parsed.unknown)} is not watched, so nothing here is about it; /universe add adds a market."
            )
            blank = replace(blank, notes=(*blank.notes, left))
        if parsed.foreign_money and parsed.budget is None and parsed.intent in _PLANS:
            raise UserError(ONLY_DOLLARS)
        no_day = abstain.no_such_day(plain_words(parsed.text, frozenset()), question.now.date())
        if no_day is not None:
            return replace(blank, text=no_day.text, error=True, abstained=no_day.rule)
        if parsed.split:
            return await self._split(question, blank)
        if side_by_side.asks_for_the_board(parsed):
            return await self._todays(question, blank)
        routes: dict[Intent, Callable[[Question, Answer], Awaitable[Answer]]] = {
            Intent.ADVICE: self._advise,
            Intent.SIZE: self._advise,
            Intent.COMPARE: self._compare,
            Intent.EXPLAIN: self._explain,
            Intent.AGGREGATE: self._count,
        }
        if parsed.intent in routes:
            return await routes[parsed.intent](question, blank)
        if parsed.intent in refusals.TEXTS:
            meaning = (
                glossary.meaning_of(plain_words(parsed.text, frozenset())) if parsed.intent is Intent.HELP else None
            )
            return replace(blank, text=meaning or refusals.TEXTS[parsed.intent])
        return await self._find(question, blank)

    async def recommend(self, request: AdviceRequest) -> Recommendation:
        """One market's recommendation, for callers that know exactly what they want."""
        return await self._recommender.recommend(request)

    async def _advise(self, question: Question, blank: Answer) -> Answer:
        parsed = blank.parsed
        if not parsed.symbols:
            return await self._best(question, blank)
        advice = [await self._one(question, blank, symbol) for symbol in parsed.symbols[:MOST_AT_ONCE]]
        error = not any(one.action.is_advice for one in advice)
        return replace(
            blank, recommendations=tuple(advice), notes=(*blank.notes, *_left_out(parsed.symbols)), error=error
        )

    async def _one(self, question: Question, blank: Answer, symbol: str) -> Recommendation:
        return await self._recommender.recommend(self._request(question, blank, symbol))

    def _request(self, question: Question, blank: Answer, symbol: str) -> AdviceRequest:
        parsed = blank.parsed
        return AdviceRequest(
            question=parsed.text,
            interpretation=blank.interpretation,
            market=Market(symbol, self._watched.timeframe(parsed.timeframes)),
            owner=question.owner,
            scopes=question.scopes,
            now=question.now,
            stated=Stated(question.balance, parsed.budget, parsed.holdings),
            tighter_stop=parsed.tighter_stop,
            use_model=question.use_model,
            progress=question.progress,
        )

    async def _best(self, question: Question, blank: Answer) -> Answer:
        """Advice without a symbol: the strongest trade on the board, or plainly that there is none."""
        rows = await self._board.rows(self._watched.timeframe(blank.parsed.timeframes), question.now)
        trades = [r for r in rows if r.signal.direction and r.plan is not None]
        if not trades:
            return replace(blank, text=nothing_now(rows))
        top = max(trades, key=lambda r: r.signal.conviction)
        symbol = self._board.asked_symbol(top.signal.series.symbol)
        advice = await self._one(question, blank, symbol)
        text = f"{len(trades)} of {len(rows)} markets carry a trade now; the strongest is {symbol}."
        return replace(blank, text=text, recommendations=(advice,))

    def _unknown(self, question: Question, blank: Answer) -> Answer:
        """The same shape as advice, saying that there can be none."""
        text = abstain.unknown_asset(blank.parsed.unknown, self._watched.symbols).text
        nothing = Recommendation(
            recommendation_id=secrets.token_hex(6),
            question=blank.parsed.text,
            interpretation=blank.interpretation,
            action=Action.NO_DATA,
            symbol=blank.parsed.unknown[0],
            timeframe=None,
            exchange=None,
            as_of=question.now,
            price=None,
            price_at=None,
            reason=text,
            reasoning=text,
            method="rules",
            fallback_reason="there is no advice to explain",
        )
        return replace(blank, recommendations=(nothing,), error=True, abstained=abstain.Rule.UNKNOWN_ASSET)

    async def _compare(self, question: Question, blank: Answer) -> Answer:
        if blank.parsed.measure is not None:
            return await self._count(question, blank)
        if len(blank.parsed.symbols) < 2:
            return await self._find(question, blank)
        timeframe = self._watched.timeframe(blank.parsed.timeframes)
        rows = await self._board.of(blank.parsed.symbols, timeframe, question.now)
        table = side_by_side.grid(f"Compared on {timeframe.value}", rows)
        return replace(
            await self._advise(question, blank), text=side_by_side.comparison(rows), tables=(*blank.tables, table)
        )

    async def _split(self, question: Question, blank: Answer) -> Answer:
        """Money spread over all markets, or over those that were named."""
        found = await self._allocator.split(blank.parsed.budget, blank.parsed.symbols, question.now)
        blank = replace(blank, interpretation=blank.interpretation.replace("recommendation", "split by risk", 1))
        return replace(
            blank, text=found.text, tables=found.tables, notes=(*blank.notes, *found.notes), error=found.error
        )

    async def _todays(self, question: Question, blank: Answer) -> Answer:
        """The signals of all markets as they stand; "daily" means today's unless daily bars are watched."""
        known = [one for one in blank.parsed.timeframes if one in self._watched.timeframes]
        timeframe = self._watched.timeframe(known)
        rows = await self._board.of(self._watched.symbols, timeframe, question.now)
        text = side_by_side.board_words(rows, timeframe.value, blank.parsed.sides)
        return replace(blank, text=text, tables=(side_by_side.grid(f"Signals on {timeframe.value}", rows),))

    async def _explain(self, question: Question, blank: Answer) -> Answer:
        """Why: a past signal from the records, the present one from the votes."""
        parsed = blank.parsed
        about_the_past = parsed.window is not None or parsed.sides or parsed.setups or set(parsed.types) - {"signal"}
        if about_the_past or not parsed.symbols:
            return await self._find(question, blank)
        advice = await self._recommender.preview(self._request(question, blank, parsed.symbols[0]))
        return replace(blank, text=why(advice), sources=advice.sources, error=not advice.action.is_advice)

    async def _count(self, question: Question, blank: Answer) -> Answer:
        measure = aggregates.measure_of(blank.parsed)
        if aggregates.is_private(measure) and scope_of(question.owner) not in question.scopes:
            what = "trades are" if measure.about == "trade" else "recommendations are"
            return replace(blank, text=f"Your own {what} told in private only: ask in a direct message.", error=True)
        counted = await aggregates.count(self._stores, blank.parsed, question.owner, question.now)
        return replace(blank, text=counted.text, tables=counted.tables, figures=counted.figures)

    async def _find(self, question: Question, blank: Answer) -> Answer:
        found = await self._retriever.find(blank.parsed, question.scopes, question.now, limit=MOST_DOCUMENTS)
        none = await abstain.nothing_found(self._stores.documents, blank.parsed, found)
        if none is not None:
            nearest = _sources((none.nearest,) if none.nearest else ())
            return replace(blank, text=none.text, sources=nearest, abstained=none.rule)
        notes = (*blank.notes, *found.notes)
        return replace(blank, text=_found_words(found), sources=_sources(found.documents), notes=notes)


def _sources(documents: Sequence[Document]) -> tuple[Source, ...]:
    return tuple(Source(n, d.doc_id, d.type, d.at, d.trust, d.text) for n, d in enumerate(documents, 1))


def _found_words(found: Found) -> str:
    count = len(found.documents)
    if not count:
        return f"Nothing stored matches. Searched: {found.filter_text}."
    relaxed = f" Nothing matched exactly, so this leaves out: {', '.join(found.relaxed)}." if found.relaxed else ""
    return f"{count} matching record{'s' if count != 1 else ''} ({found.filter_text}).{relaxed}"


def _left_out(symbols: Sequence[str]) -> tuple[str, ...]:
    if len(symbols) <= MOST_AT_ONCE:
        return ()
    return (f"Only the first {MOST_AT_ONCE} are shown; ask again for {', '.join(symbols[MOST_AT_ONCE:])}.",)
