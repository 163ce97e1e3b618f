"""A backtest of a named strategy: the votes, decision and plan of live signals, filled by the kernel with its costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signals.backtest import reference
from signals.backtest.fills import Ledger, run
from signals.backtest.orders import Orders, ensemble_orders, plan_orders
from signals.backtest.report import Run, report
from signals.ensemble import SignalRules
from signals.errors import DataError
from signals.model import Backtest, Candles, PlanRules

__all__ = [
    "ENSEMBLE",
    "STRATEGIES",
    "Ledger",
    "Orders",
    "Rules",
    "Tested",
    "backtest",
    "backtest_ensemble",
    "ensemble_orders",
    "plan_orders",
    "run",
]
ENSEMBLE = "ensemble"
STRATEGIES = (ENSEMBLE, reference.NAME)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a backtest runs by. `strategy` is one of `STRATEGIES`; the reference takes no shorts and no time limit."""

    signal: SignalRules
    plan: PlanRules
    shorts: bool = True
    strategy: str = ENSEMBLE


@dataclass(frozen=True, slots=True)
class Tested:
    """A backtest's figures, and the trades and equity that they were made from."""

    result: Backtest
    ledger: Ledger
    candles: Candles


def backtest(candles: Candles, rules: Rules, finished_at: datetime) -> Tested:
    """The strategy's record over these candles. DataError when they are too few to say anything."""
    needed = rules.signal.warm_up_bars + rules.plan.horizon_bars
    if len(candles) < needed:
        raise DataError(
            f"{candles.series} has {len(candles)} bars; a backtest needs {needed}",
            last_good_at=candles.closed_at() if len(candles) else None,
        )
    plan, shorts, first_bar = rules.plan, rules.shorts, rules.signal.warm_up_bars + 1
    if rules.strategy == reference.NAME:
        plan, shorts, first_bar = reference.without_horizon(candles, plan), False, plan.trend_sma + 1
        orders = reference.reference_orders(candles, plan)
    else:
        orders = ensemble_orders(candles, rules.signal, plan)
    ledger, ladder = (run(candles, orders, plan, shorts=shorts, ladder=thirds) for thirds in (False, True))
    return Tested(report(Run(candles, rules.strategy, plan, finished_at, first_bar), ledger, ladder), ledger, candles)


def backtest_ensemble(
    candles: Candles, rules: SignalRules, plan: PlanRules, finished_at: datetime, *, shorts: bool = True
) -> Backtest:
    """The ensemble's figures over these candles. DataError when they are too few to say anything."""
    return backtest(candles, Rules(rules, plan, shorts), finished_at).result
