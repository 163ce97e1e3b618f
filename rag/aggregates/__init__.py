"""Counting questions, answered by SQL over all matching records, never by reading a few of them.

Every tool takes the owner and the moment as required arguments. No model chooses or phrases a number here.
"""

from __future__ import annotations

from datetime import datetime

from rag.aggregates.advice import given
from rag.aggregates.own import own_trades
from rag.aggregates.shared import backtests, signals
from rag.aggregates.values import Counted, Grid
from rag.question.model import Figure, Measure, Parsed
from storage.stores import Stores

__all__ = ["Counted", "Grid", "count", "is_private", "measure_of"]


def measure_of(parsed: Parsed) -> Measure:
    """What the question computes; everything there is about trades where it says nothing."""
    return parsed.measure or Measure(Figure.SUMMARY, "trade")


def is_private(measure: Measure) -> bool:
    """Whether the answer is about one person's own records."""
    return measure.about in ("trade", "recommendation")


async def count(stores: Stores, parsed: Parsed, owner: str, as_of: datetime) -> Counted:
    """The figures that a question asks for, of `owner`'s own and of shared records, as known at `as_of`.

    Whether the place is private enough for them is the caller's to check, by `is_private`.
    """
    measure = measure_of(parsed)
    if measure.about == "signal":
        return await signals(stores, parsed, measure, as_of)
    if measure.about == "backtest":
        return await backtests(stores, parsed, measure, as_of)
    if measure.about == "recommendation":
        return await given(stores, parsed, measure, owner, as_of)
    return await own_trades(stores, parsed, measure, owner, as_of)
