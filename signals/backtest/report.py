"""The figures of a backtest, and what may honestly be said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from signals.backtest import kernel
from signals.backtest.chance import Entries, mean_interval, random_returns
from signals.backtest.fills import Ledger
from signals.clock import iso
from signals.model import Backtest, Candles, FloatArray, PlanRules

FEW_TRADES = 30
BY_CHANCE_PCT = 5.0
SHORTEST_YEAR_PART = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Run:
    """What was run: a strategy with its plan over these candles, and when; `first_bar` is the earliest entry."""

    candles: Candles
    strategy: str
    plan: PlanRules
    finished_at: datetime
    first_bar: int = 0


def report(of: Run, ledger: Ledger, ladder: Ledger) -> Backtest:
    """Every figure of a run. `ledger` closes at the final target, as the life of a signal does: it gives the figures.

    `ladder` holds the same trades with a third closed at each target: its return is shown beside.
    """
    candles, series, rows = of.candles, of.candles.series, ledger.rows
    closed = rows[:, 7] != kernel.OPEN
    plan = of.plan
    return Backtest(
        backtest_id=f"{series}:{of.strategy}:{iso(candles.opened_at(0))}:{iso(candles.closed_at())}",
        exchange=series.exchange,
        symbol=series.symbol,
        timeframe=series.timeframe,
        strategy=of.strategy,
        started_at=candles.opened_at(0),
        ended_at=candles.closed_at(),
        finished_at=of.finished_at,
        trades=len(rows),
        return_pct=_total_pct(ledger),
        buy_hold_pct=100.0 * float(candles.close[-1] / candles.close[0] - 1.0),
        fees_pct=100.0 * float((plan.fee_rate * (1.0 + rows[:, 4] / rows[:, 3])).sum()),
        target_first=int(rows[closed, 8].sum()),
        resolved=int(closed.sum()),
        parameters=(("sl_atr", plan.sl_atr), ("tp_atr", plan.tp_atr), ("horizon_bars", float(plan.horizon_bars))),
        ladder_return_pct=_total_pct(ladder),
        **_curve(candles, ledger),
        **_trades(ledger),
        **_chance(of, ledger),
    )


def verdict(b: Backtest) -> str:
    """In two sentences: what was won or lost beside holding, and whether chance would explain it."""
    if not b.trades:
        return f"The rules made no trade on {b.symbol} {b.timeframe} in that time."
    word = "won" if b.return_pct > 0 else "lost"
    held = "" if b.buy_hold_pct is None else f"; buying and holding made {b.buy_hold_pct:+.1f} %"
    trades = f"{b.trades} trade{'' if b.trades == 1 else 's'}"
    return f"The rules {word}: {b.return_pct:+.1f} % over {trades}, costs included{held}. {_evidence(b)}"


def _evidence(b: Backtest) -> str:
    low, high, luck = b.mean_trade_low_pct, b.mean_trade_high_pct, b.random_share_pct
    if b.trades < FEW_TRADES or low is None or high is None:
        return f"That is too few trades to judge the rules by (at least {FEW_TRADES} are needed)."
    span = f"the mean trade lies between {low:+.2f} % and {high:+.2f} % (95 %)"
    chance = "" if luck is None else f"; {luck:.0f} % of random entries did as well or better"
    if high < 0:
        return f"A real disadvantage: {span}{chance}."
    if low > 0 and (luck is None or luck <= BY_CHANCE_PCT):
        return f"More than chance would explain: {span}{chance}."
    return f"No edge is shown: {span}{chance}."


def _total_pct(ledger: Ledger) -> float:
    return 100.0 * float(ledger.equity[-1] - 1.0)


def _curve(candles: Candles, ledger: Ledger) -> dict[str, float | None]:
    """What the equity curve says; None where nothing moved or the time is too short for a yearly figure."""
    worth = np.maximum(np.concatenate([[1.0], ledger.equity]), 0.0)
    steps = np.divide(np.diff(worth), worth[:-1], out=np.zeros(len(worth) - 1), where=worth[:-1] > 0)
    root = float(np.sqrt(candles.series.timeframe.bars_per_year))
    deviation = float(steps.std(ddof=1)) if len(steps) > 1 else 0.0
    downside = float(np.sqrt(np.mean(np.minimum(steps, 0.0) ** 2)))
    lasted = candles.closed_at() - candles.opened_at(0)
    in_market = (ledger.rows[:, 1] - ledger.rows[:, 0] + 1).sum()
    yearly = 100.0 * (float(worth[-1]) ** (timedelta(days=365) / lasted) - 1.0)
    return {
        "cagr_pct": yearly if lasted >= SHORTEST_YEAR_PART else None,
        "sharpe": float(steps.mean()) / deviation * root if deviation > 0 else None,
        "sortino": float(steps.mean()) / downside * root if downside > 0 else None,
        "volatility_pct": 100.0 * deviation * root if deviation > 0 else None,
        "max_drawdown_pct": 100.0 * float(np.minimum(ledger.drawdown, 1.0).max()),
        "exposure_pct": 100.0 * float(in_market / len(candles)),
    }


def _trades(ledger: Ledger) -> dict[str, float | None]:
    returns: FloatArray = ledger.returns
    if not len(returns):
        return {}
    losses = -float(returns[returns < 0].sum())
    between = mean_interval(returns)
    return {
        "win_rate_pct": 100.0 * float((returns > 0).mean()),
        "profit_factor": float(returns[returns > 0].sum()) / losses if losses > 0 else None,
        "expectancy_r": float(ledger.r.mean()),
        "mean_trade_pct": 100.0 * float(returns.mean()),
        "mean_trade_low_pct": None if between is None else 100.0 * between[0],
        "mean_trade_high_pct": None if between is None else 100.0 * between[1],
    }


def _chance(of: Run, ledger: Ledger) -> dict[str, float | None]:
    rows = ledger.rows
    cost = of.plan.fee_rate + of.plan.slippage_rate
    bars = (rows[:, 1] - rows[:, 0] + 1).astype(np.int64)
    by_luck = random_returns(of.candles, Entries(bars, rows[:, 2], of.first_bar, cost))
    if not len(by_luck):
        return {}
    return {"random_share_pct": 100.0 * float((by_luck >= ledger.equity[-1] - 1.0).mean())}
