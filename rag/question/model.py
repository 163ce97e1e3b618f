"""What a question was understood to say."""

from __future__ import annotations

from dataclasses import dataclass, field
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


class Figure(StrEnum):
    """What is counted or computed over records; `SUMMARY` is all of it, where the question names nothing."""

    SUMMARY = "summary"
    COUNT = "count"
    WIN_RATE = "win rate"
    TOTAL = "total"
    AVERAGE = "average"
    MEDIAN = "median"
    BEST = "best"
    WORST = "worst"
    FEES = "fees"
    STREAK = "streak"
    EXPOSURE = "exposure"
    DRAWDOWN = "drawdown"
    HELD = "holding time"
    EXPECTANCY = "expectancy"
    FOLLOWED = "followed"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a counting question asks for: a `figure` over records of the kind `about`, in all or `by` a column.

    `about` is trade, signal, backtest or recommendation; `by` is empty, symbol, strategy, timeframe, exit_reason,
    setup, side, action, method, day, week or month; `pick` is best, worst or empty and ranks the groups; `top` is how
    many single records are wanted; `windows` are the stretches to compare; `of` is a backtest's column.
    """

    figure: Figure
    about: str
    by: str = ""
    pick: str = ""
    top: int | None = None
    windows: tuple[Window, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The slots of a question. Empty or None means it was not said.

    `symbols` are today's listed pairs (`POL/USDT` also for MATIC); `unknown` are words that look like a ticker
    Deskmate does not watch; `types` are document types; `sides` are BUY, SELL, HOLD (signals) or LONG, SHORT (trades);
    `exit_reasons` are stop_loss, take_profit, timeout, manual, signal; `holdings` are (symbol, quantity, entry or None)
    that the person stated; `measure` is set for counting questions only, `split` where money is to be spread,
    `foreign_money` where an amount in another currency was named, which is not read as a budget. `guessed` says that no
    word of asking speaks for the intent; it is no part of what was said.
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
    measure: Measure | None = None

    split: bool = False
    foreign_money: bool = False
    guessed: bool = field(default=False, compare=False)

    @property
    def symbol(self) -> str | None:
        """The first symbol, if any."""
        return self.symbols[0] if self.symbols else None
