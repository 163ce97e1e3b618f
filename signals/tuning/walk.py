"""Walk-forward over one market: the votes are counted once, only the plan varies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signals.backtest.run import Ledger, plan_orders, run
from signals.ensemble import SignalRules, tally
from signals.features import derive
from signals.indicators import compute
from signals.model import Candles, FloatArray, PlanRules
from signals.tuning.folds import Fold, walk_forward
from signals.tuning.result import Score, Tuning, TuningRules
from signals.tuning.search import HORIZON_BARS, search

MARGIN_R = 0.02
TOO_FEW = -10.0
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """A market with its votes counted: what every trial of every fold is measured on."""

    candles: Candles
    direction: NDArray[np.int8]
    atr: FloatArray
    shorts: bool

    @classmethod
    def of(cls, candles: Candles, rules: SignalRules, *, shorts: bool = True) -> Bench:
        """Count the votes. They depend on bars up to their own only, so folds may be cut from them afterwards."""
        frame = compute(candles)
        return cls(candles, tally(derive(frame), rules).direction, frame["atr_14"], shorts)

    def ledger(self, plan: PlanRules, start: int, signals_until: int, end: int) -> Ledger:
        """Trades of the signals of bars `[start, signals_until)`, filled over bars up to `end`.

        Trades still open at `end` are marked to its close.
        """
        part = slice(start, end)
        orders = plan_orders(self.direction[part], self.candles.close[part], self.atr[part], plan)
        orders[0][signals_until - start :] = 0
        return run(self.candles.part(start, end), orders, plan, shorts=self.shorts)


@dataclass(frozen=True, slots=True)
class Request:
    """What to tune: the rules in force, the plans to try first with whose they are, and how hard to search."""

    active: PlanRules
    first: Sequence[tuple[str, PlanRules]] = ()
    rules: TuningRules = field(default_factory=TuningRules)
    warm_up_bars: int = 250


@dataclass(frozen=True, slots=True)
class _Step:
    """One fold's choice, and what it and the rules in force made of its past and of its test."""

    chosen: PlanRules
    learned: Ledger
    tested: Ledger
    active: Ledger


def tune(bench: Bench, request: Request, finished_at: datetime, progress: Step | None = None) -> Tuning:
    """Choose a plan in each fold by its past alone and judge it on the bars after; deterministic.

    DataError when the bars are too few, UserError when Optuna is missing. `progress` gets (folds done, folds).
    """
    candles, rules = bench.candles, request.rules
    folds = walk_forward(request.warm_up_bars, len(candles), rules.folds, HORIZON_BARS[1])
    steps = []
    for done, fold in enumerate(folds, start=1):
        steps.append(_walk(bench, fold, request))
        if progress is not None:
            progress(done, len(folds))
    won, reason = _verdict(steps, request)
    begin = folds[0].tested
    return Tuning(
        series=candles.series,
        data_from=candles.opened_at(0),
        data_to=candles.closed_at(),
        test_from=candles.opened_at(begin),
        finished_at=finished_at,
        rules=rules,
        in_sample=_mean_score([s.learned for s in steps]),
        out_of_sample=score([s.tested for s in steps]),
        active=score([s.active for s in steps]),
        buy_hold_pct=100.0 * float(candles.close[-1] / candles.open[begin] - 1.0),
        old=request.active,
        new=steps[-1].chosen,
        won=won,
        reason=reason,
        first_trials=tuple(dict.fromkeys(name for name, _ in request.first)),
    )


def score(ledgers: Sequence[Ledger]) -> Score:
    """The trades of successive ledgers together."""
    r = np.concatenate([one.r for one in ledgers])
    if not len(r):
        return Score()
    returns = np.concatenate([one.returns for one in ledgers])
    reached = np.concatenate([one.rows[:, 8] for one in ledgers])
    return Score(len(r), float(r.mean()), 100.0 * float(np.prod(1.0 + returns) - 1.0), 100.0 * float(reached.mean()))


def robust_mean(r: FloatArray, min_trades: int) -> float:
    """The mean R less its standard error; below `min_trades` a bad mark that still says how many are missing."""
    n = len(r)
    if n < max(min_trades, 2):
        return TOO_FEW + n / max(min_trades, 2)
    return float(r.mean() - r.std(ddof=1) / np.sqrt(n))


def _walk(bench: Bench, fold: Fold, request: Request) -> _Step:
    def learned(plan: PlanRules) -> Ledger:
        return bench.ledger(plan, fold.start, fold.learned, fold.tested)

    def tested(plan: PlanRules) -> Ledger:
        return bench.ledger(plan, fold.tested, fold.end, min(fold.end + plan.horizon_bars, len(bench.candles)))

    first = [request.active, PlanRules(), *(plan for _, plan in request.first)]
    chosen = search(lambda plan: robust_mean(learned(plan).r, request.rules.min_trades), first, request.rules)
    return _Step(chosen, learned(chosen), tested(chosen), tested(request.active))


def _mean_score(ledgers: Sequence[Ledger]) -> Score:
    """The folds' pasts overlap, so their figures are averaged, not joined."""
    each = [score([one]) for one in ledgers]
    names: tuple[Literal["mean_r", "return_pct", "hit_pct"], ...] = ("mean_r", "return_pct", "hit_pct")
    means = {name: float(np.mean([getattr(one, name) for one in each])) for name in names}
    return Score(round(float(np.mean([one.trades for one in each]))), **means)


def _verdict(steps: Sequence[_Step], request: Request) -> tuple[bool, str]:
    """Whether the newest choice may replace the rules in force; every test that is lost is named."""
    new, old = score([s.tested for s in steps]), score([s.active for s in steps])
    last_new, last_old = score([steps[-1].tested]), score([steps[-1].active])
    told = f"out of sample {new.mean_r:+.3f} R over {new.trades} trades, the active rules {old.mean_r:+.3f} R"
    least = request.rules.min_test_trades
    lost = [
        (steps[-1].chosen == request.active, "the search came back to the active rules"),
        (new.trades < least, f"fewer than {least} test trades"),
        (new.mean_r <= old.mean_r + MARGIN_R, f"not better by more than {MARGIN_R} R"),
        (new.mean_r <= 0.0, "a loss after costs"),
        (last_new.mean_r <= last_old.mean_r, "the newest choice did not win its own test"),
    ]
    reasons = [text for is_lost, text in lost if is_lost]
    return (not reasons, told if not reasons else f"{told}: {', '.join(reasons)}")
