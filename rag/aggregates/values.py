"""What counting comes to: sentences, tables, and the same figures as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, localcontext
from typing import Any

DIGITS = 80  # of exact sums: more than any stored amount has
CENT = Decimal("0.01")
FINE = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under headings, all text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer made of figures. `figures` are plain JSON values: money as exact decimal text, counts as integers."""

    text: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """Closed trades in numbers, money in USDT. A trade at exactly zero is neither won nor lost; None without trades.

    `gains` adds up the winners alone, `losses` the losers (so it is below zero).
    """

    closed: int
    won: int
    lost: int
    even: int
    unpriced: int
    total: Decimal
    fees: Decimal
    average: Decimal | None
    median: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    gains: Decimal
    losses: Decimal

    @property
    def win_rate(self) -> float | None:
        """Won of closed, in percent."""
        return 100.0 * self.won / self.closed if self.closed else None

    def plain(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {
            "closed": self.closed,
            "won": self.won,
            "lost": self.lost,
            "even": self.even,
            "unpriced": self.unpriced,
            "win_rate_pct": None if self.win_rate is None else round(self.win_rate, 6),
            "total_usd": exact(self.total),
            "average_usd": exact(self.average),
            "median_usd": exact(self.median),
            "best_usd": exact(self.best),
            "worst_usd": exact(self.worst),
            "fees_usd": exact(self.fees),
            "gains_usd": exact(self.gains),
            "losses_usd": exact(self.losses),
        }


@dataclass(frozen=True, slots=True)
class Streaks:
    """Runs of wins or losses in the order of closing; a zero ends a run. `current` is signed: -3 is three losses."""

    closed: int
    current: int
    longest_win: int
    longest_loss: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of the closed P&L, added up from zero, below its former peak (or below zero at the start).

    `peak_at` is None where the fall began at the start; `now` is the present fall.
    """

    closed: int
    deepest: Decimal
    peak_at: datetime | None
    trough_at: datetime | None
    now: Decimal


@dataclass(frozen=True, slots=True)
class Expectancy:
    """The mean result of a closed trade, in USDT and, over the `with_r` trades of a signal with a plan, in R."""

    closed: int
    average: Decimal | None
    with_r: int
    mean_r: Decimal | None


def total_of(amounts: Sequence[Decimal]) -> Decimal:
    """The exact sum: the usual 28 digits of a decimal context would round large ones."""
    with localcontext(Context(prec=DIGITS)):
        return sum(amounts, Decimal(0))


def mean_of(amounts: Sequence[Decimal]) -> Decimal | None:
    """The mean to 8 decimals, half to even; None of nothing."""
    if not amounts:
        return None
    with localcontext(Context(prec=DIGITS)):
        return (sum(amounts, Decimal(0)) / len(amounts)).quantize(FINE)


def median_of(amounts: Sequence[Decimal]) -> Decimal | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    if not amounts:
        return None
    ranked, middle = sorted(amounts), len(amounts) // 2
    if len(ranked) % 2:
        return ranked[middle]
    with localcontext(Context(prec=DIGITS)):
        return (ranked[middle - 1] + ranked[middle]) / 2


def exact(amount: Decimal | None) -> str | None:
    """All digits of an amount, without an exponent or zeros at the end."""
    if amount is None:
        return None
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text
