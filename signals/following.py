"""What closed candles do to an open paper trade: stop, the ladder of targets, expiry. Pure, and the same every time.

- A bar counts from the first that opens at or after the trade's opening: no price from before it is ever used.
- The open comes first: a bar that opens beyond the stop, or beyond targets, fills them at the open. Then the stop
  before targets: in a bar that touches both, the stop counts.
- A part of the quantity (one n-th of n targets, rounded down to the lot) closes at each target, the rest at the last.
- After the first target the stop stands at the entry, from the next bar on: inside a bar the order is not known.
- At the close of the bar that reaches the plan's expiry, the rest is closed.
- A hole in the candles is waited for while it may still be mended; after `PATIENCE` the next bar counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from signals.accounting import UNIT, ZERO
from signals.clock import to_ms
from signals.fills import EXPIRY, MARGIN_CALL, STOP, TARGET, Booked, Fill, Step, closed_by, fill_of
from signals.model import Candles

PATIENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Bar:
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def follow_from(booked: Booked) -> datetime:
    """Bars that open from here on have not been read for the trade."""
    return booked.plan.followed_at or booked.trade.opened_at


def follow_trade(booked: Booked, candles: Candles, lot: Decimal) -> Step:
    """Every fill that these closed bars make, and how far they were read; the same bars again make none.

    `candles` may begin earlier. A fill inside a bar is dated by the bar's close, when it can first be known.
    """
    now, fills = booked, list[Fill]()
    for bar in _bars(candles, follow_from(booked)):
        for fill in _bar_fills(now, bar, lot):
            fills.append(fill)
            now = replace(now, fills=(*now.fills, fill))
        now = replace(now, plan=replace(now.plan, followed_at=bar.closed_at))
        if not now.left:
            break
    return replace(closed_by(booked, fills), plan=now.plan)


def _bars(candles: Candles, since: datetime) -> Iterator[_Bar]:
    step, since_ms = candles.series.timeframe.ms, to_ms(since)
    expected = -(-since_ms // step) * step
    if not len(candles):
        return
    end = int(candles.open_ms[-1]) + step
    for i in range(len(candles)):
        open_ms = int(candles.open_ms[i])
        if open_ms < since_ms:
            continue
        if open_ms > expected and end - expected < PATIENCE // timedelta(milliseconds=1):
            return
        prices = (float(column[i]) for column in (candles.open, candles.high, candles.low, candles.close))
        yield _Bar(candles.closed_at(i), *(Decimal(repr(price)) for price in prices))
        expected = open_ms + step


def _bar_fills(booked: Booked, bar: _Bar, lot: Decimal) -> list[Fill]:
    """The fills of one bar in their order."""
    sign = 1 if booked.trade.side == "LONG" else -1
    level, stop = _stop(booked)
    if stop is not None and (bar.open - stop) * sign <= 0:
        return [_all(booked, level, bar, bar.open)]
    fills = _targets(booked, bar, (bar.open, lot))
    now = replace(booked, fills=(*booked.fills, *fills))
    worst, best = (bar.low, bar.high) if sign > 0 else (bar.high, bar.low)
    level, stop = _stop(now)  # targets that the open passed came before everything else in the bar
    if now.left and stop is not None and (worst - stop) * sign <= 0:
        return [*fills, _all(now, level, bar, stop)]
    fills += _targets(now, bar, (best, lot))
    now = replace(booked, fills=(*booked.fills, *fills))
    expires = booked.plan.expires_at
    if now.left and expires is not None and bar.closed_at >= expires:
        fills.append(_all(now, EXPIRY, bar, bar.close))
    return fills


def _stop(booked: Booked) -> tuple[str, Decimal | None]:
    """The stop that stands, or where a short's margin is spent if that is nearer."""
    if booked.trade.side == "LONG":
        return STOP, booked.stop
    spent = 2 * booked.trade.entry
    return (MARGIN_CALL, spent) if booked.stop is None or spent < booked.stop else (STOP, booked.stop)


def _targets(booked: Booked, bar: _Bar, reach: tuple[Decimal, Decimal]) -> list[Fill]:
    """Fills of the targets between the open and a price, in the order of the ladder; `reach` is (price, lot)."""
    sign = 1 if booked.trade.side == "LONG" else -1
    price, lot = reach
    now, fills = booked, list[Fill]()
    for number, target in enumerate(booked.plan.targets, start=1):
        if number <= booked.targets_hit:
            continue
        if not now.left or (price - target) * sign < 0:
            break
        quantity = now.left if number == len(booked.plan.targets) else min(_portion(booked, lot), now.left)
        at_price = bar.open if (bar.open - target) * sign > 0 else target
        fill = fill_of(now, f"{TARGET} {number}", bar.closed_at, (quantity, at_price))
        fills.append(fill)
        now = replace(now, fills=(*now.fills, fill))
    return fills


def _portion(booked: Booked, lot: Decimal) -> Decimal:
    share = booked.trade.quantity / len(booked.plan.targets)
    for step in (lot, UNIT):
        part = (share / step).quantize(Decimal(1), ROUND_FLOOR) * step
        if part > ZERO:
            return part
    return booked.trade.quantity


def _all(booked: Booked, level: str, bar: _Bar, price: Decimal) -> Fill:
    return fill_of(booked, level, bar.closed_at, (booked.left, price))
