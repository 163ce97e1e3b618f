"""A backtest of the ensemble: the votes, decision and plan of live signals, filled by the kernel, costs included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from signals.backtest import kernel
from signals.clock import iso
from signals.ensemble import SignalRules, tally
from signals.errors import DataError
from signals.features import derive
from signals.indicators import compute
from signals.model import Backtest, Candles, FloatArray, PlanRules
from signals.plan import distances, pays


@dataclass(frozen=True, slots=True)
class Ledger:
    """The trades of a run (rows of `kernel.TRADE_FIELDS`), the net return and R of each, and the equity per bar."""

    rows: FloatArray
    returns: FloatArray
    r: FloatArray
    equity: FloatArray


Orders = tuple[NDArray[np.int8], FloatArray, FloatArray]


def ensemble_orders(candles: Candles, rules: SignalRules, plan: PlanRules) -> Orders:
    """Per bar: direction (0 also where the plan does not pay), stop price, and (2, n) first and final target prices."""
    frame = compute(candles)
    return plan_orders(tally(derive(frame), rules).direction, frame.close, frame["atr_14"], plan)


def plan_orders(direction: NDArray[np.int8], close: FloatArray, atr: FloatArray, plan: PlanRules) -> Orders:
    """The orders that a plan makes of directions already decided: what tuning varies without counting votes again."""
    to_stop, to_target = distances(atr, plan)
    side = np.where(pays(direction, close, atr, plan), direction, 0).astype(np.int8)
    stops: FloatArray = close - side * to_stop
    final = close + side * to_target
    first = close + side * np.minimum(to_stop, to_target)
    return side, stops, np.stack([first, final])


def run(candles: Candles, orders: Orders, plan: PlanRules, *, shorts: bool) -> Ledger:
    """Fill the orders over the candles and account for each trade, the whole capital in one position at a time."""
    direction, stops, targets = orders
    bars = np.stack([candles.open, candles.high, candles.low, candles.close])
    limits = np.array([plan.horizon_bars, int(shorts)], dtype=np.int64)
    rows: FloatArray = kernel.engine(len(candles))(
        bars, direction, np.nan_to_num(stops), np.nan_to_num(targets), limits
    )
    side, entry, exit_price = rows[:, 2], rows[:, 3], rows[:, 4]
    costs = (plan.fee_rate + plan.slippage_rate) * (1.0 + exit_price / entry)
    returns = side * (exit_price / entry - 1.0) - costs
    planned_risk = np.abs(candles.close[rows[:, 0].astype(np.int64) - 1] - rows[:, 5])
    r = returns * entry / planned_risk
    return Ledger(rows, returns, r, _equity(candles, rows, returns, plan))


def backtest_ensemble(
    candles: Candles, rules: SignalRules, plan: PlanRules, finished_at: datetime, *, shorts: bool = True
) -> Backtest:
    """The ensemble's record over these candles. DataError when they are too few to say anything."""
    if len(candles) < rules.warm_up_bars + plan.horizon_bars:
        raise DataError(
            f"{candles.series} has {len(candles)} bars; a backtest needs {rules.warm_up_bars + plan.horizon_bars}",
            last_good_at=candles.closed_at() if len(candles) else None,
        )
    ledger = run(candles, ensemble_orders(candles, rules, plan), plan, shorts=shorts)
    series, count = candles.series, len(ledger.rows)
    losses = -ledger.returns[ledger.returns < 0].sum()
    closed = ledger.rows[:, 7] != kernel.OPEN
    in_market = (ledger.rows[:, 1] - ledger.rows[:, 0] + 1).sum()
    return Backtest(
        backtest_id=f"{series}:ensemble:{iso(candles.opened_at(0))}:{iso(candles.closed_at())}",
        exchange=series.exchange,
        symbol=series.symbol,
        timeframe=series.timeframe,
        strategy="ensemble",
        started_at=candles.opened_at(0),
        ended_at=candles.closed_at(),
        finished_at=finished_at,
        trades=count,
        return_pct=100.0 * float(ledger.equity[-1] - 1.0),
        buy_hold_pct=100.0 * float(candles.close[-1] / candles.close[0] - 1.0),
        sharpe=_sharpe(ledger.equity, series.timeframe.bars_per_year),
        max_drawdown_pct=100.0 * float((1.0 - ledger.equity / np.maximum.accumulate(ledger.equity)).max()),
        win_rate_pct=100.0 * float((ledger.returns > 0).mean()) if count else None,
        profit_factor=float(ledger.returns[ledger.returns > 0].sum() / losses) if losses > 0 else None,
        expectancy_r=float(ledger.r.mean()) if count else None,
        exposure_pct=100.0 * float(in_market / len(candles)),
        fees_pct=100.0 * float((plan.fee_rate * (1.0 + ledger.rows[:, 4] / ledger.rows[:, 3])).sum()),
        target_first=int(ledger.rows[closed, 8].sum()),
        resolved=int(closed.sum()),
        parameters=(("sl_atr", plan.sl_atr), ("tp_atr", plan.tp_atr), ("horizon_bars", float(plan.horizon_bars))),
    )


def _equity(candles: Candles, rows: FloatArray, returns: FloatArray, plan: PlanRules) -> FloatArray:
    """Capital after each bar, open positions marked to the close with the entry's costs paid."""
    equity = np.ones(len(candles))
    capital, last = 1.0, 0
    cost = plan.fee_rate + plan.slippage_rate
    for row, net in zip(rows, returns, strict=True):
        start, stop, side, entry = int(row[0]), int(row[1]), row[2], row[3]
        equity[last:start] = capital
        equity[start:stop] = capital * (1.0 + side * (candles.close[start:stop] / entry - 1.0) - cost)
        capital *= 1.0 + net
        last = stop
    equity[last:] = capital
    return equity


def _sharpe(equity: FloatArray, bars_per_year: float) -> float | None:
    """Mean over standard deviation of the bars' returns, annualised; None when nothing moved."""
    steps = np.diff(equity) / equity[:-1]
    deviation = float(steps.std(ddof=1)) if len(steps) > 1 else 0.0
    return float(steps.mean()) / deviation * float(np.sqrt(bars_per_year)) if deviation > 0 else None
