"""A question about one's own trades as a filter, and that filter in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rag.aggregates.words import details, plural, what_trades, window_words
from rag.question.model import Figure, Measure, Parsed, Window
from storage.tallies import TradeFilter

BY_OUTCOME = (
    Figure.SUMMARY,
    Figure.AVERAGE,
    Figure.MEDIAN,
    Figure.BEST,
    Figure.WORST,
    Figure.FEES,
    Figure.HELD,
)  # elsewhere "won" and "lost" say which part of the answer is meant, they leave nothing out


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its filter: `kind` and `rest` are the filter in words, `when` its window."""

    parsed: Parsed
    measure: Measure
    where: TradeFilter
    kind: str
    rest: str
    when: str

    def scope(self, count: int) -> str:
        """`9 closed SOL trades, 16-22 Nov 2026 (last week, UTC), LONG and SHORT`."""
        kind = " ".join(part for part in ("closed", self.kind) if part)
        newest = "your newest " if self.where.newest else ""
        return f"{newest}{plural(count, f'{kind} trade')}, {self.when}{self.rest}"

    @property
    def searched(self) -> str:
        """The filter without a number: `SOL trades, all time, LONG and SHORT`."""
        return f"{self.kind} trades, {self.when}{self.rest}".strip()

    def plain(self) -> dict[str, Any]:
        """The filter as JSON values."""
        where = self.where
        return {
            "about": "trade",
            "figure": str(self.measure.figure),
            "by": self.measure.by or None,
            "symbols": list(where.symbols),
            "since": where.since.isoformat() if where.since else None,
            "until": where.until.isoformat() if where.until else None,
            "as_of": where.as_of.isoformat(),
        }

    def within(self, window: Window) -> Asked:
        """The same question about another stretch of time."""
        where = replace(self.where, since=window.since, until=window.until)
        return replace(self, where=where, when=window_words(window))


def asked_of(parsed: Parsed, measure: Measure, owner: str, as_of: datetime) -> Asked:
    """The question as a filter over `owner`'s trades as known at `as_of`."""
    by_outcome = measure.figure in BY_OUTCOME and not measure.by
    outcomes = parsed.outcomes if by_outcome else ()
    sides = {"BUY": "LONG", "SELL": "SHORT"}
    where = TradeFilter(
        owner=owner,
        as_of=as_of,
        symbols=parsed.symbols,
        timeframes=parsed.timeframes,
        sides=tuple(sides.get(side, side) for side in parsed.sides),
        strategies=parsed.strategies,
        exit_reasons=parsed.exit_reasons,
        outcomes=outcomes,
        setups=parsed.setups,
        since=parsed.window.since if parsed.window else None,
        until=parsed.window.until if parsed.window else None,
        newest=None if measure.top else parsed.limit,
    )
    when = window_words(parsed.window, parsed.text)
    return Asked(parsed, measure, where, what_trades(parsed, outcomes), details(parsed), when)
