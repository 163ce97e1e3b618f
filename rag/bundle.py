"""What a recommendation looks at: a few documents of each kind rather than the most similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from rag.fusion import by_turns
from rag.old_signals import OldSignals
from signals.model import Timeframe
from signals.universe import names_of
from storage.documents import DocumentStore
from storage.values import SHARED, Document, DocumentFilter

MOST_TIMEFRAMES = 3
MOST_ARCHIVED = 200  # among so many of a market's old signals the newest of each timeframe are looked for
OWN_TRADES = 3
BACKTESTS = 3
NEWS_AGE = timedelta(days=7)


class Bundle:
    """Collects, newest first of each kind, within the scopes and `as_of` of a filter."""

    def __init__(self, documents: DocumentStore, old: OldSignals | None = None) -> None:
        """`old` is asked for the signals of a time whose months stand for them in the documents, as in a replay."""
        self._documents = documents
        self._old = old

    async def collect(
        self, symbol: str, timeframe: str | None, where: DocumentFilter, limit: int
    ) -> tuple[Document, ...]:
        """At most `limit` documents about a symbol: signals, similar past cases, own trades, backtests, one headline.

        Signals are the newest of up to three timeframes and backtests the newest, the asked timeframe first; a similar
        case is how an earlier signal of the same setup and side ended; a headline is at most a week old. The kinds take
        turns when `limit` is small, and a kind that has nothing leaves its place to the others.
        """
        about = replace(where, symbols=names_of(symbol))
        newest = await self._signals(about, timeframe)
        own = replace(about, scopes=tuple(scope for scope in where.scopes if scope != SHARED))
        groups = (
            newest,
            await self._newest(own, "trade", OWN_TRADES),
            await self._backtests(about, timeframe),
            await self._similar(about, newest),
            await self._newest(replace(about, since=where.as_of - NEWS_AGE), "news", 1),
        )
        chosen = by_turns([[d.doc_id for d in group] for group in groups], limit)
        known = {d.doc_id: d for group in groups for d in group}
        return tuple(known[one] for i in (0, 3, 1, 2, 4) for one in chosen[i])

    async def _newest(self, where: DocumentFilter, kind: str, count: int) -> tuple[Document, ...]:
        return await self._documents.find(replace(where, types=(kind,)), limit=count) if where.scopes else ()

    async def _signals(self, where: DocumentFilter, timeframe: str | None) -> tuple[Document, ...]:
        each = [await self._newest(replace(where, timeframes=(tf.value,)), "signal", 1) for tf in Timeframe]
        known = [d for found in each for d in found] or await self._archived(where, "signal", MOST_ARCHIVED)
        newest = list({d.timeframe: d for d in sorted(known, key=lambda d: d.at)}.values())
        newest.sort(key=lambda d: d.at, reverse=True)
        newest.sort(key=lambda d: d.timeframe != timeframe)
        return tuple(newest[:MOST_TIMEFRAMES])

    async def _backtests(self, where: DocumentFilter, timeframe: str | None) -> tuple[Document, ...]:
        same = replace(where, timeframes=(timeframe,)) if timeframe else where
        asked, newest = await self._newest(same, "backtest", 1), await self._newest(where, "backtest", BACKTESTS)
        return tuple({d.doc_id: d for d in (*asked, *newest)}.values())[:BACKTESTS]

    async def _similar(self, where: DocumentFilter, newest: tuple[Document, ...]) -> tuple[Document, ...]:
        if not newest or newest[0].setup is None or newest[0].side is None:
            return ()
        alike = replace(where, setups=(newest[0].setup,), sides=(newest[0].side,))
        own = await self._newest(alike, "outcome", 1)
        if not own and await self._is_archived(newest[0]):
            own = tuple(await self._archived(alike, "outcome", 1))
        return own or await self._newest(replace(alike, symbols=()), "outcome", 1)

    async def _archived(self, where: DocumentFilter, kind: str, count: int) -> Sequence[Document]:
        return () if self._old is None else await self._old.find(replace(where, types=(kind,)), count)

    async def _is_archived(self, document: Document) -> bool:
        return self._old is not None and not await self._documents.get([document.doc_id])
