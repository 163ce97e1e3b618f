"""What trades made: realised by the day of each fill, in all and by group, with R where there was a stop to risk to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from signals.accounting import ZERO, value_of
from signals.fills import Booked


@dataclass(frozen=True, slots=True)
class Tally:
    """Fills and closed trades within a time. `gross` is realised before `fees`, which include those of openings.

    `wins` of `closed` trades made money after their fees. `mean_r` is over the `with_r` closed trades that had a stop.
    """

    gross: Decimal = ZERO
    fees: Decimal = ZERO
    closed: int = 0
    wins: int = 0
    with_r: int = 0
    mean_r: Decimal | None = None

    @property
    def net(self) -> Decimal:
        """Realised, fees taken off."""
        return self.gross - self.fees

    @property
    def win_rate(self) -> Decimal | None:
        """Won of closed trades as a fraction; None when none was closed."""
        return Decimal(self.wins) / self.closed if self.closed else None


def risk_taken(booked: Booked) -> Decimal | None:
    """What the whole trade would have lost at its first stop, before fees; None without a stop that limits a loss."""
    trade, stop = booked.trade, booked.plan.stop
    if stop is None:
        return None
    distance = trade.entry - stop if trade.side == "LONG" else stop - trade.entry
    risked = value_of(trade.quantity, distance)
    return risked if risked > 0 else None


def r_of(booked: Booked) -> Decimal | None:
    """The result of a closed trade after fees in units of what it risked; None while open or without a stop."""
    risked, pnl = risk_taken(booked), booked.trade.pnl_usd
    return None if risked is None or pnl is None else pnl / risked


def tally(trades: Sequence[Booked], since: datetime | None, until: datetime) -> Tally:
    """What was realised after `since` (None: from the beginning) and by `until`."""

    def counts(at: datetime) -> bool:
        return at <= until and (since is None or at > since)

    fills = [fill for booked in trades for fill in booked.fills if counts(fill.at)]
    closed = [b for b in trades if b.trade.closed_at is not None and counts(b.trade.closed_at)]
    rs = [r for booked in closed if (r := r_of(booked)) is not None]
    return Tally(
        gross=sum((fill.pnl for fill in fills), ZERO),
        fees=sum((fill.fee for fill in fills), ZERO),
        closed=len(closed),
        wins=sum((booked.trade.pnl_usd or ZERO) > 0 for booked in closed),
        with_r=len(rs),
        mean_r=sum(rs, ZERO) / len(rs) if rs else None,
    )


def grouped(
    trades: Sequence[Booked], key: Callable[[Booked], str], since: datetime | None, until: datetime
) -> tuple[tuple[str, Tally], ...]:
    """A tally per group with anything in it, best result first."""
    groups: dict[str, list[Booked]] = {}
    for booked in trades:
        groups.setdefault(key(booked), []).append(booked)
    found = [(name, tally(members, since, until)) for name, members in groups.items()]
    return tuple(sorted((one for one in found if one[1] != Tally()), key=lambda one: (-one[1].net, one[0])))
