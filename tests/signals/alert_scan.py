"""When alerts fire, found once more by plain loops over lists: nothing here comes from the product."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Row = tuple[int, float]  # open time in ms, close
Pairs = Sequence[tuple[int, float | None, float | None]]  # open time, left, right; None: unknown


def fired(pairs: Pairs, true: Callable[[float, float], bool], step: int, *, carried: bool) -> list[int]:
    """Open times of the bars on which the comparison became true having last been known untrue."""
    found, last, former = [], None, None
    for open_ms, left, right in pairs:
        if former is not None and open_ms - former != step and not carried:
            last = None
        former = open_ms
        if left is None or right is None:
            continue
        now = true(*even(left, right))
        if now and last is False:
            found.append(open_ms)
        last = now
    return found


def crossed(pairs: Pairs, step: int, *, carried: bool) -> list[int]:
    """Open times of the bars on which the left came to the other side of the right; equal is no side."""
    found, last, former = [], "", None
    for open_ms, left, right in pairs:
        if former is not None and open_ms - former != step and not carried:
            last = ""
        former = open_ms
        if left is None or right is None or math.isclose(left, right, rel_tol=1e-9):
            continue
        side = "over" if left > right else "under"
        if last and side != last:
            found.append(open_ms)
        last = side
    return found


def even(left: float, right: float) -> tuple[float, float]:
    """The two, made equal (up to the sign) where they differ by rounding only."""
    if math.isclose(abs(left), abs(right), rel_tol=1e-9):
        left = math.copysign(right, left) if right >= 0 else right
    return left, right


def runs(rows: Sequence[Row], step: int) -> list[list[Row]]:
    """The rows in pieces without a gap."""
    pieces: list[list[Row]] = []
    for row in rows:
        if pieces and row[0] - pieces[-1][-1][0] == step:
            pieces[-1].append(row)
        else:
            pieces.append([row])
    return pieces


def of_runs(rows: Sequence[Row], step: int, column: Callable[[list[float]], list[float | None]]) -> list[float | None]:
    """A column made of each gapless piece by itself."""
    return [value for piece in runs(rows, step) for value in column([close for _, close in piece])]


def mean(bars: int) -> Callable[[list[float]], list[float | None]]:
    """The mean of the last bars."""

    def column(closes: list[float]) -> list[float | None]:
        return [None if i + 1 < bars else math.fsum(closes[i + 1 - bars : i + 1]) / bars for i in range(len(closes))]

    return column


def change(bars: int) -> Callable[[list[float]], list[float | None]]:
    """Percent against the close so many bars before."""

    def column(closes: list[float]) -> list[float | None]:
        return [None if i < bars else 100 * (close / closes[i - bars] - 1) for i, close in enumerate(closes)]

    return column


def wilder_rsi(settled: int) -> Callable[[list[float]], list[float | None]]:
    """The RSI of 14 bars by Wilder's own smoothing; unknown for the first `settled` bars."""

    def column(closes: list[float]) -> list[float | None]:
        values: list[float | None] = [None] * len(closes)
        gain = loss = 0.0
        for i in range(1, len(closes)):
            step = closes[i] - closes[i - 1]
            up, down = max(step, 0.0), max(-step, 0.0)
            if i <= 14:
                gain, loss = gain + up / 14, loss + down / 14
            else:
                gain, loss = (gain * 13 + up) / 14, (loss * 13 + down) / 14
            if i >= settled:
                values[i] = 100 * gain / (gain + loss) if gain + loss else 50.0
        return values

    return column


def exponential(bars: int, settled: int) -> Callable[[list[float]], list[float | None]]:
    """The exponential mean that begins with the plain one; unknown for the first `settled` bars."""

    def column(closes: list[float]) -> list[float | None]:
        values: list[float | None] = [None] * len(closes)
        if len(closes) < bars:
            return values
        now = sum(closes[:bars]) / bars
        for i in range(bars, len(closes)):
            now += (closes[i] - now) * 2 / (bars + 1)
            if i >= settled:
                values[i] = now
        return values

    return column
