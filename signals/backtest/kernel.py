"""The fill rules over arrays: plain Python that numba compiles when it is installed. The only home of numba.

Rules: a signal at the close of bar t fills at the open of t + 1; stop and target stand from the fill on, the entry bar
included; a bar that touches both counts as stopped; a gap through a level fills at the open; an opposite signal closes
at the next open; after `horizon` bars the position closes at that bar's close; what is open at the end closes at the
last close and is marked OPEN. `thirds` finds what is closed earlier when a third goes at each of three targets.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

log = logging.getLogger(__name__)
STOPPED, TARGET, EXPIRED, REVERSED, OPEN = 0, 1, 2, 3, 4
TRADE_FIELDS = ("entry_bar", "exit_bar", "direction", "entry", "exit", "stop", "first_target", "reason", "hit_first")
THIRD_FIELDS = ("first_bar", "first_exit", "middle_bar", "middle_exit")


def simulate(bars: Any, direction: Any, stops: Any, targets: Any, limits: Any) -> Any:
    """Trades of one series as rows of `TRADE_FIELDS` (float64).

    `bars` are open, high, low, close (a tuple or (4, n)). `direction` is int8 per bar, `stops` are prices, `targets` is
    (2, n): first and final target prices (of more rows the first and the last count); `limits` is (horizon in bars, 1
    to allow shorts).
    """
    opens, highs, lows, closes = bars[0], bars[1], bars[2], bars[3]
    horizon, allow_short, last = limits[0], limits[1], len(targets) - 1
    n, count, t = len(opens), 0, 0
    rows = np.empty((np.count_nonzero(direction), 9))
    while t < n - 1:
        side = direction[t]
        if side == 0 or (side < 0 and allow_short == 0):
            t += 1
            continue
        stop, first, final = stops[t], targets[0][t], targets[last][t]
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
        row = rows[count]
        row[0], row[1], row[2], row[3], row[4] = entry_bar, exit_bar, side, entry, exit_price
        row[5], row[6], row[7], row[8] = stop, first, reason, hit
        count += 1
        t = max(exit_bar - 1, t + 1) if reason == REVERSED else exit_bar
        if reason == OPEN:
            break
    return rows[:count]


def thirds(bars: Any, rows: Any, levels: Any) -> Any:
    """What was closed before the end of each trade of `rows`, as rows of `THIRD_FIELDS`; a bar of -1: it was not.

    `levels` is (2, n): first and middle target per signal bar. The stop stays where it was for what is still held, so
    the last third lives exactly as long as the whole trade of `simulate`; on the bar of a stop no target counts.
    """
    opens, highs, lows = bars[0], bars[1], bars[2]
    legs = np.empty((len(rows), 4))
    for k in range(len(rows)):
        legs[k, 0], legs[k, 1], legs[k, 2], legs[k, 3] = -1.0, 0.0, -1.0, 0.0
        start, end, side, reason = int(rows[k, 0]), int(rows[k, 1]), rows[k, 2], rows[k, 7]
        until = end if reason in (STOPPED, REVERSED) else end + 1
        for leg in range(2):
            level = levels[leg][start - 1]
            for bar in range(start, until):
                if side * ((highs[bar] if side > 0 else lows[bar]) - level) >= 0:
                    legs[k, 2 * leg] = bar
                    legs[k, 2 * leg + 1] = opens[bar] if side * (opens[bar] - level) >= 0 else level
                    break
    return legs


def account(closes: Any, rows: Any, legs: Any, cost: float) -> Any:
    """Two arrays: the net return of each trade, and the capital after each bar (1.0 before the first).

    The whole capital is in each position; `cost` is charged on what is bought and on what is sold. Open positions are
    marked to the close with the entry's cost paid. `legs` are the rows of `thirds`, or (0, 4) to hold all to the end.
    """
    returns, equity = np.empty(len(rows)), np.empty(len(closes))
    capital, begin = 1.0, 0
    for k in range(len(rows)):
        start, stop, side, entry = int(rows[k, 0]), int(rows[k, 1]), rows[k, 2], rows[k, 3]
        equity[begin:start] = capital
        done, change, bar = 0.0, 0.0, start
        for leg in range(3):  # the bars before each leg, and those after both
            taken = leg < 2 and len(legs) > 0 and legs[k, 2 * leg] >= 0
            until = min(int(legs[k, 2 * leg]), stop) if taken else stop
            level = capital * (1.0 + side * (change - 1.0) - cost * (1.0 + change))
            slope = capital * side * (1.0 - done) / entry
            for held in range(bar, until):
                equity[held] = level + slope * closes[held]
            bar = max(bar, until)
            if taken:
                done, change = done + 1.0 / 3.0, change + legs[k, 2 * leg + 1] / entry / 3.0
        change += (1.0 - done) * rows[k, 4] / entry
        returns[k] = side * (change - 1.0) - cost * (1.0 + change)
        capital *= 1.0 + returns[k]
        begin = stop
    equity[begin:] = capital
    return returns, equity


COMPILE_FROM_BARS = 200_000


@dataclass(frozen=True, slots=True)
class Engine:
    """The three functions of this module, plain or compiled."""

    simulate: Callable[..., Any]
    thirds: Callable[..., Any]
    account: Callable[..., Any]


def engine(bars: int) -> Engine:
    """What runs `bars` bars soonest: loading a compiler costs seconds, so short work runs in plain Python.

    Once this process has compiled the functions, everything runs compiled; the results are the same to the last digit.
    """
    fast = bars >= COMPILE_FROM_BARS or _machine_code.cache_info().currsize > 0
    return compiled() if fast else Engine(simulate, thirds, account)


def compiled() -> Engine:
    """The functions compiled by numba when the extra `research` is installed, else the plain ones.

    The machine code is kept on disk beside the module or in the user's cache, where one of them can be written, so that
    the next process only loads it.
    """
    return Engine(_machine_code(simulate), _machine_code(thirds), _machine_code(account))


@cache
def _machine_code(function: Callable[..., Any]) -> Callable[..., Any]:
    if importlib.util.find_spec("numba") is None:
        return function
    import numba

    made: Callable[..., Any]
    try:
        made = numba.njit(cache=True)(function)
    except RuntimeError as e:  # numba found no folder that it may write to
        log.info("the compiled kernel is not kept on disk: %s", e)
        made = numba.njit(function)
    return made
