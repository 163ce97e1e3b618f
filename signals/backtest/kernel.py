"""The fill rules over arrays: plain Python that numba compiles when it is installed. The only home of numba.

Rules: a signal at the close of bar t fills at the open of t + 1; stop and target stand from the fill on, the entry bar
included; a bar that touches both counts as stopped; a gap through a level fills at the open; an opposite signal closes
at the next open; after `horizon` bars the position closes at that bar's close.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

STOPPED, TARGET, EXPIRED, REVERSED, OPEN = 0, 1, 2, 3, 4
TRADE_FIELDS = ("entry_bar", "exit_bar", "direction", "entry", "exit", "stop", "first_target", "reason", "hit_first")


def simulate(bars: Any, direction: Any, stops: Any, targets: Any, limits: Any) -> Any:
    """Trades of one series as rows of `TRADE_FIELDS` (float64).

    `bars` is (4, n): open, high, low, close. `direction` is int8 per bar, `stops` are prices, `targets` is (2, n):
    first and final target prices; `limits` is (horizon in bars, 1 to allow shorts).
    """
    opens, highs, lows, closes = bars[0], bars[1], bars[2], bars[3]
    horizon, allow_short = limits[0], limits[1]
    n = len(opens)
    rows = np.empty((n, 9))
    count, t = 0, 0
    while t < n - 1:
        side = direction[t]
        if side == 0 or (side < 0 and allow_short == 0):
            t += 1
            continue
        stop, first, final = stops[t], targets[0][t], targets[1][t]
        entry_bar = t + 1
        entry, exit_price, reason, hit, bar = opens[entry_bar], closes[n - 1], OPEN, 0.0, entry_bar
        while bar < n:
            if bar > entry_bar and direction[bar - 1] == -side:
                exit_price, reason = opens[bar], REVERSED
                break
            if side * (opens[bar] - stop) <= 0:
                exit_price, reason = opens[bar], STOPPED
                break
            touched = lows[bar] if side > 0 else highs[bar]
            best = highs[bar] if side > 0 else lows[bar]
            if side * (touched - stop) <= 0:
                exit_price, reason = stop, STOPPED
                break
            if side * (best - first) >= 0:
                hit = 1.0
            if side * (best - final) >= 0:
                exit_price = opens[bar] if side * (opens[bar] - final) >= 0 else final
                reason = TARGET
                break
            if bar - entry_bar + 1 >= horizon:
                exit_price, reason = closes[bar], EXPIRED
                break
            bar += 1
        exit_bar = min(bar, n - 1)
        rows[count, :3] = np.array((entry_bar, exit_bar, side))
        rows[count, 3:] = np.array((entry, exit_price, stop, first, reason, hit))
        count += 1
        t = max(exit_bar - 1, t + 1) if reason == REVERSED else exit_bar
        if reason == OPEN:
            break
    return rows[:count]


COMPILE_FROM_BARS = 200_000


def engine(bars: int) -> Callable[..., Any]:
    """The function that runs `bars` bars soonest: compiling costs seconds, so short work runs in plain Python."""
    return compiled() if bars >= COMPILE_FROM_BARS else simulate


@cache
def compiled() -> Callable[..., Any]:
    """`simulate` compiled by numba when the extra `research` is installed, else the plain function: same results."""
    if importlib.util.find_spec("numba") is None:
        return simulate
    import numba

    machine_code: Callable[..., Any] = numba.njit(simulate)
    return machine_code
