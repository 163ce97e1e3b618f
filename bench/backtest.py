"""A backtest of 10,000 bars, once and with 100 parameter sets, beside bare numba, backtesting.py and vectorbt.

The same orders on the same bars: the SMA/ATR reference strategy, and the ensemble's own. The bare kernel is the same
fill rules in one numba function that gives the trades' returns and the equity only. backtesting.py (AGPL) is a
development dependency; vectorbt is none (it carries the Commons Clause): `--vectorbt PYTHON` names an interpreter
that has it.

Claims: the compiled kernel, with its record of trades and its equity, takes at most twice the bare one and at most a
fiftieth of vectorbt's time for 100 sets, where vectorbt is given; and so do 100 sets in full (levels, fills, trades, R,
equity). Results are checked to be equal to the bare kernel's first.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import measure

measure.one_thread()

import numba  # noqa: E402
import numpy as np  # noqa: E402
import oracle  # noqa: E402

from signals.backtest import kernel  # noqa: E402
from signals.backtest.fills import NO_LEGS, Ledger, run  # noqa: E402
from signals.backtest.orders import Orders, ensemble_orders, levels, plan_orders  # noqa: E402
from signals.backtest.reference import reference_orders, without_horizon  # noqa: E402
from signals.ensemble import SignalRules, tally  # noqa: E402
from signals.features import derive  # noqa: E402
from signals.indicators import compute  # noqa: E402
from signals.market.simulated import simulate  # noqa: E402
from signals.model import Candles, Market, PlanRules, Timeframe  # noqa: E402

BARS, SETS = 10_000, 100
END_MS = 1_767_225_600_000  # 2026-01-01
PLAN = PlanRules(slippage_rate=0.0)
Curve = tuple[np.ndarray, np.ndarray]
Bars = tuple[np.ndarray, ...]


def bare(bars, direction, atr, sl, tp, fee, horizon, shorts):
    """The fill rules with levels made on the way, for numba: the return of each trade, and the capital at each bar."""
    opens, highs, lows, closes = bars
    n, count, t, capital = len(opens), 0, 0, 1.0
    returns, equity = np.empty(n), np.empty(n)
    while t < n - 1:
        side = direction[t]
        equity[t] = capital
        if side == 0 or (side < 0 and not shorts):
            t += 1
            continue
        stop, target, entry = closes[t] - side * sl * atr[t], closes[t] + side * tp * atr[t], opens[t + 1]
        bar, leave, turned = t + 1, closes[n - 1], False
        while bar < n:
            if bar > t + 1 and direction[bar - 1] == -side:
                leave, turned = opens[bar], True
                break
            low, high = (lows[bar], highs[bar]) if side > 0 else (highs[bar], lows[bar])
            if side * (low - stop) <= 0:
                leave = opens[bar] if side * (opens[bar] - stop) <= 0 else stop
                break
            if side * (high - target) >= 0:
                leave = opens[bar] if side * (opens[bar] - target) >= 0 else target
                break
            if bar - t >= horizon:
                leave = closes[bar]
                break
            equity[bar] = capital * (1.0 + side * (closes[bar] / entry - 1.0) - fee)
            bar += 1
        returns[count] = side * (leave / entry - 1.0) - fee * (1.0 + leave / entry)
        capital *= 1.0 + returns[count]
        count += 1
        if bar >= n:
            break
        t = bar - 1 if turned else bar
    equity[t:] = capital
    return returns[:count], equity


@dataclass(frozen=True)
class Case:
    """One strategy's decisions over the candles: what all engines are given."""

    name: str
    candles: Candles
    direction: np.ndarray
    atr: np.ndarray
    plan: PlanRules
    shorts: bool
    place: Callable[..., Orders]

    def ours(self, plan: PlanRules) -> Ledger:
        """Levels, fills, trades, equity."""
        orders = self.place(self.direction, self.candles.close, self.atr, plan)
        return run(self.candles, orders, plan, shorts=self.shorts)

    def bare(self, machine_code: Callable[..., Curve], bars: Bars, plan: PlanRules) -> Curve:
        """The same by the bare kernel, which is given the decisions that pay."""
        numbers = (plan.sl_atr, plan.tp_atr, plan.fee_rate, plan.horizon_bars)
        return machine_code(bars, self.direction, self.atr, *numbers, self.shorts)


def cases() -> tuple[Case, Case]:
    """The reference strategy and the ensemble on the same simulated hours."""
    candles = simulate(7, Market("ETH/USDT", Timeframe.H1), END_MS - BARS * Timeframe.H1.ms, END_MS)
    free, atr = without_horizon(candles, PLAN), compute(candles)["atr_14"]
    decided = tally(derive(compute(candles)), SignalRules()).direction
    paying = plan_orders(decided, candles.close, atr, PLAN)[0]
    return (
        Case("SMA/ATR", candles, reference_orders(candles, free)[0], atr, free, False, levels),
        Case("ensemble", candles, paying, atr, PLAN, True, levels),
    )


