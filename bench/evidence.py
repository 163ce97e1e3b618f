"""Each voter alone and the ensemble on the recorded hours: first target before the stop, beside entering at any time.

python bench/evidence.py [FOLDER WITH CANDLE FILES]

The voters were chosen while looking at both 2021 and 2022, so neither year is untouched; ETH and ADA before December
2020, at the end, served to check that choice. `other way` is what the same plan
makes of the same bars with long and short exchanged, `any time` what it makes of entries one after the other in the
voter's mix of sides. The edge of a direction is what exceeds the mean of its own and the other way: it is free of how
restless the chosen bars are. `mean R` is after fees and slippage. All with one standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from recorded import folder_or_leave, older_hours, recorded_hours

from signals.backtest.run import plan_orders, run
from signals.clock import to_ms
from signals.ensemble import SignalRules, tally
from signals.features import FeatureFrame, derive
from signals.indicators import compute
from signals.model import FloatArray, PlanRules

PLAN, RULES = PlanRules(), SignalRules()
YEARS = (2021, 2022)
ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Trades:
    """Outcomes of one rule on one market in one year, and how many of the bars it spoke on."""

    side: FloatArray
    reached: FloatArray
    r: FloatArray
    rate: float


def directions(features: FeatureFrame) -> dict[str, np.ndarray]:
    """What each voter alone would do at the ensemble's threshold, what the ensemble does, and always being in."""
    count = tally(features, RULES)
    alone = {
        voter.name: np.where(np.abs(np.nan_to_num(s)) >= RULES.min_conviction, np.sign(np.nan_to_num(s)), 0)
        for voter, s in zip(count.voters, count.scores, strict=True)
    }
    warm = np.where(features.frame.age >= RULES.warm_up_bars, 1, 0)
    return {**alone, ENSEMBLE: count.direction, "any": warm}


def trades(features: FeatureFrame, direction: np.ndarray, year: int) -> Trades:
    """The year's trades of these directions by the default plan."""
    candles = features.frame.candles
    first, last = (
        int(np.searchsorted(candles.open_ms, to_ms(datetime(y, 1, 1, tzinfo=UTC)))) for y in (year, year + 1)
    )
    part = slice(first, last)
    orders = plan_orders(direction[part].astype(np.int8), candles.close[part], features.frame["atr_14"][part], PLAN)
    ledger = run(candles.part(first, last), orders, PLAN, shorts=True)
    return Trades(ledger.rows[:, 2], ledger.rows[:, 8], ledger.r, float(np.mean(direction[part] != 0)))


def joined(found: list[Trades], field: str) -> FloatArray:
    """One column of all markets' trades."""
    return np.concatenate([getattr(one, field) for one in found])


def line(name: str, year: int, found: tuple[list[Trades], list[Trades]], base: dict[int, float]) -> str:
    """One row of the table: the rule's trades and those of the other way round."""
    own, other = found
    side, reached, r = (joined(own, field) for field in ("side", "reached", "r"))
    if not len(r):
        return f"| {name} | {year} | 0 | | | | | | |"
    hit, turned = float(reached.mean()), float(joined(other, "reached").mean())
    edge = (hit - turned) / 2
    error = float(np.sqrt(max(hit + turned - (hit - turned) ** 2, 0.0) / len(r))) / 2
    word = "edge" if edge > 2 * error else "worse than a coin" if edge < -2 * error else "no edge"
    at_any = float(np.mean([base[int(s)] for s in side]))
    rate = 100 * float(np.mean([one.rate for one in own]))
    mean = f"{r.mean():+.3f} +- {r.std(ddof=1) / np.sqrt(len(r)):.3f}"
    rates = f"{rate:.2f} % | {100 * hit:.1f} % | {100 * turned:.1f} % | {100 * at_any:.1f} %"
    return f"| {name} | {year} | {len(r)} | {rates} | {100 * edge:+.1f} +- {100 * error:.1f}, {word} | {mean} |"


def main(folder: Path) -> None:
    """Print the table of both years, and the ensemble's signal rate and mean R per symbol."""
    markets = [derive(compute(candles)) for candles in recorded_hours(folder)]
    pairs = [(features, directions(features)) for features in markets]

    def traded(name: str, year: int, sign: int = 1) -> list[Trades]:
        return [trades(features, sign * sides[name], year) for features, sides in pairs]

    print("| voter | year | trades | speaks on | first target | other way | any time | edge (points) | mean R |")
    print("|---|---|---|---|---|---|---|---|---|")
    base = {
        year: {sign: float(joined(traded("any", year, sign), "reached").mean()) for sign in (1, -1)} for year in YEARS
    }
    for name in [one for one in pairs[0][1] if one != "any"]:
        for year in YEARS:
            print(line(name, year, (traded(name, year), traded(name, year, -1)), base[year]))
    print("\nensemble on older hours: trades, speaks on, first target, mean R")
    for candles in older_hours(folder):
        features = derive(compute(candles))
        direction = directions(features)[ENSEMBLE]
        each = [trades(features, direction, year) for year in range(2018, 2021)]
        r, hit = joined(each, "r"), joined(each, "reached")
        told = f"{len(r):4d} {100 * np.mean(direction != 0):5.2f} % {100 * hit.mean():5.1f} % {r.mean():+.3f}"
        print(f"{candles.series.symbol:11s} {told} +- {r.std(ddof=1) / np.sqrt(len(r)):.3f} R")
    print("\nensemble by symbol, 2022: trades, speaks on, first target, mean R")
    for features, t in zip(markets, traded(ENSEMBLE, 2022), strict=True):
        name = features.frame.candles.series.symbol
        print(f"{name:11s} {len(t.r):4d} {100 * t.rate:5.2f} % {100 * t.reached.mean():5.1f} % {t.r.mean():+.3f} R")


if __name__ == "__main__":
    main(folder_or_leave())
