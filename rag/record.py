"""What had become of past signals at a moment: the ground for confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signals.calibration import Case
from signals.model import Backtest, Issued, Strength, Timeframe
from storage.stores import Stores

MOST_BACKTESTS = 2000


@dataclass(frozen=True, slots=True)
class Record:
    """Resolved signals of one timeframe, and the newest backtest of each of its series."""

    cases: tuple[Case, ...] = ()
    backtests: tuple[Backtest, ...] = ()


async def record_of(stores: Stores, timeframe: Timeframe, now: datetime) -> Record:
    """The record as it was known at `now`."""
    resolved = await stores.signals.resolved(now, timeframe)
    reached = await stores.signals.reached_first_target(now)
    backtests = await stores.backtests.newest(None, timeframe, now, MOST_BACKTESTS)
    cases = tuple(_case(issued, issued.signal_id in reached) for issued, _ in resolved)
    return Record(cases, _latest_per_series(backtests))


def _case(issued: Issued, reached: bool) -> Case:
    signal = issued.signal
    return Case(
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe,
        direction=signal.direction,
        strength=signal.strength or Strength.WEAK,
        reached=reached,
    )


def _latest_per_series(newest_first: Sequence[Backtest]) -> tuple[Backtest, ...]:
    latest: dict[tuple[str, str], Backtest] = {}
    for backtest in newest_first:
        latest.setdefault((backtest.exchange, backtest.symbol), backtest)
    return tuple(latest.values())
