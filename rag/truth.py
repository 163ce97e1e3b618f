"""From the records in SQL to their documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from rag.documents import (
    backtest_document,
    model_card_document,
    note_document,
    outcome_document,
    recommendation_document,
    signal_document,
    strategy_params_document,
    trade_document,
    tuning_document,
)
from storage.stores import Stores
from storage.values import Document

BATCH = 256

_KEYS = {
    "signal": "SELECT signal_id FROM signals",
    "outcome": "SELECT signal_id FROM signal_transitions WHERE final_of IS NOT NULL",
    "trade": "SELECT trade_id FROM trades",
    "trade_note": "SELECT trade_id FROM trades WHERE note <> ''",
    "backtest": "SELECT backtest_id FROM backtests",
    "recommendation": "SELECT recommendation_id FROM recommendations",
    "tuning": "SELECT tuning_id FROM tunings",
    "strategy_params": "SELECT parameter_id FROM strategy_parameters",
    "model_card": "SELECT version FROM model_versions",
}
KINDS = frozenset(_KEYS)


class Truth:
    """Renders what the record tables hold now, whatever was rendered before."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._renderers: dict[str, Callable[[str], Awaitable[Document | None]]] = {
            "signal": self._signal,
            "outcome": self._outcome,
            "trade": self._trade,
            "trade_note": self._note,
            "backtest": self._backtest,
            "recommendation": self._recommendation,
            "strategy_params": self._parameters,
            "tuning": self._tuning,
            "model_card": self._model_card,
        }

    async def document(self, kind: str, pk: str) -> Document | None:
        """The document of a record; None when the record does not exist any more. KeyError for an unknown kind."""
        return await self._renderers[kind](pk)

    async def documents(self) -> AsyncIterator[tuple[Document, ...]]:
        """The documents of all records of all kinds, some hundred at a time."""
        for kind, query in _KEYS.items():
            async with self._stores.database.read() as conn:
                keys = [str(row[0]) for row in await conn.exec_driver_sql(query)]
            for start in range(0, len(keys), BATCH):
                rendered = [await self.document(kind, pk) for pk in keys[start : start + BATCH]]
                yield tuple(document for document in rendered if document is not None)

    async def _signal(self, pk: str) -> Document | None:
        issued = await self._stores.signals.get(pk)
        return None if issued is None else signal_document(issued)

    async def _outcome(self, pk: str) -> Document | None:
        issued = await self._stores.signals.get(pk)
        steps = await self._stores.signals.transitions(pk)
        final = next((step for step in steps if step.state.is_final), None)
        return None if issued is None or final is None else outcome_document(issued, final)

    async def _trade(self, pk: str) -> Document | None:
        trade = await self._stores.trades.get(pk)
        return None if trade is None else trade_document(trade)

    async def _note(self, pk: str) -> Document | None:
        trade = await self._stores.trades.get(pk)
        return None if trade is None else note_document(trade)

    async def _backtest(self, pk: str) -> Document | None:
        backtest = await self._stores.backtests.get(pk)
        return None if backtest is None else backtest_document(backtest)

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
