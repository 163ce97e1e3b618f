"""When an alert fires: conditions over closed bars as arrays, and the edge on which each becomes true.

A bar's state is true (+1), not true (-1) or unknown (0: an indicator that warms up). An alert fires on the bar where
its condition is true and was last known not to be; what is unknown neither fires nor counts as untrue. `crosses` has a
side (+1 above, -1 below) in its place, keeps it while the two are equal, and fires whenever the side changes.

A missing bar: the last known state of a price against a level stands, for the price did pass it. Everything that is
made from former bars begins anew after the gap and cannot fire before it was known again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import DataError
from signals.indicators import COLUMNS, IndicatorFrame
from signals.model import FloatArray, IntArray, Timeframe

PRICE = "close"
VOLUME = "volume"
SETTLED_BARS = 100  # bars since a gap or the beginning until a recursive indicator is within a thousandth of its value
LOOK_BACK = 800  # bars before the first new one: what lies further back changes no indicator that is offered
ROUNDING, ROUNDING_OF_PRICE = 1e-9, 1e-12
RECURSIVE = frozenset(
    ("rsi_14", "macd_12_26_9", "macd_signal_12_26_9", "macd_hist_12_26_9", "atr_14", "ema_12", "ema_26")
)
StateArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]


class Kind(StrEnum):
    """What an alert watches."""

    LEVEL = "level"
    MOVE = "move"
    SIGNAL = "signal"
    STEP = "step"
    ACCOUNT = "account"


class Compare(StrEnum):
    """The comparison; `rises`, `falls` and `moves` (either way) are for Kind.MOVE."""

    ABOVE = "above"
    BELOW = "below"
    CROSSES = "crosses"
    RISES = "rises"
    FALLS = "falls"
    MOVES = "moves"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must become true. Numbers are plain digits in text; an empty symbol means any market, or the whole account.

    LEVEL: `left` (a column, `name.LINE` of the catalogue, `close`, `volume`) against `right`, a column or a number.
    MOVE: the close against the close `bars` before, in percent (`right`). SIGNAL: a new signal, `left` buy, sell or
    any, `right` the least confidence in percent or empty. STEP: `left` target or stop of an issued signal. ACCOUNT:
    `left` drawdown, daily_loss, open_risk, exposure or profit against `right`, in `unit` (`%` or `USDT`).
    """

    kind: Kind
    symbol: str = ""
    timeframe: Timeframe | None = None
    left: str = ""
    test: Compare = Compare.ABOVE
    right: str = ""
    bars: int = 0
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values, for storage."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Condition:
        """The condition of `as_json`."""
        frame = stored.get("timeframe")
        read = dict(stored) | {"kind": Kind(stored["kind"]), "test": Compare(stored["test"])}
        return cls(**read | {"timeframe": Timeframe(frame) if frame else None})

    @property
    def is_price(self) -> bool:
        """Whether it is the price against a level."""
        return self.kind is Kind.LEVEL and self.left == PRICE and number_of(self.right) is not None


@dataclass(frozen=True, slots=True)
class Edge:
    """A firing: the bar by its open time (epoch ms), the side that is true now, and the two values that were compared.

    For a move, `value` is the move in percent and `other` its bound.
    """

    open_ms: int
    side: int
    value: float
    other: float


@dataclass(frozen=True, slots=True)
class Look:
    """What new bars showed: edges in order, and the last known state after them."""

    edges: tuple[Edge, ...]
    state: int


def number_of(text: str) -> float | None:
    """The number of a condition's side; None when it names a column."""
    return float(text) if text[:1].isdigit() or text[:1] == "-" else None


def sources_of(condition: Condition) -> tuple[str, ...]:
    """The columns that a condition reads, beyond the candles themselves and the 13 of the frame."""
    sides = (condition.left, condition.right) if condition.kind is Kind.LEVEL else ()
    return tuple(s for s in sides if number_of(s) is None and s not in (PRICE, VOLUME, *COLUMNS))


def look(
    condition: Condition, frame: IndicatorFrame, more: Mapping[str, FloatArray], since_ms: int, state: int
) -> Look:
    """The edges of bars that opened at or after `since_ms`.

    `more` holds the columns of `sources_of`, over the frame's bars. `state` is the last known one before those bars;
    0 takes it from the frame's own earlier bars. DataError when a column is missing.
    """
    left, right = values_of(condition, frame, more)
    states = states_of(condition, left, right, frame.close)
    carried = condition.is_price
    broken = np.zeros(len(states), dtype=np.bool_) if carried else breaks_of(frame.candles.open_ms, frame.age)
    begin = int(np.searchsorted(frame.candles.open_ms, since_ms))
    if not carried and not begin:
        state = 0  # nothing says that these bars follow those
    if not state and begin:
        state = last_known(states[:begin], broken[:begin])
    fired = edges(states[begin:], broken[begin:], state, both=condition.test is Compare.CROSSES)
    found = tuple(
        Edge(
            int(frame.candles.open_ms[begin + i]),
            int(states[begin + i]),
            float(left[begin + i]),
            float(right[begin + i]),
        )
        for i in np.flatnonzero(fired)
    )
    if begin < len(states):
        state = last_known(states[begin:], broken[begin:], state)
    return Look(found, state)


