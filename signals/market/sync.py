"""Fetching bars together with what was found in them, for a job that keeps stored series up to date."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from signals.market.checks import Checked
from signals.market.source import CandleSource
from signals.model import Market


@runtime_checkable
class CheckedSource(CandleSource, Protocol):
    """A source that also says what it found in the bars; all of Deskmate's own do."""

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """As `closed`, with the findings."""
        ...


async def fetch_checked(source: CandleSource, market: Market, *, since_ms: int | None, limit: int) -> Checked:
    """The bars with the findings where the source has them, and with none where it has not."""
    if isinstance(source, CheckedSource):
        return await source.checked(market, since_ms=since_ms, limit=limit)
    return Checked(await source.closed(market, since_ms=since_ms, limit=limit))
