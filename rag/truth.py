"""From the records in SQL to their documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from rag.documents import (
    backtest_document,
    market_summary_document,
    model_card_document,
    news_document,
    note_document,
    outcome_document,
    recommendation_document,
    signal_document,
    signal_month_document,
    strategy_params_document,
    trade_document,
    tuning_document,
)
from signals.model import Issued
from storage.stores import Stores
from storage.values import Document

TYPES = (
    "signal",
    "outcome",
    "signal_month",
    "market_summary",
    "backtest",
    "strategy_params",
    "tuning",
    "model_card",
    "news",
    "trade",
    "trade_note",
    "recommendation",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    keys: Callable[[], AsyncIterator[list[str]]]
    render: Callable[[str], Awaitable[Document | None]]


class Truth:
    """Renders what the record tables hold now, whatever was rendered before."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        s = stores
        self._kinds = {
            "signal": _Kind(s.signals.keys, self._signal),
            "outcome": _Kind(s.signals.final_keys, self._outcome),
            "signal_month": _Kind(s.signal_months.keys, self._month),
            "market_summary": _Kind(s.market_days.keys, self._market_day),
            "backtest": _Kind(s.backtests.keys, self._backtest),
            "strategy_params": _Kind(s.parameters.keys, self._parameters),
            "tuning": _Kind(s.tunings.keys, self._tuning),
            "model_card": _Kind(s.models.keys, self._model_card),
            "news": _Kind(s.news.keys, self._news),
            "trade": _Kind(s.trades.keys, self._trade),
            "trade_note": _Kind(s.trades.noted_keys, self._note),
            "recommendation": _Kind(s.recommendations.keys, self._recommendation),
        }
        self._several = {"trade": self._trades, "trade_note": self._notes, "backtest": self._backtests}

    async def document(self, kind: str, pk: str) -> Document | None:
        """The document of a record; None when the record does not exist any more, or its month stands for it.

        KeyError for an unknown kind.
        """
        return await self._kinds[kind].render(pk)

    async def rendered(self, kind: str, pks: Sequence[str]) -> dict[str, Document]:
        """The documents of several records of a kind by key, as `document` makes them; absent ones are left out."""
        if kind in self._several:
            return await self._several[kind](pks)
        made = {pk: await self._kinds[kind].render(pk) for pk in pks}
        return {pk: document for pk, document in made.items() if document is not None}

    async def documents(self, types: Collection[str] = TYPES) -> AsyncIterator[tuple[Document, ...]]:
        """The documents of all records of these types, some hundred at a time."""
        for name, kind in self._kinds.items():
            if name not in types:
                continue
            async for keys in kind.keys():
                yield tuple((await self.rendered(name, keys)).values())

    async def _single(self, pk: str) -> Issued | None:
        issued = await self._stores.signals.get(pk)
        if issued is None or await self._stores.signal_months.holds(issued.signal.series, issued.signal.known_at):
            return None
        return issued

    async def _signal(self, pk: str) -> Document | None:
        issued = await self._single(pk)
        return None if issued is None else signal_document(issued)

    async def _outcome(self, pk: str) -> Document | None:
        issued = await self._single(pk)
        steps = await self._stores.signals.transitions(pk)
        final = next((step for step in steps if step.state.is_final), None)
        return None if issued is None or final is None else outcome_document(issued, final)

    async def _month(self, pk: str) -> Document | None:
        month = await self._stores.signal_months.get(pk)
        return None if month is None else signal_month_document(month)

    async def _market_day(self, pk: str) -> Document | None:
        day = await self._stores.market_days.get(pk)
        return None if day is None else market_summary_document(day)

    async def _news(self, pk: str) -> Document | None:
        news_id, _, further = pk.partition(":")
        item = await self._stores.news.get(news_id)
        if item is None or pk not in item.keys:
            return None
        return news_document(item, further or (item.symbols[0] if item.symbols else None))

    async def _trade(self, pk: str) -> Document | None:
        return (await self._trades([pk])).get(pk)

    async def _note(self, pk: str) -> Document | None:
        return (await self._notes([pk])).get(pk)

    async def _backtest(self, pk: str) -> Document | None:
        return (await self._backtests([pk])).get(pk)

    async def _trades(self, pks: Sequence[str]) -> dict[str, Document]:
        return {pk: trade_document(trade) for pk, trade in (await self._stores.trades.get_many(pks)).items()}

    async def _notes(self, pks: Sequence[str]) -> dict[str, Document]:
        made = {pk: note_document(trade) for pk, trade in (await self._stores.trades.get_many(pks)).items()}
        return {pk: note for pk, note in made.items() if note is not None}

    async def _backtests(self, pks: Sequence[str]) -> dict[str, Document]:
        return {pk: backtest_document(one) for pk, one in (await self._stores.backtests.get_many(pks)).items()}

    async def _recommendation(self, pk: str) -> Document | None:
        logged = await self._stores.recommendations.get(pk)
        return None if logged is None else recommendation_document(logged)

    async def _parameters(self, pk: str) -> Document | None:
        parameters = await self._stores.parameters.get(pk)
        return None if parameters is None else strategy_params_document(parameters)

    async def _model_card(self, pk: str) -> Document | None:
        version = await self._stores.models.get(pk)
        return None if version is None else model_card_document(version.described)

    async def _tuning(self, pk: str) -> Document | None:
        tuning = await self._stores.tunings.get(pk)
        return None if tuning is None else tuning_document(tuning)