def values_of(
    condition: Condition, frame: IndicatorFrame, more: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The two sides of a condition over all bars, NaN where unknown."""
    if condition.kind is Kind.MOVE:
        bound = float(condition.right)
        return moves(frame.close, frame.age, condition.bars), np.full(len(frame), bound)
    return _side(condition.left, frame, more), _side(condition.right, frame, more)


def states_of(condition: Condition, left: FloatArray, right: FloatArray, price: FloatArray) -> StateArray:
    """+1 where the condition is true (or the left is above, for `crosses`), -1 where not, 0 where unknown.

    Two values are equal when they differ by rounding only: where means of different lengths meet, the last digit
    depends on where the candles begin. `price` gives the size of what is rounded.
    """
    known = np.isfinite(left) & np.isfinite(right)
    over = np.where(known, left - right, 0.0)
    size = np.where(known, np.maximum(np.abs(left), np.abs(right)), 0.0)
    equal = ROUNDING * size + ROUNDING_OF_PRICE * price
    if condition.test is Compare.CROSSES:
        return np.where(over > equal, 1, np.where(over < -equal, -1, 0)).astype(np.int8)
    moved = np.where(known, left, 0.0)
    true = {
        Compare.ABOVE: over > equal,
        Compare.BELOW: over < -equal,
        Compare.RISES: over >= -equal,
        Compare.FALLS: moved <= equal - right,
        Compare.MOVES: np.abs(moved) >= right - equal,
    }[condition.test]
    return np.where(known, np.where(true, 1, -1), 0).astype(np.int8)


def moves(close: FloatArray, age: IntArray, bars: int) -> FloatArray:
    """The close against the close `bars` before, in percent; NaN where a bar in between is missing."""
    change = np.full(len(close), np.nan)
    if len(close) > bars:
        change[bars:] = 100.0 * (close[bars:] / close[:-bars] - 1.0)
    change[age < bars] = np.nan
    return change


def breaks_of(open_ms: IntArray, age: IntArray) -> BoolArray:
    """True on the first bar after a gap; the very first bar is none."""
    broken: BoolArray = age == 0
    if len(open_ms):
        broken[0] = False
    return broken


def edges(states: StateArray, broken: BoolArray, before: int, *, both: bool) -> BoolArray:
    """Where a condition becomes true having last been known untrue; `both`: wherever the side changes.

    `before` is the last known state before the first bar; after a `broken` bar only later bars count.
    """
    former = np.empty_like(states)
    if not len(states):
        return np.zeros(0, dtype=np.bool_)
    known = _carried(states, broken, before)
    former[0] = 0 if broken[0] else before
    former[1:] = np.where(broken[1:], 0, known[:-1])
    changed: BoolArray = (states != 0) & (former != 0) & (states != former)
    return changed if both else changed & (states > 0)


def last_known(states: StateArray, broken: BoolArray, before: int = 0) -> int:
    """The state that stands after the last bar, 0 when none is known."""
    return int(_carried(states, broken, before)[-1]) if len(states) else before


def _carried(states: StateArray, broken: BoolArray, before: int) -> StateArray:
    """The last known state at each bar."""
    at = np.arange(len(states))
    newest = np.maximum.accumulate(np.where(states != 0, at, -1))
    run = np.maximum.accumulate(np.where(broken, at, -1))
    kept = np.where(newest >= 0, states[np.maximum(newest, 0)], before)
    return np.where((run >= 0) & (newest < run), 0, kept).astype(np.int8)


def _side(name: str, frame: IndicatorFrame, more: Mapping[str, FloatArray]) -> FloatArray:
    number = number_of(name)
    if number is not None:
        return np.full(len(frame), number)
    if name == PRICE:
        return frame.close
    if name == VOLUME:
        return frame.candles.volume
    if name in COLUMNS and name not in RECURSIVE:
        return frame[name]
    column = frame[name] if name in COLUMNS else more.get(name)
    if column is None:
        raise DataError(f"{name} could not be computed")
    return np.where(frame.age >= SETTLED_BARS, column, np.nan)
