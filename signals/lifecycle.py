"""The life of an issued signal, read from candles by the backtest's own fill rules."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from signals.backtest import kernel
from signals.clock import from_ms, to_ms
from signals.model import Candles, Issued, Plan, SignalState, Transition

_ENDS = {
    kernel.STOPPED: SignalState.STOPPED,
    kernel.TARGET: SignalState.TARGET,
    kernel.EXPIRED: SignalState.EXPIRED,
    kernel.REVERSED: SignalState.INVALIDATED,
}


def follow(issued: Issued, candles: Candles, opposed_at: datetime | None = None) -> tuple[Transition, ...]:
    """Every transition that these closed bars show, in order, from the entry on; computed afresh each time.

    `candles` need not begin at the signal's bar; without the bar that follows it nothing is known yet. `opposed_at` is
    when an opposite signal, or a HOLD that takes this one back, became known: the position closes at the next open. A
    transition inside a bar is dated by the close of that bar, when it can first be known.
    """
    plan = issued.plan
    if plan is None or issued.signal.bar_open_at is None:
        return ()
    first = int(np.searchsorted(candles.open_ms, to_ms(issued.signal.known_at)))
    if first >= len(candles) or candles.open_ms[first] != to_ms(issued.signal.known_at):
        return ()
    bars = candles.part(first)
    row = _walk(plan, bars, _opposed_bar(bars, opposed_at))
    steps = [Transition(issued.signal_id, SignalState.ENTERED, bars.opened_at(0), float(row[3]))]
    steps += _targets_passed(issued.signal_id, plan, bars, row)
    reason, last = int(row[7]), int(row[1])
    if reason in _ENDS:
        at = bars.opened_at(last) if reason == kernel.REVERSED else bars.closed_at(last)
        steps.append(Transition(issued.signal_id, _ENDS[reason], at, float(row[4]), _realised_r(plan, row)))
    return tuple(steps)


def _opposed_bar(bars: Candles, opposed_at: datetime | None) -> int | None:
    """Position of the bar at whose close the opposite signal was known."""
    if opposed_at is None:
        return None
    return int(np.searchsorted(bars.open_ms, to_ms(opposed_at))) - 1


def _walk(plan: Plan, bars: Candles, opposed_bar: int | None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The kernel's row for this one signal, with bar numbers counted from the entry bar."""
    n = len(bars) + 1
    ohlc = np.empty((4, n))
    for row, prices in zip(ohlc, (bars.open, bars.high, bars.low, bars.close), strict=True):
        row[0], row[1:] = plan.entries[0], prices
    direction = np.zeros(n, dtype=np.int8)
    direction[0] = plan.direction
    if opposed_bar is not None and 0 <= opposed_bar < len(bars):
        direction[opposed_bar + 1] = -plan.direction
    targets = np.array([np.full(n, plan.targets[0]), np.full(n, plan.targets[-1])])
    limits = np.array([plan.rules.horizon_bars, 1], dtype=np.int64)
    row = kernel.simulate(ohlc, direction, np.full(n, plan.stop), targets, limits)[0]
    row[:2] -= 1
    return row  # type: ignore[no-any-return]


def _targets_passed(
    signal_id: str, plan: Plan, bars: Candles, row: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> list[Transition]:
    """Intermediate targets in the order of the ladder; on the bar of a stop they do not count."""
    last = int(row[1]) + (0 if int(row[7]) in (kernel.STOPPED, kernel.REVERSED) else 1)
    reach = (bars.high if plan.direction > 0 else bars.low)[:last] * plan.direction
    steps: list[Transition] = []
    for state, level in zip((SignalState.TARGET_1, SignalState.TARGET_2), plan.targets[:-1], strict=False):
        hits = np.flatnonzero(reach >= level * plan.direction)
        if hits.size:
            at = from_ms(int(bars.open_ms[hits[0]]) + bars.series.timeframe.ms)
            steps.append(Transition(signal_id, state, at, level))
    return steps


def _realised_r(plan: Plan, row: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Profit after fees and slippage over the risk that was planned."""
    entry, exit_price = float(row[3]), float(row[4])
    cost = (plan.rules.fee_rate + plan.rules.slippage_rate) * (entry + exit_price)
    return (plan.direction * (exit_price - entry) - cost) / abs(plan.entries[0] - plan.stop)
