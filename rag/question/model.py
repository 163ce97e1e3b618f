"""What a question was understood to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Intent(StrEnum):
    """Which way a question is answered."""

    ADVICE = "advice"
    EXPLAIN = "explain"
    FIND = "find"
    LATEST = "latest"
    AGGREGATE = "aggregate"
    SIZE = "size"
    CHART = "chart"
    NEWS = "news"
    COMPARE = "compare"
    HELP = "help"
    OUT_OF_SCOPE = "out of scope"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, `since` inclusive, `until` exclusive, both aware UTC; `label` is how it is shown."""

    since: datetime | None
    until: datetime | None
    label: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The slots of a question. Empty or None means it was not said.

    `symbols` are today's listed pairs (`POL/USDT` also for MATIC); `unknown` are words that look like a ticker
    Deskmate does not watch; `types` are document types; `sides` are BUY, SELL, HOLD (signals) or LONG, SHORT (trades);
    `exit_reasons` are stop_loss, take_profit, timeout, manual, signal; `holdings` are (symbol, quantity, entry or None)
    that the person stated.
    """

    text: str
    intent: Intent
    symbols: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    exit_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    window: Window | None = None
    budget: Decimal | None = None
    mine: bool = False
    tighter_stop: bool = False
    limit: int | None = None
    holdings: tuple[tuple[str, Decimal, Decimal | None], ...] = ()
    carried: tuple[str, ...] = ()

    @property
    def symbol(self) -> str | None:
        """The first symbol, if any."""
        return self.symbols[0] if self.symbols else None
