"""What tuning is asked for and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signals.clock import iso
from signals.model import PlanRules, Series, Timeframe


@dataclass(frozen=True, slots=True)
class TuningRules:
    """How hard to search and what counts as a win.

    `folds` are walk-forward steps over the later half of the bars; each runs `trials` trials. Fewer than `min_trades`
    trades in a fold's past are no evidence for a trial; fewer than `min_test_trades` test trades none for activation.
    """

    trials: int = 60
    folds: int = 4
    min_trades: int = 20
    min_test_trades: int = 30
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Score:
    """A plan's trades over some bars: mean R after costs, compounded return (%), share that reached the first target.

    The figures of no trades are 0.
    """

    trades: int = 0
    mean_r: float = 0.0
    return_pct: float = 0.0
    hit_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """One market's tuning. The figure to believe is `out_of_sample`: each fold's choice on the bars after it.

    `in_sample` is what the same choices made of the bars they were chosen on; `active` what the rules in force made of
    the out-of-sample bars, `buy_hold_pct` what holding made of them. `old` were the rules in force, `new` the choice of
    the newest fold; `won` says whether `new` may replace `old`, `reason` why or why not.
    """

    series: Series
    data_from: datetime
    data_to: datetime
    test_from: datetime
    finished_at: datetime
    rules: TuningRules
    in_sample: Score
    out_of_sample: Score
    active: Score
    buy_hold_pct: float
    old: PlanRules
    new: PlanRules
    won: bool
    reason: str
    first_trials: tuple[str, ...] = ()

    @property
    def tuning_id(self) -> str:
        """The natural key: the series, the end of its data, and how hard was searched."""
        return tuning_id(self.series, self.data_to, self.rules)

    @property
    def symbol(self) -> str:
        """The pair."""
        return self.series.symbol

    @property
    def timeframe(self) -> Timeframe:
        """The bar length."""
        return self.series.timeframe


def tuning_id(series: Series, data_to: datetime, rules: TuningRules) -> str:
    """`replay:ETH/USDT:1h:2022-12-31T23:00:00Z:60x4`: the same search over the same bars finds the same."""
    return f"{series}:{iso(data_to)}:{rules.trials}x{rules.folds}"