def sets(plan: PlanRules) -> list[PlanRules]:
    """A hundred pairs of distances."""
    return [replace(plan, sl_atr=1.0 + 0.2 * (k % 10), tp_atr=1.5 + 0.4 * (k // 10)) for k in range(SETS)]


def main() -> None:
    """Measure, compare the results, report."""
    parser = measure.options(__doc__)
    parser.add_argument("--vectorbt", metavar="PYTHON", help="an interpreter that has vectorbt and numpy")
    given = parser.parse_args()
    kernel.compiled()
    fast = numba.njit(bare)
    pairs, claims = [], []
    whole: list[measure.Timing] = []
    for case in cases():
        bars = (case.candles.open, case.candles.high, case.candles.low, case.candles.close)
        _same(case, fast, bars)
        found = _times(case, fast, bars, given.runs or 200)
        whole += [found[1], found[4], found[3]]
        kernel_once, all_once, bare_once, kernel_sets, all_sets, bare_limits, bare_sets = found
        for inner, peer in ((kernel_once, bare_once), (kernel_sets, bare_limits)):
            text = f"{inner.what} to bare numba"
            claims.append(measure.Claim(text, inner.median / peer.median, 2.0, "x"))
            pairs.append((inner, peer))
        pairs += [(all_once, bare_once), (all_sets, bare_sets)]
    reference = cases()[0]
    theirs = _backtesting(reference)
    pairs.append((whole[0], theirs))
    if given.vectorbt:
        one, many = _vectorbt(given.vectorbt, reference)
        pairs += [(whole[0], one), (whole[1], many), (whole[2], many)]
        claims.append(measure.Claim("compiled kernel, 100 runs, to vectorbt", whole[2].median / many.median, 0.02, "x"))
        claims.append(measure.Claim("all of it to vectorbt, 100 sets", whole[1].median / many.median, 0.02, "x"))
    pairs.append((_whole(reference.candles), theirs))
    measure.report(f"Backtest of {BARS:,} bars", pairs, claims, as_json=given.json)
    if not given.vectorbt and not given.json:
        print("vectorbt is left out: it is no dependency (Commons Clause); --vectorbt PYTHON measures it beside")


def _same(case: Case, fast: Callable[..., Curve], bars: Bars) -> None:
    for plan in sets(case.plan):
        ledger, (returns, equity) = case.ours(plan), case.bare(fast, bars, plan)
        np.testing.assert_allclose(ledger.returns, returns, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(ledger.equity, equity, rtol=1e-9)


def _times(case: Case, fast: Callable[..., Curve], bars: Bars, runs: int) -> list[measure.Timing]:
    """Kernel, whole run and bare kernel, once and with all sets; a search keeps the last capital of each."""
    engine, plans, fee = kernel.compiled(), sets(case.plan), case.plan.fee_rate
    orders = case.place(case.direction, case.candles.close, case.atr, case.plan)
    waits = [replace(case.plan, horizon_bars=6 + 2 * k) for k in range(SETS)]

    def filled(plan: PlanRules) -> float:
        limits = np.array([plan.horizon_bars, int(case.shorts)], dtype=np.int64)
        rows = engine.simulate(bars, *orders, limits)
        return float(engine.account(bars[3], rows, NO_LEGS, fee)[1][-1])

    one = [
        (f"{case.name}: compiled kernel", lambda: filled(case.plan)),
        (f"{case.name}: levels, fills, trades, R, equity", lambda: case.ours(case.plan).equity[-1]),
        ("peer: bare numba kernel", lambda: case.bare(fast, bars, case.plan)[1][-1]),
    ]
    many = [
        (f"{case.name}: compiled kernel, {SETS} time limits", lambda: [filled(plan) for plan in waits]),
        (f"{case.name}: all of it, {SETS} sets", lambda: [case.ours(plan).equity[-1] for plan in plans]),
        (f"peer: bare, {SETS} time limits", lambda: [case.bare(fast, bars, plan)[1][-1] for plan in waits]),
        (f"peer: bare, {SETS} sets", lambda: [case.bare(fast, bars, plan)[1][-1] for plan in plans]),
    ]
    several = max(5, runs // 10)
    limits_ours, all_of_it, limits_bare, sets_bare = (measure.in_turn([work], several)[0] for work in many)
    return [*measure.in_turn(one, runs, 20), limits_ours, all_of_it, limits_bare, sets_bare]


def _whole(candles: Candles) -> measure.Timing:
    """From candles to a ledger: indicators, features, votes, plan, fills."""
    work = (
        "ensemble from candles to equity",
        lambda: run(candles, ensemble_orders(candles, SignalRules(), PLAN), PLAN, shorts=True),
    )
    return measure.in_turn([work], 10)[0]


def _backtesting(case: Case) -> measure.Timing:
    orders = case.place(case.direction, case.candles.close, case.atr, case.plan)
    assert not oracle.compare(case.candles, orders, case.plan, shorts=False).unexplained
    work = ("peer: backtesting.py, SMA/ATR", lambda: oracle.their_trades(case.candles, orders, case.plan, shorts=False))
    return measure.in_turn([work], 5, 1)[0]


def _vectorbt(python: str, case: Case) -> tuple[measure.Timing, measure.Timing]:
    """The reference strategy by vectorbt in its own interpreter: one column, then a hundred at once."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "case.npz"
        stops = np.array([[p.sl_atr, p.tp_atr] for p in sets(case.plan)])
        c = case.candles
        np.savez(
            file, open=c.open, high=c.high, low=c.low, close=c.close, side=case.direction, atr=case.atr, sets=stops
        )
        script = Path(__file__).with_name("in_vectorbt.py")
        out = subprocess.run([python, str(script), str(file)], check=True, capture_output=True, text=True).stdout
    seconds = [tuple(float(s) for s in line.split()) for line in out.strip().splitlines()[-2:]]
    sys.stderr.write("\n".join(out.strip().splitlines()[:-2]) + "\n")
    return measure.Timing("peer: vectorbt, SMA/ATR", seconds[0]), measure.Timing("peer: vectorbt, 100 sets", seconds[1])


if __name__ == "__main__":
    main()
