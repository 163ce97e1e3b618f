"""What had become of past signals at a moment: the ground for confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signals.calibration_fit import Calibration
from signals.case import Case, case_of
from signals.model import Backtest, Timeframe
from storage.stores import Stores

MOST_BACKTESTS = 2000


@dataclass(frozen=True, slots=True)
class Record:
    """Resolved signals of one timeframe, the newest backtest of each of its series, and the calibration in force.

    `cases` are issued signals and, each marked as seeded, those of backtests.
    """

    cases: tuple[Case, ...] = ()
    backtests: tuple[Backtest, ...] = ()
    calibration: Calibration | None = None


async def record_of(stores: Stores, timeframe: Timeframe, now: datetime) -> Record:
    """The record as it was known at `now`."""
    backtests = await stores.backtests.newest(None, timeframe, now, MOST_BACKTESTS)
    calibration = await stores.calibrations.newest(timeframe, now)
    return Record(await cases_of(stores, timeframe, now), _latest_per_series(backtests), calibration)


async def cases_of(stores: Stores, timeframe: Timeframe, now: datetime) -> tuple[Case, ...]:
    """Every case of a timeframe resolved by `now`: the seeded ones, then the issued ones.

    Where both know of one signal, only the issued one counts.
    """
    issued = await live_cases(stores, timeframe, now)
    lived = {(c.symbol, c.known_at) for c in issued}
    seeded = await stores.seeds.known(timeframe, now)
    return (*(c for c in seeded if (c.symbol, c.known_at) not in lived), *issued)


async def live_cases(stores: Stores, timeframe: Timeframe | None, now: datetime) -> tuple[Case, ...]:
    """The issued signals that had ended by `now`, none left out."""
    resolved = await stores.signals.resolved(now, timeframe)
    reached = await stores.signals.reached_first_target(now)
    return tuple(
        case_of(issued, final.at, reached=issued.signal_id in reached, realised_r=final.realised_r)
        for issued, final in resolved
    )


def _latest_per_series(newest_first: Sequence[Backtest]) -> tuple[Backtest, ...]:
    latest: dict[tuple[str, str], Backtest] = {}
    for backtest in newest_first:
        latest.setdefault((backtest.exchange, backtest.symbol), backtest)
    return tuple(latest.values())
