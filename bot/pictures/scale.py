"""Where things go and how numbers are written on a picture: pure arithmetic, no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10

import numpy as np

from signals.clock import from_ms, to_ms
from signals.model import FloatArray, IntArray

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = 4 * DAY  # the epoch was a Thursday
FIXED_STEPS = (
    *(m * MINUTE for m in (15, 30)),
    *(h * HOUR for h in (1, 2, 3, 6, 12)),
    *(d * DAY for d in (1, 2, 4, 7, 14)),
)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 600, 1200)
SIGNIFICANT = 8
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the time axis; `major` where a greater unit begins (a day among hours, a year among months)."""

    ms: int
    label: str
    major: bool


def value_ticks(low: float, high: float, most: int) -> tuple[Decimal, ...]:
    """At most `most` + 1 round values within [low, high], in steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / most
    power = floor(log10(raw))
    step = next(s for m in (1, 2, 5, 10) if (s := Decimal(m).scaleb(power)) >= Decimal(repr(raw)))
    first, last = ceil(low / float(step)), floor(high / float(step))
    return tuple(k * step for k in range(first, last + 1))


def decimals(value: float) -> int:
    """Decimal places that `value` needs, at most so many that `SIGNIFICANT` digits are shown."""
    exact = Decimal(repr(float(value)))
    if exact == 0 or not exact.is_finite():
        return 0
    needed = -int(exact.normalize().as_tuple().exponent)
    return max(0, min(needed, SIGNIFICANT - 1 - exact.adjusted()))


def price_text(value: float | Decimal, places: int) -> str:
    """The price with this many decimals and thousands separated, never in exponents."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return f"{exact:,.{places}f}"


def tick_texts(ticks: Sequence[Decimal]) -> list[str]:
    """The ticks of one axis, all with as many decimals as their step needs."""
    places = max((decimals(float(t)) for t in ticks), default=0)
    return [price_text(t, places).replace("-", "−") for t in ticks]


def compact(value: float) -> str:
    """Three digits and a unit: `1.23M`; small ones in full: `0.0012`."""
    for size, unit in UNITS:
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{unit}" if abs(value) < size * 999.5 else f"{value / size:,.0f}{unit}"
    return f"{Decimal(f'{value:.3g}'):f}"


def positions(open_ms: IntArray, step_ms: int, longest_gap: int) -> tuple[FloatArray, list[tuple[int, int]]]:
    """The place of each bar in bar widths from the first, and the gaps as (bar before, bars missing).

    A gap takes the room of its missing bars, but never more than `longest_gap` of them.
    """
    missing = np.maximum(np.diff(open_ms) // step_ms - 1, 0)
    steps = 1.0 + np.minimum(missing, longest_gap)
    place = np.concatenate([[0.0], np.cumsum(steps)])
    return place, [(int(i), int(missing[i])) for i in np.flatnonzero(missing)]


def time_ticks(first_ms: int, last_ms: int, shortest_ms: int, most: int) -> tuple[Tick, ...]:
    """Round UTC moments within [first, last], at most `most`, no closer than `shortest_ms`; the newest bar if none."""
    for step in FIXED_STEPS:
        shift = MONDAY if step >= 7 * DAY else 0
        begin = -(-(first_ms - shift) // step) * step + shift
        if step >= shortest_ms and (last_ms - begin) // step < most:
            found = tuple(_clock_tick(ms, step) for ms in range(begin, last_ms + 1, step))
            return found or (_clock_tick(last_ms, min(shortest_ms, DAY)),)
    for months in MONTH_STEPS:
        found = tuple(_month_tick(ms, months) for ms in _months(first_ms, last_ms, months, most))
        if len(found) <= most:
            return found or (_clock_tick(last_ms, DAY),)
    return (_clock_tick(last_ms, DAY),)


def spread(wanted: Sequence[float], size: float, low: float, high: float) -> list[float]:
    """Centres of labels of height `size`, as near to `wanted` as they can be without overlap, within [low, high].

    The least-squares answer: with the order fixed, y[i] - i * size must not fall, which is isotonic regression (pool
    adjacent violators); clipping it keeps it best. If they cannot all fit, they stand out above `high`.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[list[float]] = []  # mean, weight
    for rank, i in enumerate(order):
        pools.append([wanted[i] - rank * size, 1.0])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            mean, weight = pools.pop()
            total = pools[-1][1] + weight
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * weight) / total, total]
    levels = [mean for mean, weight in pools for _ in range(int(weight))]
    bottom = low + size / 2
    top = max(bottom, high - size / 2 - (len(wanted) - 1) * size)
    placed = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        placed[i] = min(max(levels[rank], bottom), top) + rank * size
    return placed


def extremes(values: FloatArray, buckets: int) -> IntArray:
    """Indices, ascending, that keep the ends and each bucket's lowest and highest value; all when they are few."""
    if len(values) <= 2 * buckets:
        return np.arange(len(values), dtype=np.int64)
    edges = np.linspace(0, len(values), buckets + 1).astype(np.int64)
    kept = {0, len(values) - 1}
    for start, stop in pairwise(edges.tolist()):
        part = values[start:stop]
        kept |= {start + int(np.argmin(part)), start + int(np.argmax(part))}
    return np.array(sorted(kept), dtype=np.int64)


def roomy(low: float, high: float, share: float = 0.04) -> tuple[float, float]:
    """The range with some room at both ends; a range around it when both are the same or too close to tell apart."""
    least = max(abs(low), abs(high)) * 1e-9
    if not high - low > least:
        half = abs(high) * 0.01 or 1.0
        return low - half, high + half
    room = (high - low) * share
    return low - room, high + room


def _clock_tick(ms: int, step: int) -> Tick:
    at = from_ms(ms)
    midnight = ms % DAY == 0
    if step >= DAY or midnight:
        return Tick(ms, f"{at.day} {at:%b}", major=step < DAY or at.day == 1)
    return Tick(ms, f"{at:%H:%M}", major=False)


def _month_tick(ms: int, months: int) -> Tick:
    at = from_ms(ms)
    if months >= 12 or at.month == 1:
        return Tick(ms, f"{at.year}", major=months < 12)
    return Tick(ms, f"{at:%b}", major=False)


def _months(first_ms: int, last_ms: int, step: int, most: int) -> list[int]:
    """Every `step` months from January of some year; one more than `most` when there are too many."""
    begin = from_ms(first_ms)
    number = -(-(begin.year * 12 + begin.month - 1) // step) * step
    found: list[int] = []
    while len(found) <= most and (ms := to_ms(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC))) <= last_ms:
        if ms >= first_ms:
            found.append(ms)
        number += step
    return found
