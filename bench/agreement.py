"""Our kernel beside backtesting.py on the recorded hours: 11 symbols x 4 parameter sets, and the ensemble's signals.

Claim: every trade of both engines is alike (bars, prices, direction, profit after fees), but for trades that only the
end of the candles closed, which are listed. Also the true face of the reference strategy, and how often the ensemble
speaks. Needs the recorded candles; `--folder` names them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import measure
import oracle
from oracle import COST, SETS

from signals.backtest.fills import run
from signals.backtest.orders import Orders, ensemble_orders
from signals.backtest.reference import reference_orders, without_horizon
from signals.ensemble import SignalRules, tally
from signals.features import derive
from signals.indicators import compute
from signals.market.candle_file import read_candles
from signals.model import Candles, PlanRules, Series, Timeframe

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "candles"


def hours(folder: Path) -> Iterator[Candles]:
    """The recorded hours of every symbol against USDT."""
    for path in sorted(folder.glob("*USDT-1h.csv.gz")):
        yield read_candles(path, Series("replay", path.name.split("-")[0], Timeframe.H1)).candles


def runs(candles: Candles) -> Iterator[tuple[str, Orders, PlanRules, dict[str, bool]]]:
    """The reference strategy with each parameter set, then the ensemble with the default plan, whole and in thirds."""
    for plan in SETS:
        free = without_horizon(candles, plan)
        yield (
            f"M {plan.trend_sma}, {plan.sl_atr}/{plan.tp_atr}",
            reference_orders(candles, free),
            free,
            {"shorts": False},
        )
    orders = ensemble_orders(candles, SignalRules(), COST)
    for ladder in (False, True):
        yield "ensemble" + " thirds" * ladder, orders, COST, {"shorts": True, "ladder": ladder}


def main() -> int:
    """Compare, list what differs, and fail on any difference without an explanation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    if not any(hours(folder)):
        print("the recorded candles are not here: nothing to compare")
        return 0
    print(f"{measure.machine()}\n{'series':18}{'run':16}{'alike':>7}{'forced':>8}{'unexplained':>13}")
    wrong = alike = 0
    for candles in hours(folder):
        for name, orders, plan, ways in runs(candles):
            found = oracle.compare(candles, orders, plan, **ways)
            alike, wrong = alike + found.alike, wrong + len(found.unexplained)
            row = f"{candles.series.symbol:18}{name:16}{found.alike:>7}"
            print(f"{row}{len(found.forced):>8}{len(found.unexplained):>13}", flush=True)
            for text in (*found.forced, *found.unexplained):
                print(f"    {text}")
    print(f"{alike:,} trades alike, {wrong} differences without an explanation\n")
    _true_face(folder)
    _rates(folder)
    return 1 if wrong else 0


def _true_face(folder: Path) -> None:
    candles = next(c for c in hours(folder) if c.series.symbol == "BTCUSDT").part(-10_000)
    plan = without_horizon(candles, COST)
    ledger = run(candles, reference_orders(candles, plan), plan, shorts=False)
    print(
        f"Reference strategy on BTC, the 10,000 hours from {candles.opened_at(0):%Y-%m-%d} to "
        f"{candles.closed_at():%Y-%m-%d}: {len(ledger.rows)} trades, x{ledger.equity[-1]:.4f} of capital after 0.1 % a "
        f"side and no slippage; holding x{candles.close[-1] / candles.close[0]:.4f}\n"
    )


def _rates(folder: Path) -> None:
    rules = SignalRules()
    print("Share of bars with a decision, of bars past the warm-up (orders: those whose plan pays)")
    for candles in hours(folder):
        count = tally(derive(compute(candles)), rules)
        placed = ensemble_orders(candles, rules, PlanRules())[0]
        able = int(count.spoke.sum())
        long, short = ((count.direction == side).sum() / able for side in (1, -1))
        print(
            f"{candles.series.symbol:12}{len(candles):>8} bars  {long + short:6.2%} "
            f"(long {long:.2%}, short {short:.2%})  orders {(placed != 0).sum() / able:.2%}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
