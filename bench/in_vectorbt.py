"""Run by bench/backtest.py in an interpreter that has vectorbt: prints its version and the seconds of each run."""

from __future__ import annotations

import sys
import time

import numpy as np
import vectorbt as vbt


def simulated(case: dict[str, np.ndarray], pairs: np.ndarray) -> object:
    """The reference strategy with one column for each pair of distances; entries one bar late, at the open."""
    n, k = len(case["close"]), len(pairs)
    late = np.zeros((n, k), dtype=bool)
    late[1:] = (case["side"][:-1] > 0)[:, None]
    stop, target = np.full((n, k), np.nan), np.full((n, k), np.nan)
    away = (case["atr"] / case["close"])[:-1, None]
    stop[1:], target[1:] = away * pairs[:, 0], away * pairs[:, 1]
    prices = {name: np.tile(case[name][:, None], (1, k)) for name in ("open", "high", "low", "close")}
    return vbt.Portfolio.from_signals(
        prices["close"], late, np.zeros_like(late), price=prices["open"], open=prices["open"], high=prices["high"],
        low=prices["low"], sl_stop=stop, tp_stop=target, fees=0.001, freq="1h",
    )  # fmt: skip


def main() -> None:
    """Time one column and all of them, after a run that compiles."""
    case = dict(np.load(sys.argv[1]))
    print("vectorbt", vbt.__version__, "numpy", np.__version__)
    for pairs, runs in ((case["sets"][:1], 10), (case["sets"], 3)):
        seconds = []
        for _ in range(runs + 1):
            start = time.perf_counter()
            portfolio = simulated(case, pairs)
            total = portfolio.total_return()
            count = portfolio.trades.count()
            seconds.append(time.perf_counter() - start)
        print("trades", float(np.mean(count)), "return", float(np.mean(total)), file=sys.stderr)
        print(*seconds[1:])


if __name__ == "__main__":
    main()
